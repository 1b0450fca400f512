import fc from "fast-check";
import { expect } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import { isError } from "../../../src/model/problem.js";
import type { World } from "./model.js";
import { createEvaluator, type Evaluator } from "./naive-iam.js";
import { orderViolations } from "./order-judge.js";
import { pairsOf, story } from "./pairs.js";
import { createPlanner, obstaclesOf } from "./planner.js";
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

function violationsOf(world: World, plan: Plan, evaluator: Evaluator): string[] | null {
  try {
    return orderViolations(world, plan, evaluator);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}
