import pc from "picocolors";
import { placeText } from "../model/place.js";
import { isError, type Problem } from "../model/problem.js";
import { messageOf } from "./messages.js";
import { visible } from "./visible.js";

/** Problems as a person reads them: place, severity, what is wrong, what to do. A hint that several in a row share stands below the last. */
export function renderProblems(problems: readonly Problem[], { color }: { readonly color: boolean }): string {
  const c = pc.createColors(color);
  return problems
    .map((p, i) => {
      const place = p.place ? `${visible(placeText(p.place))}: ` : "";
      const word = isError(p) ? c.red("error") : c.yellow("warning");
      const hint = p.hint && p.hint !== problems[i + 1]?.hint ? `\n    ${c.dim(visible(p.hint))}` : "";
      return `${place}${word}: ${visible(messageOf(p))} ${c.dim(`[${p.code}]`)}${hint}\n`;
    })
    .join("");
}

/** Where the statements stand that take away what the admin may not. null: there are none. */
export const doctorText = (problems: readonly Problem[]): string | null =>
  problems.some(({ needs = [] }) => needs.some(({ type }) => type !== "allow"))
    ? "pgaccord doctor says all that admin and reader lack, with the statements that are run once."
    : null;

/** What an apply stops for, or a reviewer must see, is never left out; other problems fill up to `most`. Keeps the order. */
export function firstProblems(problems: readonly Problem[], most: number): readonly Problem[] {
  let left = most - problems.filter(mustShow).length;
  return problems.filter((p) => mustShow(p) || left-- > 0);
}

export const mustShow = (p: Problem): boolean => isError(p) || p.refuses === true || p.attention === true;
