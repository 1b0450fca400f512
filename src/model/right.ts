import type { Place } from "./place.js";
import type { Principal } from "./principal.js";
import type { Thing } from "./thing.js";

/** Who may do what on which thing, on which terms: the unit that is reviewed, approved, guarded and ordered. */
export interface Right {
  readonly who: Principal;
  /** A privilege's lower-case word; `member`, `login`, `attached`, `role` (of an instance profile), an action of AWS such as `rds-db:connect`. */
  readonly verb: string;
  readonly on: Thing;
  readonly terms: Terms;
}

/** Everything else that makes two rights different: approvals and ids hash the whole of it. */
export interface Terms {
  readonly grantable?: true;
  readonly membership?: MembershipTerms;
  /** Canonical JSON. */
  readonly condition?: string;
  /** A Deny: it takes away. One that goes is a gain. */
  readonly deny?: true;
  /** Canonical JSON of a statement that cannot be taken apart (NotAction, NotPrincipal, NotResource …). */
  readonly statement?: string;
  /** Canonical JSON of the policy that is attached, as it will be: whoever approves an attachment has seen what it gives. */
  readonly document?: string;
  /** Version of the document, where it matters: 2008-10-17 knows no policy variables. */
  readonly version?: string;
}
export interface MembershipTerms {
  readonly admin: boolean;
  readonly inherit: boolean;
  readonly set: boolean;
}

/** Why the file says so. A source belongs to a right, not to a role. */
export interface Source extends Place {
  /** The wildcard, if it gives this very privilege: `pgdemo.*`. null: the entry names the object. */
  readonly pattern: string | null;
  /** The last day on which it holds, UTC; null: it does not end. */
  readonly until: string | null;
}

/** Rights gained or lost that differ in nothing but the verb. */
export interface Effect {
  /** A Deny that goes is a gain, one that comes a loss. */
  readonly effect: "gains" | "loses";
  readonly who: Principal;
  readonly verbs: readonly string[];
  readonly on: Thing;
  readonly terms: Terms;
  /** The terms on which the same is held on the other side of the change: before a gain, after a loss. null: not at all. */
  readonly other: Terms | null;
  readonly sources: readonly Source[];
}

/** An effect that may leave out what it is on: then it is what the change is about. */
export type DeltaItem = Omit<Effect, "on"> & { readonly on?: Thing };
/** What one change gives and takes. All objects that change alike share one value, so that what follows from it is worked out once. */
export type Delta = readonly DeltaItem[];

export const rightsOf = ({ who, verbs, on, terms }: Effect): Right[] => verbs.map((verb) => ({ who, verb, on, terms }));

/** How many rights are gained or lost. */
export const countRights = (delta: Delta, effect: Effect["effect"]): number =>
  delta.reduce((n, item) => n + (item.effect === effect ? item.verbs.length : 0), 0);
