import { KIND_NAMES } from "../kinds/table.js";
import type { Change } from "../model/change.js";
import type { Kind } from "../model/resource.js";
import { keptKey, placeOfThing } from "./approval.js";
import { canonical } from "./digest.js";

export type Kept = Pick<Change, "subject" | "delta">;

/** What whoever loses something still has by the file, on anything in a schema. Nothing is asked when nobody loses. */
export function keptOf(changes: readonly Change[], wantedOf: (kind: Kind) => Iterable<Kept>): Set<string> {
  const deltas = new Set(changes.map((c) => c.delta));
  const losers = new Set([...deltas].flatMap((delta) => delta.filter((e) => e.effect === "loses").map((e) => canonical(e.who))));
  if (losers.size === 0) return new Set();
  return new Set(KIND_NAMES.flatMap((kind) => [...wantedOf(kind)].flatMap((wanted) => keysOf(wanted, losers))));
}

function keysOf({ subject, delta }: Kept, losers: ReadonlySet<string>): string[] {
  const place = subject.type === "privileges" ? placeOfThing(subject.on) : null;
  if (place === null) return [];
  return delta.filter(({ who }) => losers.has(canonical(who))).flatMap(({ who, verbs }) => verbs.map((verb) => keptKey(who, verb, place)));
}
