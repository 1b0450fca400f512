import type { Phase, Site } from "./plan.js";

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
  /** Titles of the changes that the unit carries out or helps to. */
  readonly titles: readonly string[];
  /** The statement or call that failed. */
  readonly failedStep?: string;
  readonly error?: { readonly message: string; readonly code: string | null; readonly hint: string | null };
}

export interface ApplyOutcome {
  /** - `partial`: a unit did not succeed; `not-converged`: all did, but reading again still finds changes. */
  readonly status: "applied" | "partial" | "not-converged";
  readonly units: readonly UnitOutcome[];
  /** Titles of what reading again still finds. */
  readonly remaining: readonly string[];
  /** Why reading again was not possible; null when it was. */
  readonly unverified: string | null;
  /** Commands to run next, each with its reason. */
  readonly next: readonly string[];
}
