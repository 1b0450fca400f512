import { isDay } from "../../model/day.js";
import type { Problem } from "../../model/problem.js";
import type { Word } from "../source-file.js";
import { errorAt, type Rule, unknownAt } from "./rule.js";

/** The schema looks into texts, not into numbers: `-1` and `0.5` come as far as here. */
export const limits: Rule = ({ safety }) =>
  [safety.maxDeletions, safety.maxRevokes].flatMap((word) =>
    word && /^[-+.\d]+$/.test(word.text) && !/^\d+$/.test(word.text)
      ? [errorAt(word, "wrong-value", `"${word.text}" is no limit.`, "Write a share such as 20%, or a number.")]
      : [],
  );

export const allowances: Rule = (file) =>
  file.safety.allow.flatMap(({ target, until }) => [
    ...(target && !file.names.clusters.has(target.text) && !file.names.accounts.has(target.text)
      ? [unknownAt(target, "cluster", [...file.names.clusters, ...file.names.accounts])]
      : []),
    ...dayProblem(until),
  ]);

export const acceptedResidue: Rule = (file) => file.safety.acceptResidue.flatMap(({ until }) => dayProblem(until));

export const keptForReview: Rule = (file) => file.roles.flatMap(({ keep }) => (keep ? dayProblem(keep.until) : []));
export const acceptedLeaks: Rule = (file) => file.safety.acceptLeaks.flatMap(({ until }) => (until ? dayProblem(until) : []));

export function dayProblem(day: Word): Problem[] {
  // What has not even the form, the schema has refused.
  if (isDay(day.text) || !/^\d{4}-\d{2}-\d{2}$/.test(day.text)) return [];
  return [errorAt(day, "wrong-value", `"${day.text}" is no day of the calendar.`, "Write it as 2026-12-31.")];
}
