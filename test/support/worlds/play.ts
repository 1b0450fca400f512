import type { Plan, Step, Unit } from "../../../src/model/plan.js";
import { type Draft, draftOf, type World } from "./model.js";
import { Refused } from "./play-acl.js";
import { playAws } from "./play-aws.js";
import { playSql } from "./play-sql.js";
import { UnknownStatement } from "./tokens.js";

/**
 * What a world is after the steps of a plan, by PostgreSQL's and IAM's rules and nothing of the planner.
 * Throws UnknownStatement for a step that it does not know, Refused for one that the server would not carry out.
 */
export function playPlan(world: World, plan: Plan): World {
  const draft = draftOf(world);
  for (const unit of plan.units) {
    const own = plan.steps.filter((step) => step.unit === unit.id);
    playUnit(draft, unit, own);
  }
  return draft;
}

/** What it is when the apply stops behind the first units, or before the first one that is refused. */
export function playUnits(world: World, plan: Plan, count: number): World {
  const [next, ...rest] = plan.units.slice(0, count);
  if (!next) return world;
  try {
    return playUnits(playOne(world, plan, next), { ...plan, units: rest }, count - 1);
  } catch (error) {
    if (error instanceof Refused) return world;
    throw error;
  }
}

function playOne(world: World, { steps }: Plan, unit: Unit): World {
  const draft = draftOf(world);
  const own = steps.filter((step) => step.unit === unit.id);
  playUnit(draft, unit, own);
  return draft;
}

function playUnit(draft: Draft<World>, { site }: Unit, steps: readonly Step[]): void {
  const play = createUnitPlayer(draft, { site });
  for (const step of steps) play(step);
}

/** Plays the steps of one unit, which share a session. */
export function createUnitPlayer(draft: Draft<World>, { site }: Pick<Unit, "site">): (step: Step) => void {
  const cluster = "cluster" in site ? draft.clusters.find((c) => c.name === site.cluster) : undefined;
  const session = cluster && "cluster" in site ? { cluster, database: site.database, actor: cluster.admin } : null;
  return ({ run }) => {
    if ("sql" in run) {
      if (!session) throw new UnknownStatement(`no cluster for ${run.sql}`);
      playSql(session, run.sql);
    } else {
      const account = draft.accounts.find((a) => a.name === run.account);
      if (!account) throw new UnknownStatement(`no account ${run.account}`);
      playAws(account, run.action, run.input);
    }
  };
}
