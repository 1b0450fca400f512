import pc from "picocolors";
import { isError, type Problem, placeText } from "../model/problem.js";
import { visible } from "./visible.js";

/** Problems as a person reads them: place, severity, what is wrong, what to do. */
export function renderProblems(problems: readonly Problem[], { color }: { readonly color: boolean }): string {
  const c = pc.createColors(color);
  return problems
    .map((p) => {
      const place = p.place ? `${visible(placeText(p.place))}: ` : "";
      const word = isError(p) ? c.red("error") : c.yellow("warning");
      const hint = p.hint ? `\n    ${c.dim(visible(p.hint))}` : "";
      return `${place}${word}: ${visible(p.message)} ${c.dim(`[${p.code}]`)}${hint}\n`;
    })
    .join("");
}
