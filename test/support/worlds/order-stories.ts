import fc from "fast-check";
import { expect } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import { isError } from "../../../src/model/problem.js";
import { chainScenes, chainStory, KNOWN_CHAIN_STORIES } from "./chain-stories.js";
import type { World } from "./model.js";
import { createEvaluator, type Evaluator } from "./naive-iam.js";
import { orderViolations } from "./order-judge.js";
import { throughOthers, type Way } from "./order-levels.js";
import { pairsOf, story } from "./pairs.js";
import { createPlanner, obstaclesOf, type Planner, type Scene } from "./planner.js";
import { Refused } from "./play-acl.js";

/** Plans of generated worlds, by what is in them. */
export interface Ordered {
  readonly plans: number;
  /** More than one transaction on a cluster. */
  readonly several: number;
  readonly withGap: number;
  readonly withCalls: number;
  /** Plans of which the server would refuse a statement: the order of statements inside a transaction is not judged here. */
  readonly refused: number;
}

/** Plays the plans of stories at every moment at which an apply may stop. @param isOver asked before each */
export function judgeOrders(extent: { readonly seed: number; readonly numRuns: number }, isOver: () => boolean = () => false): Ordered {
  const evaluator = createEvaluator();
  const found = { plans: 0, several: 0, withGap: 0, withCalls: 0, refused: 0 };
  const judge = (kind: string, world: World, plan: Plan): void => {
    const violations = violationsOf(world, plan, evaluator);
    expect({ kind, violations: violations ?? [] }).toEqual({ kind, violations: [] });
    if (!violations) return void found.refused++;
    const core = plan.units.filter(({ phase }) => ["remove", "change", "add"].includes(phase));
    found.plans++;
    found.several += core.length > 1 ? 1 : 0;
    found.withGap += plan.gaps.length > 0 ? 1 : 0;
    found.withCalls += plan.units.some(({ mode }) => mode === "journal") ? 1 : 0;
  };
  fc.assert(
    fc.property(story, (one) => {
      const planner = createPlanner();
      for (const { kind, pair } of isOver() ? [] : pairsOf(one, planner)) {
        const plan = planner.planOf(pair.now);
        // What stays because nobody may take it is not played to its end.
        if (plan && !plan.problems.some(isError) && obstaclesOf(plan).length === 0) judge(kind, pair.now.world, plan);
      }
    }),
    extent,
  );
  return found;
}

/** Plans that open and close ways through IAM roles of one account and of two. */
export interface Chained {
  readonly plans: number;
  /** Somebody comes to log in through another IAM role, or no more. */
  readonly moved: number;
  /** Of them those where the other is in another account. */
  readonly across: number;
}

/** Plays plans that change who takes whom, likewise. */
export function judgeChains(extent: { readonly seed: number; readonly numRuns: number }, isOver: () => boolean = () => false): Chained {
  const evaluator = createEvaluator();
  const found = { plans: 0, moved: 0, across: 0 };
  const judge = (scene: Scene, planner: Planner): void => {
    const plan = planner.planOf(scene);
    if (!plan || plan.problems.some(isError) || plan.residue.length > 0) return;
    expect(violationsOf(scene.world, plan, evaluator) ?? []).toEqual([]);
    const [before = [], after = []] = [scene.world, planner.appliedTo(scene)].map((world) => throughOthers(world, evaluator));
    const moved = symmetricDifference(before, after);
    found.plans++;
    found.moved += moved.length > 0 ? 1 : 0;
    found.across += moved.some(({ caller, taken }) => caller.account !== taken.account) ? 1 : 0;
  };
  fc.assert(
    fc.property(chainStory, (one) => {
      const planner = createPlanner();
      if (!isOver()) for (const scene of chainScenes(one, planner)) judge(scene, planner);
    }),
    { ...extent, examples: KNOWN_CHAIN_STORIES.map((one): [typeof one] => [one]) },
  );
  return found;
}

const symmetricDifference = (before: readonly Way[], after: readonly Way[]): Way[] => {
  const missing = (all: readonly Way[], from: readonly Way[]): Way[] =>
    all.filter((way) => !from.some((other) => JSON.stringify(other) === JSON.stringify(way)));
  return [...missing(before, after), ...missing(after, before)];
};

function violationsOf(world: World, plan: Plan, evaluator: Evaluator): string[] | null {
  try {
    return orderViolations(world, plan, evaluator);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}
