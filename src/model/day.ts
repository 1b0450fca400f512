/** A day of the calendar in UTC, as `2027-01-31`: they sort as texts. */
export type Day = string;

export const DAY_MS = 86_400_000;

/** `at`: a moment, also in milliseconds since 1970 UTC. */
export const dayOf = (at: Date | number): Day => new Date(at).toISOString().slice(0, 10);

export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  // 2026-02-31 parses, as a day of March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

export const daysAfter = (day: Day, days: number): Day => dayOf(new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS));

/** Of days on which something ends, the first; null: it does not end. */
export function soonest(...days: readonly (Day | null | undefined)[]): Day | null {
  return days.reduce<Day | null>((first, day) => (day && (first === null || day < first) ? day : first), null);
}

/** A day is over at its end. */
export const isOver = (until: Day | null, day: Day): boolean => until !== null && until < day;
