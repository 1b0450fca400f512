import type { Net } from "../model/net.js";
import type { Plan } from "../model/plan.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { netBlocks } from "./net.js";

/** Of what no pull request alone has shown. It refuses nothing: each of its rights was approved. */
export function netNotReviewed(plan: Plan, notShown: readonly Net[]): Problem[] {
  if (notShown.length === 0) return [];
  const texts = netBlocks({ ...plan, net: notShown }, Number.POSITIVE_INFINITY).flatMap(({ lines }) => lines.map(({ text }) => text));
  const message = `In the end somebody reaches more than any merged pull request alone showed: ${texts.join("; ")}.`;
  return [
    warningProblem("net-not-reviewed", message, {
      attention: true,
      hint: "Each right of it was approved. If they should not come together, take one back in the file.",
    }),
  ];
}
