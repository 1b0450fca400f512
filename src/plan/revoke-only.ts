import type { Facts } from "../facts/facts.js";
import type { Change, Subject } from "../model/change.js";
import type { Operation } from "../model/operation.js";
import type { Key } from "../model/resource.js";
import type { Delta } from "../model/right.js";
import { granteeKey } from "../privileges/grantee.js";
import type { Analysed } from "./analysed.js";
import { safeTakes } from "./order.js";

/** What takes somebody's access at once. */
export interface RevokeOnly {
  readonly taken: readonly Analysed[];
  /** What is left for a whole apply. */
  readonly left: readonly Pick<Change, "op" | "subject">[];
}

/**
 * The takes that nothing has to come before, and documents cut to what stays: the urgent way to take access. Whatever gives something, or
 * would leave somebody without what they keep, waits for a whole apply.
 */
export function revokeOnly(differences: readonly Analysed[], facts: Facts): RevokeOnly {
  const all = differences.flatMap(({ operations }) => operations);
  const changes = differences.map(({ change }) => change);
  const kept = new Map<Key, Operation[]>();
  for (const operation of safeTakes(all, changes, facts)) kept.set(operation.change, [...(kept.get(operation.change) ?? []), operation]);
  const taken = differences.flatMap((one): Analysed[] => {
    const operations = kept.get(one.change.key);
    return operations ? [{ ...one, change: narrowed(one.change, operations), operations, obstacles: [] }] : [];
  });
  const whole = new Set(
    taken.filter(({ change, operations }) => isWhole(differences, change.key, operations)).map(({ change }) => change.key),
  );
  return { taken, left: changes.filter(({ key }) => !whole.has(key)).map(({ op, subject }) => ({ op, subject })) };
}

const isWhole = (differences: readonly Analysed[], key: Key, operations: readonly Operation[]): boolean =>
  differences.some(
    ({ change, operations: own }) => change.key === key && own.length === operations.length && own.every((o) => operations.includes(o)),
  );

const RIGHTS_ALONE: readonly string[] = ["membership", "attachment", "inline-policy"] satisfies Subject["type"][];

/** Only what these operations take: a thing that is to be deleted loses something first. */
function narrowed(change: Analysed["change"], operations: readonly Operation[]): Analysed["change"] {
  const losers = new Set(operations.flatMap(({ args }) => ("from" in args ? [args.from].flat().map(granteeKey) : [])));
  const isTaken = ({ effect, who }: Delta[number]): boolean =>
    effect === "loses" && (losers.size === 0 || (who.type === "role" && losers.has(who.name)) || (who.type === "public" && losers.has("")));
  const op = change.op === "delete" && !RIGHTS_ALONE.includes(change.subject.type) ? "update" : change.op;
  return { ...change, op, delta: change.delta.filter(isTaken), attributes: null };
}
