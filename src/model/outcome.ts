import type { Change } from "./change.js";
import type { Residue } from "./net.js";
import type { Phase, Site } from "./operation.js";
import type { Plan } from "./plan.js";
import type { Key } from "./resource.js";

/** - `rolled back`: a transaction that left nothing behind; `failed`: journalled calls, the first `done` of them happened. */
export type UnitStatus = "applied" | "rolled back" | "failed" | "skipped" | "unknown";

export interface UnitOutcome {
  readonly id: string;
  readonly phase: Phase;
  readonly site: Site;
  readonly status: UnitStatus;
  /** Steps of the unit, and how many of them lasted. */
  readonly steps: number;
  readonly done: number;
  /** The changes that the unit carries out or helps to. */
  readonly changes: readonly Key[];
  /** The statement or call that failed. */
  readonly failedStep?: string;
  readonly error?: { readonly message: string; readonly code: string | null; readonly hint: string | null };
}

/** What was planned and carried out after the plan, for objects that were made meanwhile. */
export interface Followed {
  readonly plan: Plan;
  readonly units: readonly UnitOutcome[];
}

export interface ApplyOutcome {
  /** - `partial`: a unit did not succeed, or a target was left out; `not-converged`: all did, but reading again still finds changes. */
  readonly status: "applied" | "partial" | "not-converged";
  readonly units: readonly UnitOutcome[];
  readonly followed: readonly Followed[];
  /** What reading again still finds. */
  readonly remaining: readonly Pick<Change, "op" | "subject">[];
  /** What stays, as it was last read; one that the plan did not say keeps it from being converged. */
  readonly residue: readonly Residue[];
  /** Why reading again was not possible; null when it was. */
  readonly unverified: string | null;
  /** Commands to run next, each with its reason. */
  readonly next: readonly string[];
}
