import pc from "picocolors";
import { placeText } from "../model/place.js";
import { isError, type Problem } from "../model/problem.js";
import { messageOf } from "./messages.js";
import { visible } from "./visible.js";

/** The first so many, and behind them whatever a reviewer must see or an apply stops for: that is never cut. */
export const withoutTail = (problems: readonly Problem[], most: number): Problem[] =>
  problems.filter((problem, i) => i < most || problem.attention || problem.refuses);

/** Problems as a person reads them: place, severity, what is wrong, what to do. */
export function renderProblems(problems: readonly Problem[], { color }: { readonly color: boolean }): string {
  const c = pc.createColors(color);
  return problems
    .map((p) => {
      const place = p.place ? `${visible(placeText(p.place))}: ` : "";
      const word = isError(p) ? c.red("error") : c.yellow("warning");
      const hint = p.hint ? `\n    ${c.dim(visible(p.hint))}` : "";
      return `${place}${word}: ${visible(messageOf(p))} ${c.dim(`[${p.code}]`)}${hint}\n`;
    })
    .join("");
}
