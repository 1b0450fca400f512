import type { Change } from "../model/plan.js";
import { type Problem, warningProblem } from "../model/problem.js";

/** A named check over the changes. What it finds is a warning of the plan, and `apply` refuses until `--allow CODE` is given. */
interface Guard {
  readonly code: string;
  readonly check: (changes: readonly Change[]) => readonly Problem[];
}

export const GUARDS: readonly Guard[] = [{ code: "adopt-narrows", check: adoptNarrows }];

/** Taking over a role that exists removes what the file does not give it. */
function adoptNarrows(changes: readonly Change[]): Problem[] {
  return changes
    .filter((change) => change.op === "adopt")
    .flatMap((change) => {
      const who = adopted(change);
      const lost = changes
        .filter((c) => sameTarget(c, change))
        .flatMap((c) => c.effects.filter((e) => e.effect === "loses" && e.who === who));
      if (lost.length === 0) return [];
      const count = lost.reduce((n, e) => n + e.what.length, 0);
      return [
        warningProblem("adopt-narrows", `Adopting ${who} would take ${count} privileges from it that the file does not give.`, {
          key: change.key,
          hint: "Put what it needs into the file, or pass --allow adopt-narrows to apply.",
        }),
      ];
    });
}

/** The last part of the key is the name (kinds/key.ts). */
const adopted = (change: Change): string => (change.key.split("/").at(-1) ?? "").replaceAll("%2F", "/").replaceAll("%25", "%");

const sameTarget = (a: Change, b: Change): boolean => a.target.type === b.target.type && a.target.name === b.target.name;

/** The guards that an apply must stop for. */
export const refusals = (problems: readonly Problem[], allowed: readonly string[]): Problem[] =>
  problems.filter((p) => GUARDS.some((g) => g.code === p.code) && !allowed.includes(p.code));
