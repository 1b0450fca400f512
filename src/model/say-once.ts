import type { Problem } from "./problem.js";

/** So many further lines are named. */
const FEW = 5;

/** A name that nothing stands behind, however often it is used, is one mistake: one problem at its first place, with the lines of the others. */
export function sayOnce(problems: readonly Problem[]): Problem[] {
  const groups = new Map<unknown, Problem[]>();
  for (const problem of [...problems].sort(byLine)) {
    const key = isUnknownName(problem) ? `${problem.code} ${problem.message}` : (powerKey(problem) ?? problem);
    const known = groups.get(key);
    if (known) known.push(problem);
    else groups.set(key, [problem]);
  }
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    if (powerKey(first) !== null) return [forAll(first, others)];
    const lines = [...new Set(others.flatMap(({ place }) => place?.line ?? []))].filter((line) => line !== first.place?.line);
    return [lines.length === 0 ? first : { ...first, message: `${first.message.replace(/\.$/, "")} (also ${linesText(lines)}).` }];
  });
}

/** Not in the file, or not on the server. */
const isUnknownName = ({ code }: Problem): boolean =>
  (code.startsWith("unknown-") && code !== "unknown-privilege") || code === "missing-object" || code === "missing-role";

/** What the admin may not, on one cluster, is one thing to put right, however many roles it meets. */
const powerKey = ({ code, cluster, severity }: Problem): string | null =>
  severity === "error" && cluster !== undefined && POWERS.has(code) ? `${code} ${cluster}` : null;
const POWERS = new Set(["admin-lacks-createrole", "role-not-administered", "membership-not-grantable"]);

function forAll(first: Problem, others: readonly Problem[]): Problem {
  if (others.length === 0) return first;
  const needs = [first, ...others].flatMap((one) => one.needs ?? []);
  const message = `${first.message.replace(/\.$/, "")}, and the same for ${others.length} more.`;
  return {
    ...first,
    message,
    needs,
    hint: "pgaccord doctor says what is missing, and prints the statements that its master user runs once.",
  };
}

const byLine = (a: Problem, b: Problem): number => (a.place?.line ?? 0) - (b.place?.line ?? 0);

function linesText(lines: readonly number[]): string {
  const [only] = lines;
  if (lines.length === 1) return `in line ${only}`;
  const shown = lines.slice(0, FEW);
  const more = lines.length - shown.length;
  return more > 0 ? `in lines ${shown.join(", ")} and ${more} more` : `in lines ${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
