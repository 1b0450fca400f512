import type { ChangeOp, Effect, Operation } from "../model/plan.js";
import type { Problem } from "../model/problem.js";
import type { Attrs, Id, Kind, Pair, Resource, Target } from "../model/resource.js";
import type { Facts } from "./facts.js";

/** All that is known of one kind. A kind without a row in the table does not compile. */
export interface KindSpec<K extends Kind> {
  /** A thing of its own that can be deleted: no right, no part of another. */
  readonly isThing: boolean;
  /** The live resources that the file manages, with what of them it manages. */
  readonly live: (facts: Facts) => Iterable<Resource<K>>;
  readonly equal: (desired: Attrs<K>, live: Attrs<K>) => boolean;
  readonly op: (pair: Pair<K>) => ChangeOp;
  readonly target: (id: Id<K>) => Target;
  readonly title: (pair: Pair<K>, op: ChangeOp) => string;
  readonly effects: (pair: Pair<K>, facts: Facts) => readonly Effect[];
  /** Atomic and typed, not batched. */
  readonly operations: (pair: Pair<K>, facts: Facts) => readonly Operation[];
  /** What the plan's JSON shows of before and after. */
  readonly show: (pair: Pair<K>, facts: Facts) => { readonly before: unknown; readonly after: unknown };
  /** What makes the change impossible, found before anything is written. */
  readonly obstacles: (pair: Pair<K>, facts: Facts) => readonly Problem[];
}
export type KindTable = { readonly [K in Kind]: KindSpec<K> };

/** create when there was nothing, delete when nothing shall be, else update. */
export const plainOp = (pair: { readonly before: unknown; readonly after: unknown }): ChangeOp => {
  if (pair.before === undefined) return "create";
  return pair.after === undefined ? "delete" : "update";
};

export const showAttrs = (pair: { readonly before: unknown; readonly after: unknown }) => ({
  before: pair.before ?? null,
  after: pair.after ?? null,
});

export const none = (): readonly never[] => [];
