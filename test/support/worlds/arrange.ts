import { fileOf } from "./build-file.js";
import { worldOf } from "./build-world.js";
import { editWorld } from "./edit-world.js";
import type { Planner, Scene } from "./planner.js";
import type { Sketch } from "./sketch.js";

/** A sketch as a scene: mostly the file was applied once, and a few things were changed by hand since. */
export function arrange(sketch: Sketch, planner: Planner): Scene {
  const start = worldOf(sketch);
  const file = fileOf(sketch, start);
  const world = sketch.applied ? planner.appliedTo({ file, world: start }) : start;
  return { file, world: sketch.drift.reduce(editWorld, world) };
}
