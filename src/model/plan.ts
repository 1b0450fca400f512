import type { AwsCall } from "./aws-call.js";
import type { Change } from "./change.js";
import type { Gap, Net, Residue, Unheld } from "./net.js";
import type { Phase, Site } from "./operation.js";
import type { Principal } from "./principal.js";
import type { Problem } from "./problem.js";
import type { Key, Target } from "./resource.js";
import type { Right, Source } from "./right.js";
import type { Unread } from "./snapshot.js";

/** One statement or call, made of one or many operations. */
export interface Step {
  readonly unit: string;
  readonly phase: Phase;
  readonly changes: readonly Key[];
  readonly run: { readonly sql: string } | AwsCall;
}

/** Steps that stand or fall together (`transaction`), or are journalled one by one (`journal`). */
export interface Unit {
  readonly id: string;
  readonly phase: Phase;
  readonly site: Site;
  readonly mode: "transaction" | "journal";
  /** Ids of units that must have succeeded. */
  readonly after: readonly string[];
  /** Checked after the commit; a failure undoes the unit with `undo`. */
  readonly check?: {
    readonly type: "can-log-in";
    /** Who opens one more connection. */
    readonly logins: readonly ("admin" | "reader")[];
    readonly undo: readonly string[];
  };
}

export interface Counts {
  readonly create: number;
  readonly adopt: number;
  readonly rename: number;
  readonly update: number;
  readonly replace: number;
  readonly release: number;
  readonly delete: number;
  /** Rights. */
  readonly gains: number;
  readonly loses: number;
}

/** Who holds something without being in the file: reported, never changed. */
export interface Unmanaged {
  readonly key: Key;
  readonly who: Principal;
  /** The first few of what it holds. */
  readonly rights: readonly Right[];
}

/** A value: it can be saved, shown, hashed, applied. */
export interface Plan {
  readonly version: 1;
  readonly tool: string;
  readonly owner: string;
  readonly scope: Readonly<{ cluster?: readonly string[]; account?: readonly string[] }>;
  /** Start of the day, UTC: nothing finer depends on the clock. */
  readonly asOf: string;
  /** false: a target could not be read; nothing of it is in the plan. */
  readonly complete: boolean;
  /** Those targets, and why. */
  readonly leftOut: readonly Unread[];
  readonly digest: string;
  readonly counts: Counts;
  readonly targets: readonly PlanTarget[];
  readonly changes: readonly Change[];
  readonly units: readonly Unit[];
  readonly steps: readonly Step[];
  readonly problems: readonly Problem[];
  readonly unmanaged: readonly Unmanaged[];
  /** Who reaches more, less, or the same on another way in the end: residue included. */
  readonly net: readonly Net[];
  /** What no user's net tells of. */
  readonly unheld: Unheld;
  /** Where a right that is held before and after is missing in between. */
  readonly gaps: readonly Gap[];
  /** Of a plan that only takes: what waits for a whole one. */
  readonly left: readonly Pick<Change, "op" | "subject">[];
  /** What stays different. */
  readonly residue: readonly Residue[];
  /** What holders keep on something in a schema (plan/approval.ts): a loss of all of it there is one thing to approve. */
  readonly kept: ReadonlySet<string>;
  /** What the file names and lets expire: by its key, with the line that says so. Its deletion is what the file says. */
  readonly expired: ReadonlyMap<Key, Source>;
}

/** A heading of the plan. */
export interface PlanTarget {
  readonly target: Target;
  /** `PostgreSQL 17.10, RDS cluster demo-aurora`; `111122223333, us-east-2`. */
  readonly about: string;
  /** RDS resource id, PostgreSQL's system identifier, or the account's id: tells a clone from the original. */
  readonly identity: string;
  /** The declared databases of a cluster. */
  readonly databases: readonly string[];
}
