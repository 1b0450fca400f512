import type { Problem } from "../../../src/model/problem.js";

/** `LINE:COLUMN severity code: message` and, below it, the hint. */
function renderProblem({ place, severity, code, message, hint }: Problem): string {
  const where = place ? `${place.line}:${place.column}` : "-";
  return `${where} ${severity} ${code}: ${message}\n${hint === undefined ? "" : `    ${hint}\n`}`;
}

export const renderProblems = (problems: readonly Problem[]): string => problems.map(renderProblem).join("");
