import type { AtomPrincipal, Names } from "./statement.js";
import { covers, meet, type Reading, widest } from "./wildcard.js";

/** How names of one sort compare. */
export interface Sort<T> {
  readonly isAll: (name: T) => boolean;
  readonly meet: (a: T, b: T) => readonly T[];
  readonly covers: (a: T, b: T) => boolean;
}

/** Patterns of resources. */
export const patterns = (reading: Reading): Sort<string> => ({
  isAll: (pattern) => /^\*+$/.test(pattern),
  meet: (a, b) => meet(a, b, reading),
  covers: (a, b) => covers(a, b, reading),
});

const plain = patterns({ variables: false, arn: false });
/** The case of an action means nothing, and no variable stands in one. */
export const ACTIONS: Sort<string> = {
  ...plain,
  meet: (a, b) => plain.meet(a.toLowerCase(), b.toLowerCase()),
  covers: (a, b) => plain.covers(a.toLowerCase(), b.toLowerCase()),
};

/** An account's root stands for what the account lets do; a role named by its ARN needs no such leave: not the one in the other. */
export const PRINCIPALS: Sort<AtomPrincipal> = {
  isAll: (principal) => principal.type === "anyone",
  meet: (a, b) => (a.type === b.type && a.id === b.id ? [a] : []),
  covers: (a, b) => a.type === b.type && a.id === b.id,
};

/** null: neither document has such names. undefined: nothing in common, or nothing that is sure. */
export function meetNames<T>(a: Names<T> | null, b: Names<T> | null, sort: Sort<T>): Names<T> | null | undefined {
  if (a === null || b === null) return a === b ? null : undefined;
  if (isEverything(a, sort)) return b;
  if (isEverything(b, sort)) return a;
  if (a.not || b.not) return sameNegation(a, b) ? a : undefined;
  const list = widest(pairs(a.list, b.list, sort), sort.covers);
  return list.length === 0 ? undefined : { not: false, list };
}

/** Whether the first have all that the second have. */
export function includesNames<T>(a: Names<T> | null, b: Names<T> | null, sort: Sort<T>): boolean {
  if (a === null || b === null) return a === b;
  if (isEverything(a, sort)) return true;
  if (a.not || b.not) return sameNegation(a, b);
  return b.list.every((y) => a.list.some((x) => sort.covers(x, y)));
}

const isEverything = <T>(names: Names<T>, sort: Sort<T>): boolean => !names.not && names.list.some(sort.isAll);
const sameNegation = <T>(a: Names<T>, b: Names<T>): boolean => a.not && b.not && JSON.stringify(a.list) === JSON.stringify(b.list);

/** More do not fit into any document (6,144 characters), and would be compared each with each. */
const MOST_NAMES = 300;

function pairs<T>(a: readonly T[], b: readonly T[], sort: Sort<T>): readonly T[] {
  const found = new Map<string, T>();
  for (const x of a) {
    if (found.size > MOST_NAMES) break;
    for (const y of b) for (const name of sort.meet(x, y)) found.set(JSON.stringify(name), name);
  }
  return [...found.values()];
}
