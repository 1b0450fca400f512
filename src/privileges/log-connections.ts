/** What PostgreSQL 18 calls what "on" stood for, with the durations (PostgreSQL manual, log_connections). */
export const ASPECTS = "receipt,authentication,authorization,setup_durations";

/** Whether it says who logged in, and how. From 18 on a list of aspects, in which the old words still stand for some. */
export function logsLogins(value: string): boolean {
  const words = value.toLowerCase().split(/[\s,]+/);
  const has = (...any: readonly string[]): boolean => any.some((word) => words.includes(word));
  return has("on", "true", "yes", "1", "all") || (has("authentication") && has("authorization"));
}
