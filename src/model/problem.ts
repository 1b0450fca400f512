import type { Change } from "./change.js";
import type { Need } from "./need.js";
import type { Place } from "./place.js";
import type { Key, Target } from "./resource.js";
import type { Effect } from "./right.js";

/** Something wrong or worth knowing. `code` is stable and listed in the docs. */
export interface Problem {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly place: Place | null;
  readonly key: Key | null;
  /** What is wrong, with what was expected. A whole sentence. */
  readonly message: string;
  /** What to do. A whole sentence. */
  readonly hint?: string;
  /** A guard's: an apply stops for it until it is let pass by its code, or by its code and the name that it is about. */
  readonly refuses?: true;
  readonly name?: string;
  /** A reviewer must see it before anything else. */
  readonly attention?: true;
  /** An error that stops this target alone, with what hangs on it; the others go on. */
  readonly leavesOut?: Target;
  /** What would take it out of the way: `pgaccord doctor` makes statements of it. Empty: nobody should be told to give that. */
  readonly needs?: readonly Need[];
  /** The cluster whose set-up it is about. */
  readonly cluster?: string;
  /** The rights that should go and stay; report/ puts them in front of the message. */
  readonly effects?: readonly Effect[];
  /** One of the changes that it is about; report/ names it behind the message. */
  readonly example?: Pick<Change, "op" | "subject">;
}

/** Problems that end a command before anything was changed. */
export class ProblemsError extends Error {
  override readonly name = "ProblemsError";
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map((p) => p.message).join("\n"), options);
    this.problems = problems;
  }
}

export const errorProblem = (
  code: string,
  message: string,
  rest: Partial<Omit<Problem, "code" | "severity" | "message">> = {},
): Problem => ({
  code,
  severity: "error",
  place: null,
  key: null,
  message,
  ...rest,
});

export const warningProblem = (
  code: string,
  message: string,
  rest: Partial<Omit<Problem, "code" | "severity" | "message">> = {},
): Problem => ({
  ...errorProblem(code, message, rest),
  severity: "warning",
});

export const isError = (problem: Problem): boolean => problem.severity === "error";

/** An error of the whole plan: nothing of it may be applied. */
export const stopsAll = (problem: Problem): boolean => isError(problem) && problem.leavesOut === undefined;

/** Each once, where several questions met the same: as an error, if it is one to any of them. */
export function distinctProblems(problems: readonly Problem[]): Problem[] {
  const keyOf = ({ code, place, message }: Problem): string => JSON.stringify([code, place, message]);
  const found = new Map<string, Problem>();
  for (const problem of problems) if (isError(problem) || !found.has(keyOf(problem))) found.set(keyOf(problem), problem);
  return [...found.values()];
}
