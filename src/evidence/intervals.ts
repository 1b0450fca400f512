import type { Interval } from "../model/evidence.js";

/** Sorted, apart from each other, none empty. */
export function union(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  const merged: Interval[] = [];
  for (const one of sorted) {
    const last = merged.at(-1);
    if (last === undefined || one.from > last.to) merged.push(one);
    else if (one.to > last.to) merged[merged.length - 1] = { from: last.from, to: one.to };
  }
  return merged;
}

/** What of `whole` lies in none of them. */
export function missing(whole: Interval, intervals: readonly Interval[]): Interval[] {
  const gaps: Interval[] = [];
  let at = whole.from;
  for (const { from, to } of union(intervals)) {
    if (from >= whole.to) break;
    if (from > at) gaps.push({ from: at, to: from });
    at = Math.max(at, to);
  }
  return at < whole.to ? [...gaps, { from: at, to: whole.to }] : gaps;
}

/** What lies in both. */
export const common = (a: readonly Interval[], b: readonly Interval[]): Interval[] =>
  union(a.flatMap((one) => union(b).map((other) => ({ from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) }))));
