import type { Facts } from "../facts/facts.js";
import type { Attributes, ChangeOp, Subject } from "../model/change.js";
import type { Day } from "../model/day.js";
import type { Declared } from "../model/declared.js";
import type { Sources } from "../model/expanded.js";
import type { Operation } from "../model/operation.js";
import type { Place } from "../model/place.js";
import type { Problem } from "../model/problem.js";
import type { Attrs, Desired, Id, Key, Kind, Pair, Resource, Target } from "../model/resource.js";
import type { Delta } from "../model/right.js";

/** All that is known of one kind. A kind without a row in the table does not compile. */
export interface KindSpec<K extends Kind> {
  /** A thing of its own that can be deleted: no right, no part of another. */
  readonly isThing: boolean;
  /** What the file says of it, expanded with the facts: wildcards, `all`, resource ids. */
  readonly wanted: (declared: Declared, facts: Facts, wishes: Wishes<K>) => void;
  /** The live resources that the file manages, with what of them it manages. */
  readonly live: (facts: Facts) => Iterable<Resource<K>>;
  readonly equal: (desired: Attrs<K>, live: Attrs<K>) => boolean;
  readonly op: (pair: Pair<K>) => ChangeOp;
  readonly target: (id: Id<K>) => Target;
  readonly subject: (pair: Pair<K>, facts: Facts) => Subject;
  /** The rights that come and go. */
  readonly delta: (pair: Pair<K>, facts: Facts, sources: Sources) => Delta;
  /** What differs besides rights; null: rights say it all. */
  readonly attributes: (pair: Pair<K>) => Attributes | null;
  /** How near the difference can be brought to an end, by which operations, and what stays. Asked for one difference after the other. */
  readonly attain: (facts: Facts, around: Around) => (pair: Pair<K>) => Attained<K>;
  /** What makes the change impossible, found before anything is written. `pair.after` is what is attained. */
  readonly obstacles: (pair: Pair<K>, facts: Facts, operations: readonly Operation[]) => readonly Problem[];
}
export type KindTable = { readonly [K in Kind]: KindSpec<K> };

/** What one difference must know of the others. */
export interface Around {
  readonly desired: Desired;
  /** A role that is not dropped after all, because something that stays names it. */
  readonly isHeldBack: (cluster: string, role: string) => boolean;
  /** A role that keeps something which it should lose: whoever joins it would get that. */
  readonly keepsTooMuch: (cluster: string, role: string) => boolean;
  readonly stays: (key: Key) => boolean;
}

export interface Attained<K extends Kind> {
  /** What will be there; what the file wants where nothing stays. */
  readonly end: Attrs<K> | undefined;
  /** Atomic and typed, not batched. */
  readonly operations: readonly Operation[];
  readonly stays: readonly Staying[];
}

/** A part of a difference for which there is no operation. */
export interface Staying {
  readonly delta: Delta;
  readonly grantor: string | null;
  readonly statements: readonly string[];
  readonly problem: Problem;
  /** Roles of the cluster that cannot be dropped while it stays. */
  readonly names: readonly string[];
  /** The role that waits for all that names it; null: it stays for a reason of its own. */
  readonly waits: string | null;
}

/** Of a kind that is never in anybody else's hands. */
export const wholly =
  <K extends Kind>(operations: (pair: Pair<K>, facts: Facts) => readonly Operation[]) =>
  (facts: Facts) =>
  (pair: Pair<K>): Attained<K> => ({ end: pair.after, operations: operations(pair, facts), stays: [] });

/** Where `wanted` puts what it finds. */
export interface Wishes<K extends Kind> {
  readonly want: (resource: Resource<K>, sources: Sources) => void;
  /** Neither compared nor changed: a problem says why. */
  readonly leaveOut: (key: Key) => void;
  readonly problem: (problem: Problem) => void;
}

/** create when there was nothing, delete when nothing shall be, else update. */
export const plainOp = (pair: { readonly before: unknown; readonly after: unknown }): ChangeOp => {
  if (pair.before === undefined) return "create";
  return pair.after === undefined ? "delete" : "update";
};

/** All of them; `rights`: the names of those that the rights say in full. */
export const attributesBut =
  (...rights: readonly string[]) =>
  <K extends Kind>(pair: Pair<K>): Attributes => ({
    rights,
    before: pair.before ? { ...pair.before } : null,
    after: pair.after ? { ...pair.after } : null,
  });

export const none = (): readonly never[] => [];
export const noAttributes = (): null => null;

/** The same lines behind all of a resource. */
export function wholeSources({ file, line, column }: Place, until: Day | null = null): Sources {
  const whole = [{ file, line, column, pattern: null, until }];
  return { whole, of: () => whole };
}
