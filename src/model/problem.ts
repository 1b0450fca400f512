import type { Key } from "./resource.js";

/** A place in a file: line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

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

export const placeText = (place: Place): string => `${place.file}:${place.line}:${place.column}`;
