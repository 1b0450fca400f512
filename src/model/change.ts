import type { Principal } from "./principal.js";
import type { Key, Kind, RdsSettingName, Target } from "./resource.js";
import type { Delta, Effect, Source } from "./right.js";
import type { Thing } from "./thing.js";

export type ChangeOp = "create" | "adopt" | "rename" | "update" | "replace" | "release" | "delete";

/** What a change is about: report/ makes its title of it. */
export type Subject =
  /** `was`: the name that it has until then. */
  | { readonly type: "role"; readonly name: string; readonly login: boolean; readonly was?: string }
  | { readonly type: "membership"; readonly role: string; readonly member: string }
  /** What is held on it changes: its ACL. */
  | { readonly type: "privileges"; readonly on: Thing }
  /** `on`: `RDS cluster demo-aurora`, or the parameter group that says it. */
  | { readonly type: "rds-setting"; readonly setting: RdsSettingName; readonly on: string }
  | { readonly type: "iam-role" | "iam-policy" | "instance-profile"; readonly name: string }
  | {
      readonly type: "attachment";
      /** A name, or an ARN of somebody else's. */
      readonly policy: string;
      readonly to: Principal;
      /** The file never asked for it. */
      readonly isForeign?: boolean;
    }
  | { readonly type: "inline-policy"; readonly name: string; readonly role: string }
  /** `profiles`: names of those that it carries before and after. */
  | { readonly type: "association"; readonly instance: string; readonly profiles: readonly string[] };

/** Create, adopt, rename, update, replace, release or delete of one resource. */
export interface Change {
  /** SHA-256 over (identity, key, op, its rights, before and after where it is a document or has attributes), hexadecimal. */
  readonly id: string;
  readonly op: ChangeOp;
  readonly kind: Kind;
  readonly target: Target;
  readonly key: Key;
  readonly subject: Subject;
  /** safe, widens, narrows, destroys, gap */
  readonly risk: readonly string[];
  readonly delta: Delta;
  /** The lines behind the resource itself. */
  readonly sources: readonly Source[];
  /** null where rights say it all: ACLs, memberships. */
  readonly attributes: Attributes | null;
}
export interface Attributes {
  /** Names of those that the rights say in full. */
  readonly rights: readonly string[];
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  /** What limits or marks a thing from its beginning: approved with its creation. Left out: nothing. */
  readonly creation?: Readonly<Record<string, unknown>>;
}

/** The effects of a change, each with what it is on. */
export const effectsOf = ({ subject, delta }: Pick<Change, "subject" | "delta">): Effect[] =>
  delta.map((item) => ({ ...item, on: item.on ?? thingOf(subject) }));

/** What a delta is on where it does not say so itself. */
export function thingOf(subject: Subject): Thing {
  if (subject.type === "privileges") return subject.on;
  throw new Error(`a right of ${subject.type} does not say what it is on`);
}
