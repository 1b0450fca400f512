import type { Change } from "../model/change.js";
import type { Operation } from "../model/operation.js";
import type { Problem } from "../model/problem.js";

/** One thing that differs, with all that its kind knows of it. */
export interface Analysed {
  readonly change: Omit<Change, "risk">;
  readonly operations: readonly Operation[];
  readonly obstacles: readonly Problem[];
}
