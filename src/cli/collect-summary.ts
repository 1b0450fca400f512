import { intervalOf } from "../evidence/day-file.js";
import { missing } from "../evidence/intervals.js";
import { type DayRecord, totalOf } from "../evidence/observation.js";
import type { CollectedPart, CollectedSummary } from "../report/collected.js";

interface Written {
  readonly record: DayRecord;
  readonly isNew: boolean;
}

const HOUR = 3_600_000;

/** What the folder now says of each server on the days that were touched. */
export function summaryOf(written: readonly Written[], dir: string, now: number): CollectedSummary {
  const groups = new Map<string, Map<string, Written>>();
  for (const one of written) {
    const key = JSON.stringify([one.record.cluster, one.record.part]);
    const days = groups.get(key) ?? new Map<string, Written>();
    // The last of a day holds what the others wrote.
    days.set(one.record.day, { record: one.record, isNew: one.isNew || (days.get(one.record.day)?.isNew ?? false) });
    groups.set(key, days);
  }
  const parts = [...groups.keys()].sort().flatMap((key) => partOf([...(groups.get(key)?.values() ?? [])], now));
  return { to: dir, parts };
}

function partOf(days: readonly Written[], now: number): CollectedPart[] {
  const [first] = days;
  if (first === undefined) return [];
  const observations = days.flatMap(({ record }) => record.observations);
  const { seen, gaps, logins, refused } = totalOf(observations);
  const isWhole = ({ record }: Written): boolean => missing(intervalOf(record.day), totalOf(record.observations).seen).length === 0;
  const counts = days.map(({ record }) => totalOf(record.observations).logins.reduce((sum, { count }) => sum + count, 0));
  return [
    {
      cluster: first.record.cluster,
      part: first.record.part,
      days: days.length,
      changed: days.filter(({ isNew }) => isNew).length,
      whole: days.filter(isWhole).length,
      seenHours: Math.round((seen.reduce((sum, { from, to }) => sum + Math.min(to, now) - from, 0) / HOUR) * 10) / 10,
      users: new Set([...logins, ...refused].map(({ user }) => user)).size,
      logins: counts.reduce((sum, count) => sum + count, 0),
      gaps: gaps.map(({ from, to, why }) => ({ from, to, why })),
    },
  ];
}
