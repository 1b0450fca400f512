import pc from "picocolors";
import { isError, type Problem, placeText } from "../model/problem.js";
import { counted, visible } from "./visible.js";

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

/** `2 errors and 1 warning` */
export function problemCounts(problems: readonly Problem[]): string {
  const errors = problems.filter(isError).length;
  const warnings = problems.length - errors;
  return [errors > 0 ? counted(errors, "error") : "", warnings > 0 ? counted(warnings, "warning") : ""]
    .filter((t) => t !== "")
    .join(" and ");
}
