import fc from "fast-check";
import { arrange } from "./arrange.js";
import { pick } from "./domain.js";
import { editWorld } from "./edit-world.js";
import type { World } from "./model.js";
import { mergedOf, nearMiss, type Pull, pullOf } from "./mutate.js";
import { nearPair } from "./near-pairs.js";
import type { Planner, Scene } from "./planner.js";
import { playUnits } from "./play.js";
import { type Edit, edit, type Sketch, sketch } from "./sketch.js";
import type { Pair } from "./soundness.js";
import { usualPair } from "./usual-pairs.js";

/** A scene, the pull requests that are reviewed on it, and what becomes of them. */
export interface Story {
  readonly sketch: Sketch;
  readonly pulls: readonly Pull[];
  readonly twists: readonly (readonly [number, Edit])[];
}

/** Five of ten twists are near misses, one is a case of every week. */
export const story: fc.Arbitrary<Story> = fc.record({
  sketch,
  pulls: fc.array(fc.array(edit, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 }),
  twists: fc.array(fc.tuple(fc.nat({ max: 9 }), edit), { minLength: 1, maxLength: 7, size: "max" }),
});

export interface Told {
  readonly kind: string;
  readonly pair: Pair;
  /** A case of every week: it must pass. */
  readonly usual: boolean;
}

export function pairsOf({ sketch: of, pulls, twists }: Story, planner: Planner): Told[] {
  const base = arrange(of, planner);
  const told = pullPairs(base, pulls, planner);
  return twists.flatMap(([twist, by]) => {
    if (twist === 9) return usualPair(base, by, planner) ?? [];
    return (twist < 4 ? nearPair(base, by, planner) : told(twist, by)) ?? [];
  });
}

/** What becomes of the story's own pull requests. */
function pullPairs(base: Scene, pulls: readonly Pull[], planner: Planner): (twist: number, by: Edit) => Told {
  const { file, world } = base;
  const reviewed = pulls.map((pull) => pullOf(file, pull, world));
  const merged = mergedOf(file, pulls, world);
  const told = (kind: string, now: Scene, resumed = false): Told => ({ kind, usual: false, pair: { base, reviewed, now, resumed } });
  const stopped = (by: Edit): World => {
    const plan = planner.planOf({ file: pick(reviewed, by[0]), world });
    return plan ? playUnits(world, plan, by[1] % (plan.units.length + 1)) : world;
  };
  return (twist, by) => {
    if (twist === 4) return told("near miss", nearMiss(base, pulls, by));
    if (twist === 5) return told("merged", { file: merged, world });
    if (twist === 6) return told("drift", { file: merged, world: editWorld(world, by) });
    if (twist === 7) return told("drift of what was applied", { file: merged, world: editWorld(planner.appliedTo(base), by) });
    return told("half done", { file: merged, world: stopped(by) }, true);
  };
}
