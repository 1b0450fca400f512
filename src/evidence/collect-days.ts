import { DAY_MS, dayOf } from "../model/day.js";
import type { Interval } from "../model/evidence.js";
import { intervalOf } from "./day-file.js";
import { common, missing, union } from "./intervals.js";
import type { UnreadPart } from "./log-source.js";
import { type DayRecord, type Observation, totalOf } from "./observation.js";
import type { SourceRead } from "./read-source.js";

/** The days of a window, UTC; the last may not be over. */
export function daysOf({ from, to }: Interval): string[] {
  const days: string[] = [];
  for (let at = Math.floor(from / DAY_MS) * DAY_MS; at < to; at += DAY_MS) days.push(dayOf(at));
  return days;
}

/** From the first day of the window of which the records do not have every moment, to its end; null: nothing is left to read. */
export function toRead(window: Interval, records: readonly DayRecord[]): Interval | null {
  const seen = totalOf(records.flatMap(({ observations }) => observations)).seen;
  const first = daysOf(window).find((day) => missing(intervalOf(day), seen).length > 0);
  return first === undefined ? null : { from: Math.max(window.from, intervalOf(first).from), to: window.to };
}

/** What was read, cut into days; a day of which nothing is said has no record. */
export function recordsOf(read: SourceRead, of: Of, window: Interval): DayRecord[] {
  return daysOf(window).flatMap((day) => {
    const whole = intervalOf(day);
    const isOf = ({ first }: { readonly first: number }): boolean => first >= whole.from && first < whole.to;
    const observation: Observation = {
      source: of.source,
      seen: common(read.seen, [whole]),
      gaps: read.gaps.flatMap((gap) => common([gap], [whole]).map((part) => ({ ...part, why: gap.why }))),
      logins: read.logins.filter(isOf).map(({ cluster: _, ...login }) => login),
      refused: read.refused.filter(isOf).map(({ cluster: _, ...refusal }) => refusal),
    };
    return isEmpty(observation) ? [] : [recordOf(of, day, observation)];
  });
}

export interface Of {
  readonly cluster: string;
  readonly part: string | null;
  readonly source: Observation["source"];
}

/** A server that cannot be read counts as one: else its cluster would seem to be covered without it. */
export const recordsOfUnread = ({ cluster, part, why }: UnreadPart, window: Interval): DayRecord[] =>
  daysOf(window).flatMap((day) =>
    common([intervalOf(day)], [window]).map(({ from, to }) =>
      recordOf({ cluster, part }, day, {
        source: "rds-log",
        seen: [],
        gaps: [{ from, to, why }],
        logins: [],
        refused: [],
      }),
    ),
  );

/**
 * A server that RDS lists no longer lets nobody in, from when that was noticed until it is listed again. What it wrote between its last
 * line here and that moment is lost with its host.
 */
export function recordsOfGone(records: readonly DayRecord[], window: Interval): DayRecord[] {
  const [first] = records;
  if (first === undefined) return [];
  const all = records.flatMap(({ observations }) => observations);
  const lastLine = Math.max(0, ...all.filter(({ source }) => source !== "rds-list").flatMap(({ seen }) => seen.map(({ to }) => to)));
  const noticed = union(all.filter(({ source }) => source === "rds-list").flatMap(({ seen }) => seen)).filter(({ to }) => to > lastLine);
  const from = noticed.at(-1)?.from ?? window.to - 1;
  const { cluster, part } = first;
  return daysOf({ from, to: window.to }).map((day) =>
    recordOf({ cluster, part }, day, {
      source: "rds-list",
      seen: common([intervalOf(day)], [{ from, to: window.to }]),
      gaps: [],
      logins: [],
      refused: [],
    }),
  );
}

const recordOf = ({ cluster, part }: Pick<Of, "cluster" | "part">, day: string, observation: Observation): DayRecord => ({
  cluster,
  part,
  day,
  observations: [observation],
});

const isEmpty = ({ seen, gaps, logins, refused }: Observation): boolean => seen.length + gaps.length + logins.length + refused.length === 0;
