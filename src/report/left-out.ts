import type { Plan } from "../model/plan.js";
import type { Target } from "../model/resource.js";
import { isSameTarget } from "../model/unread.js";

const nounOf = ({ type, name }: Target): string => `${type === "account" ? "AWS account" : "cluster"} ${name}`;

/** One sentence for each target that the plan is without; the problems of the plan say why. */
export const leftOutTexts = ({ leftOut, changes }: Plan): string[] =>
  leftOut.map(({ target, problems }) => {
    const codes = [...new Set(problems.map(({ code }) => code))].join(", ");
    const other = changes.some((change) => isSameTarget(change.target, target)) ? "Nothing else" : "Nothing";
    return `${nounOf(target)} (${codes}). ${other} of it is in the plan, and what leads to it stays as it is.`;
  });

/** The same where no problems are shown. */
export const leftOutReasons = ({ leftOut }: Plan): string[] =>
  leftOut.map(({ target, problems }) => `${nounOf(target)}: ${problems.map(({ message }) => message).join(" ")}`);

export const leftOutJson = ({ leftOut }: Plan): object[] =>
  leftOut.map(({ target, problems }) => ({ ...target, problems: problems.map(({ code, message }) => ({ code, message })) }));
