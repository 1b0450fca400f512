import type { Change } from "../model/change.js";
import type { Residue } from "../model/net.js";
import type { Operation } from "../model/operation.js";
import type { Problem } from "../model/problem.js";

/** One thing that differs, with all that its kind knows of it. */
export interface Analysed {
  readonly change: Omit<Change, "risk">;
  readonly operations: readonly Operation[];
  readonly obstacles: readonly Problem[];
}

/** What stays of a difference, and whom else that keeps from going. */
export interface Leftover extends Omit<Residue, "accepted"> {
  /** Roles that cannot be dropped while it stays. */
  readonly names: readonly string[];
  /** The role that waits for all that names it. */
  readonly waits: string | null;
}

export interface Found {
  readonly kept: readonly Analysed[];
  readonly left: readonly Leftover[];
}
