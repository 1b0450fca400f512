import type { Place } from "./place.js";

/** A share of what is there, in percent, or a number. */
export type Limit = { readonly type: "percent" | "count"; readonly value: number };

export interface DeclaredSafety {
  readonly maxDeletions: Limit;
  readonly maxRevokes: Limit;
  /** Globs over names of PostgreSQL and IAM. */
  readonly protect: readonly string[];
  readonly allow: readonly Allowance[];
  readonly acceptResidue: readonly AcceptedResidue[];
  readonly acceptLeaks: readonly AcceptedLeak[];
}

/** Whose leaks are meant. */
export interface AcceptedLeak {
  /** A glob over ARNs of IAM roles, users and groups. */
  readonly principal: string;
  /** The last day that it holds, UTC: 2026-12-31. null: it does not end. */
  readonly until: string | null;
  readonly reason: string;
  readonly place: Place;
}

/** What may stay different for a while. */
export interface AcceptedResidue {
  /** Who should lose it. */
  readonly who: string;
  /** As the file writes it: `crm.notes`, `schema crm`, the role of a membership. */
  readonly on: string;
  /** null: whoever gave it. */
  readonly grantor: string | null;
  /** The last day that it holds, UTC: 2026-12-31. */
  readonly until: string;
  readonly reason: string;
  readonly place: Place;
}

export interface Allowance {
  readonly code: string;
  /** Of what the guard is about: a role, or the target itself. null: whatever it finds. */
  readonly name: string | null;
  /** null: every target. */
  readonly target: string | null;
  /** The last day that it holds, UTC: 2026-12-31. */
  readonly until: string;
  readonly reason: string;
  readonly place: Place;
}
