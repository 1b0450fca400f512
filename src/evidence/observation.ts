import type { EvidenceSource, Interval, LoginCount, RefusedPrincipal } from "../model/evidence.js";
import { missing, union } from "./intervals.js";
import type { LogGap } from "./log-source.js";

export type DayLogin = Omit<LoginCount, "cluster">;
export type DayRefusal = Omit<RefusedPrincipal, "cluster">;

/** What one reading of one log told of one day. */
export interface Observation {
  /** `rds-list`: RDS itself, which does not list the server: so nobody came in. */
  readonly source: EvidenceSource | "rds-list";
  readonly seen: readonly Interval[];
  /** Of what is not seen. */
  readonly gaps: readonly LogGap[];
  readonly logins: readonly DayLogin[];
  readonly refused: readonly DayRefusal[];
}

/** One day, UTC, of one server: whatever was read of it. */
export interface DayRecord {
  readonly cluster: string;
  readonly part: string | null;
  /** 2026-11-25 */
  readonly day: string;
  readonly observations: readonly Observation[];
}

/**
 * Both together, whichever comes first and however often. A log only grows: an observation goes where another saw at least as long, and
 * at least as much of everything. So a folder may be written twice, in parallel, and joined from two branches.
 */
export function mergeObservations(all: readonly Observation[]): Observation[] {
  const distinct = [...new Map(all.map((one) => [JSON.stringify(sortedObservation(one)), sortedObservation(one)])).entries()];
  const kept = distinct.filter(
    ([text, one]) => !distinct.some(([other, it]) => other !== text && isWithin(one, it) && (!isWithin(it, one) || other < text)),
  );
  return kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** What the observations of a day say together. Where they tell of the same hours the greater number counts, so numbers are "at least". */
export function totalOf(observations: readonly Observation[]): Pick<Observation, "seen" | "gaps" | "logins" | "refused"> {
  const seen = union(observations.flatMap((one) => one.seen));
  const groups = overlapping(observations);
  return {
    seen,
    gaps: observations.flatMap(({ gaps }) => gaps.flatMap((gap) => missing(gap, seen).map((rest) => ({ ...rest, why: gap.why })))),
    logins: added(
      groups.map((group) =>
        most(
          group.flatMap(({ logins }) => logins),
          loginKey,
        ),
      ),
      loginKey,
    ),
    refused: added(
      groups.map((group) =>
        most(
          group.flatMap(({ refused }) => refused),
          refusalKey,
        ),
      ),
      refusalKey,
    ),
  };
}

/** No name of PostgreSQL or IAM holds a zero byte. */
export const loginKey = ({ user, database, method, outcome, reason }: DayLogin): string =>
  [user, database === null ? "" : `=${database}`, method ?? "", outcome, reason ?? ""].join("\0");
export const refusalKey = ({ principal, user, reason }: DayRefusal): string => [principal, user, reason].join("\0");

export const sortedObservation = ({ source, seen, gaps, logins, refused }: Observation): Observation => ({
  source,
  seen: union(seen),
  gaps: sortedBy(gaps, (gap) => `${String(gap.from).padStart(15, "0")} ${gap.to} ${gap.why}`),
  logins: sortedBy(logins, loginKey),
  refused: sortedBy(refused, refusalKey),
});

const sortedBy = <T>(list: readonly T[], keyOf: (one: T) => string): T[] =>
  list
    .map((one) => [keyOf(one), one] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, one]) => one);

interface Counted {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

function isWithin(one: Observation, other: Observation): boolean {
  return (
    (one.source === "iam-db-auth-error") === (other.source === "iam-db-auth-error") &&
    one.seen.every((interval) => missing(interval, other.seen).length === 0) &&
    isCounted(one.logins, other.logins, loginKey) &&
    isCounted(one.refused, other.refused, refusalKey)
  );
}

function isCounted<T extends Counted>(list: readonly T[], others: readonly T[], keyOf: (one: T) => string): boolean {
  const known = new Map(others.map((one) => [keyOf(one), one]));
  return list.every((one) => {
    const other = known.get(keyOf(one));
    return other !== undefined && other.count >= one.count && other.first <= one.first && other.last >= one.last;
  });
}

/** From the first moment to the last of which it tells anything. */
function extentOf({ seen, logins, refused }: Observation): Interval {
  const told = [...logins, ...refused];
  return {
    from: Math.min(...seen.map(({ from }) => from), ...told.map(({ first }) => first)),
    to: Math.max(...seen.map(({ to }) => to), ...told.map(({ last }) => last + 1)),
  };
}

/** Groups that have no moment in common. */
function overlapping(observations: readonly Observation[]): Observation[][] {
  const sorted = observations.map((one) => ({ one, ...extentOf(one) })).sort((a, b) => a.from - b.from);
  const groups: { to: number; readonly list: Observation[] }[] = [];
  for (const { one, from, to } of sorted) {
    const last = groups.at(-1);
    if (last === undefined || from >= last.to) groups.push({ to, list: [one] });
    else {
      last.list.push(one);
      last.to = Math.max(last.to, to);
    }
  }
  return groups.map(({ list }) => list);
}

const most = <T extends Counted>(list: readonly T[], keyOf: (one: T) => string): T[] => folded(list, keyOf, Math.max);
const added = <T extends Counted>(lists: readonly (readonly T[])[], keyOf: (one: T) => string): T[] =>
  sortedBy(
    folded(lists.flat(), keyOf, (a, b) => a + b),
    keyOf,
  );

function folded<T extends Counted>(list: readonly T[], keyOf: (one: T) => string, fold: (a: number, b: number) => number): T[] {
  const byKey = new Map<string, T>();
  for (const one of list) {
    const known = byKey.get(keyOf(one));
    byKey.set(
      keyOf(one),
      known === undefined
        ? one
        : {
            ...known,
            count: fold(known.count, one.count),
            first: Math.min(known.first, one.first),
            last: Math.max(known.last, one.last),
          },
    );
  }
  return [...byKey.values()];
}
