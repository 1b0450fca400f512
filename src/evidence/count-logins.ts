import type { Coverage, EvidenceSource, Interval, LoginAttempt, LoginCount } from "../model/evidence.js";
import type { LogSink } from "./log-scan.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface CountedLog {
  readonly cluster: string;
  /** One server of the cluster; null: it has no parts. */
  readonly part: string | null;
  readonly source: EvidenceSource;
  /** A count for each day, UTC, or one for all that is read. */
  readonly per: "day" | "run";
}

export interface LoginCounter extends LogSink {
  /**
   * May be asked at any time; what comes later is counted on. `omitted`: refused attempts of users that are in no count, because
   * too many others were refused before; who guesses names shall not fill the memory.
   */
  readonly result: () => { readonly logins: LoginCount[]; readonly coverage: Coverage; readonly omitted: number };
}

/** Of different users; those who were let in always have room. */
export const MOST_USERS = 20_000;

/** Counts attempts that differ in nothing but the moment, and knows when none would have been missed. Keeps one number for each. */
export function createLoginCounter({ cluster, part, source, per }: CountedLog): LoginCounter {
  const counts: Counts = new Map();
  const seen = seenIntervals();
  let omitted = 0;
  return {
    attempt: (attempt) => {
      if (attempt.outcome === "failed" && counts.size >= MOST_USERS && !counts.has(attempt.user)) omitted++;
      else count(counts, attempt, per === "day" ? Math.floor(attempt.at / DAY) : 0);
    },
    connectionLine: seen.add,
    result: () => ({
      logins: [...counts.values()].flatMap((of) => [...of.values()].flat().map((one) => countOf(cluster, one))).sort(inOrder),
      coverage: { source, target: cluster, part, ...seen.result() },
      omitted,
    }),
  };
}

/** By user and database: what is left to look through is short, the day that is read last at its end. */
type Counts = Map<string, Map<string | null, Counting[]>>;

function count(counts: Counts, attempt: LoginAttempt, day: number): void {
  const { at, user, database, method, outcome, reason } = attempt;
  const ofUser = counts.get(user) ?? new Map<string | null, Counting[]>();
  if (ofUser.size === 0) counts.set(user, ofUser);
  const ofBoth = ofUser.get(database) ?? [];
  if (ofBoth.length === 0) ofUser.set(database, ofBoth);
  const known = ofBoth.findLast(
    (one) => one.day === day && one.what.method === method && one.what.outcome === outcome && one.what.reason === reason,
  );
  if (known) add(known, at);
  else ofBoth.push({ what: alike(attempt), day, count: 1, first: at, last: at });
}

/** The same of several logs, each once. */
export function mergeLogins(logins: readonly LoginCount[]): LoginCount[] {
  const merged = new Map<string, LoginCount>();
  for (const one of logins) {
    const key = JSON.stringify([one.cluster, one.user, one.database, one.method, one.outcome, one.reason]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? one : sum(known, one));
  }
  return [...merged.values()].sort(inOrder);
}

const sum = (a: LoginCount, b: LoginCount): LoginCount => ({
  ...a,
  count: a.count + b.count,
  first: Math.min(a.first, b.first),
  last: Math.max(a.last, b.last),
});

/** Not the attempt itself: its address would be kept. */
interface Counting {
  readonly what: Alike;
  readonly day: number;
  count: number;
  first: number;
  last: number;
}

type Alike = Pick<LoginAttempt, "user" | "database" | "method" | "outcome" | "reason">;

function add(counting: Counting, at: number): void {
  counting.count++;
  if (at < counting.first) counting.first = at;
  if (at > counting.last) counting.last = at;
}

const alike = ({ user, database, method, outcome, reason }: LoginAttempt): Alike => ({ user, database, method, outcome, reason });

const countOf = (cluster: string, { what, count, first, last }: Counting): LoginCount => ({ cluster, ...what, count, first, last });

const sortText = ({ cluster, user, database, method, outcome, reason }: LoginCount): string =>
  [cluster, user, database ?? "", method ?? "", outcome === "ok" ? "" : (reason ?? "other")].join("\0");

function inOrder(a: LoginCount, b: LoginCount): number {
  const [left, right] = [sortText(a), sortText(b)];
  if (left !== right) return left < right ? -1 : 1;
  return a.first - b.first;
}

/** Between two lines at most an hour apart logging was on, and a login would have been seen. */
function seenIntervals(): { readonly add: (at: number) => void; readonly result: () => Pick<Coverage, "seen" | "gaps"> } {
  let closed: Interval[] = [];
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  return {
    add: (at) => {
      // Another file may go on earlier than the last one ended.
      if (at > to + HOUR || at < from - HOUR) {
        if (from <= to) closed = joined([...closed, { from, to: to + 1 }]);
        from = at;
        to = at;
      }
      if (at < from) from = at;
      if (at > to) to = at;
    },
    result: () => {
      const seen = joined(from <= to ? [...closed, { from, to: to + 1 }] : closed);
      return { seen, gaps: seen.slice(1).map((one, i) => silence({ from: seen[i]?.to ?? one.from, to: one.from })) };
    },
  };
}

function joined(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const one of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last === undefined || one.from > last.to + HOUR) merged.push(one);
    else if (one.to > last.to) merged[merged.length - 1] = { from: last.from, to: one.to };
  }
  return merged;
}

const silence = ({ from, to }: Interval): Coverage["gaps"][number] => ({
  from,
  to,
  why: "no line about a connection for more than an hour: nobody came, or connections were not logged",
});
