import { type Door, isOpenMeanwhile } from "../access/doors.js";
import { errorProblem, type Problem } from "../model/problem.js";

/** Why an order is none: it would hold for no apply that stops in the middle, so nothing of the plan is applied. */
export function orderProblems(isCircular: boolean, doors: readonly Door[]): Problem[] {
  const refuse = (message: string): Problem => errorProblem("order-not-proved", message, { hint: HINT });
  const opened = doors
    .filter(isOpenMeanwhile)
    .map(({ who, user, cluster }) =>
      refuse(
        `While the plan is applied, IAM ${who.kind} ${who.name} would log in as ${user} to cluster ${cluster}, as it may neither before nor after.`,
      ),
    );
  return isCircular
    ? [refuse("Parts of the plan wait for each other: no order of them is safe wherever an apply stops."), ...opened]
    : opened;
}

const HINT = "Make the change in two: first take out of the file what goes, apply, then put into it what comes.";
