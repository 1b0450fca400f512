import type { PrivilegeSet } from "./privileges.js";
import type { Place, Problem } from "./problem.js";
import type { DefaultAclObjects, Grantee, Key, Kind, PgObject, Target } from "./resource.js";

export type ChangeOp = "create" | "adopt" | "update" | "replace" | "release" | "delete";

/** Who gains or loses which privileges on what: what a reviewer reads. */
export interface Effect {
  readonly effect: "gains" | "loses";
  readonly who: string;
  /** Privilege words, sorted as in the table of privileges; `login`, `rds-db:connect`, `sts:AssumeRole`, `membership`. */
  readonly what: readonly string[];
  /** `table pgdemo.products`, `role pg_monitor`, `user oltp_ro_user of demo`. */
  readonly on: string;
  /** What stands between `what` and `on` in a sentence: select on, membership in, login to, rds-db:connect as, sts:AssumeRole of. */
  readonly preposition: "on" | "in" | "to" | "as" | "of";
  /** Effects with the same fold are one line of the text plan: `tables of pgdemo`. null: never folded. */
  readonly fold: Fold | null;
}
export interface Fold {
  /** Plural: tables, sequences, routines, columns; `later tables` are not counted. */
  readonly noun: string;
  readonly schema: string;
  readonly counted: boolean;
}

/** A line of the file that causes something; `pattern` as the file writes it. */
export interface Source extends Place {
  readonly pattern?: string;
}

export interface Change {
  /** SHA-256 over (identity, key, op, effects), hexadecimal. */
  readonly id: string;
  readonly op: ChangeOp;
  readonly kind: Kind;
  readonly target: Target;
  readonly key: Key;
  readonly title: string;
  /** safe, widens, narrows, destroys, gap */
  readonly risk: readonly string[];
  readonly effects: readonly Effect[];
  /** Parallel to `effects`: the lines that cause each. */
  readonly sources: readonly (readonly Source[])[];
  readonly before: unknown;
  readonly after: unknown;
}

/** In the order in which they are carried out (docs/life-of-a-change.md). */
export const PHASES = ["prepare", "leave", "close", "remove", "change", "add", "open", "join", "delete"] as const;
export type Phase = (typeof PHASES)[number];

export type Site = { readonly cluster: string; readonly database: string } | { readonly account: string };

/** One atomic, typed thing to do. */
export interface Operations {
  "create-role": { readonly role: string };
  "comment-role": { readonly role: string; readonly comment: string | null };
  "alter-login": { readonly role: string; readonly login: boolean };
  "drop-role": { readonly role: string };
  "grant-membership": {
    readonly role: string;
    readonly member: string;
    readonly admin: boolean;
    readonly inherit: boolean;
    readonly set: boolean;
    readonly options: boolean;
  };
  /** `grantor: null`: the server is older than 16, where a membership has one row. */
  "revoke-membership": { readonly role: string; readonly member: string; readonly grantor: string | null };
  /** Grantees that get the same: the list is shared by all objects with the same ACL. */
  grant: { readonly on: PgObject; readonly privileges: PrivilegeSet; readonly grantable: boolean; readonly to: readonly Grantee[] };
  revoke: {
    readonly on: PgObject;
    readonly privileges: PrivilegeSet;
    readonly from: readonly Grantee[];
    /** Only the grant option is taken. */
    readonly optionOnly: boolean;
    readonly cascade: boolean;
  };
  "grant-default": {
    readonly creator: string;
    readonly schema: string | null;
    readonly objects: DefaultAclObjects;
    readonly privileges: PrivilegeSet;
    readonly to: Grantee;
  };
  "revoke-default": {
    readonly creator: string;
    readonly schema: string | null;
    readonly objects: DefaultAclObjects;
    readonly privileges: PrivilegeSet;
    readonly from: Grantee;
  };
  /** One call of AWS's API; `input` as the SDK takes it, documents as JSON text. */
  aws: { readonly command: AwsCommandName; readonly input: Readonly<Record<string, unknown>> };
}
export type AwsCommandName =
  | "CreateRole"
  | "UpdateAssumeRolePolicy"
  | "TagRole"
  | "UntagRole"
  | "DeleteRole"
  | "CreatePolicy"
  | "CreatePolicyVersion"
  | "DeletePolicyVersion"
  | "TagPolicy"
  | "DeletePolicy"
  | "AttachRolePolicy"
  | "DetachRolePolicy"
  | "DetachUserPolicy"
  | "DetachGroupPolicy"
  | "CreateInstanceProfile"
  | "AddRoleToInstanceProfile"
  | "RemoveRoleFromInstanceProfile"
  | "TagInstanceProfile"
  | "DeleteInstanceProfile";

export type OpType = keyof Operations;
export type Operation<T extends OpType = OpType> = { readonly [K in T]: OperationOf<K> }[T];
interface OperationOf<T extends OpType> {
  readonly type: T;
  readonly change: Key;
  readonly phase: Phase;
  readonly site: Site;
  /** Role that the statement must run as; null: the admin itself. PostgreSQL only. */
  readonly as: string | null;
  /** Within a phase and site, lower ranks run first. */
  readonly rank: number;
  readonly args: Operations[T];
}

/** One statement or call, made of one or many operations. */
export interface Step {
  readonly unit: string;
  readonly phase: Phase;
  readonly changes: readonly Key[];
  readonly run:
    | { readonly sql: string }
    | { readonly account: string; readonly command: AwsCommandName; readonly input: Readonly<Record<string, unknown>> };
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
  readonly check?: { readonly type: "admin-can-log-in"; readonly undo: readonly string[] };
}

export interface Counts {
  readonly create: number;
  readonly adopt: number;
  readonly update: number;
  readonly replace: number;
  readonly release: number;
  readonly delete: number;
  /** Privileges, memberships, logins and doors: one per (who, what, on). */
  readonly gains: number;
  readonly loses: number;
}

/** Live things that the file does not name: reported, never changed. */
export interface Unmanaged {
  readonly key: Key;
  readonly title: string;
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
  readonly digest: string;
  readonly counts: Counts;
  readonly targets: readonly PlanTarget[];
  readonly changes: readonly Change[];
  readonly units: readonly Unit[];
  readonly steps: readonly Step[];
  readonly problems: readonly Problem[];
  readonly unmanaged: readonly Unmanaged[];
}

/** A heading of the plan. */
export interface PlanTarget {
  readonly target: Target;
  /** `PostgreSQL 17.10, RDS cluster demo-aurora`; `111122223333, us-east-2`. */
  readonly about: string;
  /** RDS resource id, PostgreSQL's system identifier, or the account's id: tells a clone from the original. */
  readonly identity: string;
}
