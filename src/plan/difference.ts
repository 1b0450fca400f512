import type { Change, Operation } from "../model/plan.js";
import type { Problem } from "../model/problem.js";

/** One thing that differs, with all that its kind knows of it. */
export interface Difference {
  readonly change: Omit<Change, "risk">;
  readonly operations: readonly Operation[];
  readonly obstacles: readonly Problem[];
}
