import { errorProblem, ProblemsError } from "../model/problem.js";

const HOUR = 3_600_000;
const UNITS: Readonly<Record<string, number>> = { m: HOUR / 60, h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR };

/** The moment that `7d`, `12h`, `2w`, a day or a time stands for, in milliseconds since 1970 UTC. A day begins at midnight, UTC. */
export function sinceTime(text: string, now: Date): number {
  const [, count, unit = ""] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const at = count === undefined ? dayOrTime(text) : now.getTime() - Number(count) * (UNITS[unit] ?? Number.NaN);
  if (Number.isNaN(at)) throw wrong(`"${text}" is no length of time, no day and no time.`);
  if (at > now.getTime()) throw wrong(`${text} is still to come.`);
  return at;
}

const wrong = (message: string): ProblemsError =>
  new ProblemsError([
    errorProblem("wrong-value", `--since: ${message}`, { hint: "Write, for example, 90d, 12h, 2w, 2026-11-01 or 2026-11-01T08:00Z." }),
  ]);

/** Date.parse also takes February 30. */
function dayOrTime(text: string): number {
  const [, day] = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.exec(text) ?? [];
  const midnight = Date.parse(`${day}T00:00Z`);
  const isThere = day !== undefined && !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
  return isThere ? Date.parse(text) : Number.NaN;
}
