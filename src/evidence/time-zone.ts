import { errorProblem, ProblemsError } from "../model/problem.js";

const MINUTE = 60_000;

/** Milliseconds east of UTC that an abbreviation says by itself; null: it may be several, as CST is. */
export function offsetOf(zone: string): number | null {
  if (["UTC", "GMT", "Z", "UCT"].includes(zone)) return 0;
  const [, sign, hours, minutes = "0"] = /^([+-])(\d\d?):?(\d\d)?$/.exec(zone) ?? [];
  return sign === undefined ? null : (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE;
}

/**
 * How far east of UTC clocks stood at a local time, as milliseconds since 1970 would be if it were UTC. An hour that comes twice
 * is the one whose abbreviation was seen with that offset before, else the first. Throws ProblemsError for what is no time zone.
 */
export function localOffset(timezone: string): (local: number, abbreviation: string) => number {
  const fixed = offsetOf(timezone);
  if (fixed !== null) return () => fixed;
  const offsetAt = zoneOffset(timezone);
  const seen = new Map<string, number>();
  return (local, abbreviation) => {
    // Clocks are never set by more than this.
    const around = [...new Set([offsetAt(local - 26 * 60 * MINUTE), offsetAt(local + 26 * 60 * MINUTE)])];
    const possible = around.filter((offset) => offsetAt(local - offset) === offset);
    const known = seen.get(abbreviation);
    if (known !== undefined && possible.includes(known)) return known;
    const offset = Math.max(...(possible.length > 0 ? possible : around));
    if (possible.length === 1) seen.set(abbreviation, offset);
    return offset;
  };
}

function zoneOffset(timezone: string): (at: number) => number {
  const format = formatOf(timezone);
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const numeric = "numeric";
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
  } catch (cause) {
    const hint = "Write a name such as Europe/Berlin, or a difference from UTC such as +01:00.";
    throw new ProblemsError([errorProblem("wrong-value", `"${timeZone}" is no time zone.`, { hint })], { cause });
  }
}
