import type { Plan } from "../../../src/model/plan.js";
import { isError } from "../../../src/model/problem.js";
import { planAccess } from "../../../src/reconcile.js";
import { fileOf } from "./build-file.js";
import { worldOf } from "./build-world.js";
import { editWorld } from "./edit-world.js";
import { declaredOf } from "./file.js";
import type { AccessModel, World } from "./model.js";
import { playPlan } from "./play.js";
import { Refused } from "./play-acl.js";
import type { Sketch } from "./sketch.js";
import { snapshotOf } from "./snapshot.js";

/** A file and the state that it meets. */
export interface Scene {
  readonly file: AccessModel;
  readonly world: World;
}

/** The day of every plan here. */
const NOW = new Date("2026-12-01T12:00:00Z");

/** null: the file's own rules refuse it. */
export function planOf({ file, world }: Scene): Plan | null {
  const declared = declaredOf(file);
  return declared && planAccess({ declared, snapshot: snapshotOf(world), now: NOW });
}

/** Why a plan cannot be carried out to its end: its errors, and what it leaves to others. */
export const obstaclesOf = (plan: Plan): string[] =>
  plan.problems.filter((p) => isError(p) || p.code === "cannot-revoke").map((p) => p.code);

/** A sketch as a scene: mostly the file was applied once, and a few things were changed by hand since. */
export function arrange(sketch: Sketch): Scene {
  const start = worldOf(sketch);
  const file = fileOf(sketch, start);
  const world = sketch.applied ? appliedTo(file, start) : start;
  return { file, world: sketch.drift.reduce(editWorld, world) };
}

/** Where the plan has errors, what it can do is done all the same: a state is a state. */
export function appliedTo(file: AccessModel, world: World): World {
  const plan = planOf({ file, world });
  if (!plan) return world;
  try {
    return playPlan(world, plan);
  } catch (error) {
    if (error instanceof Refused) return world;
    throw error;
  }
}
