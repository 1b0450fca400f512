import type { Declared } from "../../../src/model/declared.js";
import type { Plan } from "../../../src/model/plan.js";
import { isError } from "../../../src/model/problem.js";
import { planAccess } from "../../../src/reconcile.js";
import { declaredOf } from "./file.js";
import type { AccessModel, World } from "./model.js";
import { playPlan } from "./play.js";
import { Refused } from "./play-acl.js";
import { snapshotOf } from "./snapshot.js";

/** A file and the state that it meets. */
export interface Scene {
  readonly file: AccessModel;
  readonly world: World;
}

/** Plans scenes by the product, each once: a story asks for the same ones again and again. */
export interface Planner {
  /** null: the file's own rules refuse it. */
  readonly planOf: (scene: Scene) => Plan | null;
  /** The state after an apply; the same where the file is refused or the server refuses a step. */
  readonly appliedTo: (scene: Scene) => World;
}

/** The day of every plan here. */
const NOW = new Date("2026-12-01T12:00:00Z");

export function createPlanner(): Planner {
  const declared = memo((file: AccessModel): { readonly value: Declared | null } => ({ value: declaredOf(file) }));
  const snapshots = memo(snapshotOf);
  const plans = memo((file: AccessModel) =>
    memo((world: World): { readonly value: Plan | null } => {
      const of = declared(file).value;
      return { value: of && planAccess({ declared: of, snapshot: snapshots(world), now: NOW }) };
    }),
  );
  const planOf = ({ file, world }: Scene): Plan | null => plans(file)(world).value;
  const ends = memo((file: AccessModel) => memo((world: World) => endOf(world, planOf({ file, world }))));
  return { planOf, appliedTo: ({ file, world }) => ends(file)(world) };
}

/** Where the plan has errors, what it can do is done all the same: a state is a state. */
function endOf(world: World, plan: Plan | null): World {
  try {
    return plan ? playPlan(world, plan) : world;
  } catch (error) {
    if (error instanceof Refused) return world;
    throw error;
  }
}

function memo<K extends object, V extends object>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const value = known.get(key) ?? make(key);
    known.set(key, value);
    return value;
  };
}

/** Why a plan cannot be carried out. */
export const obstaclesOf = (plan: Plan): string[] => plan.problems.filter(isError).map((p) => p.code);
