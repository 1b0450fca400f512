import { ProblemsError } from "../model/problem.js";
import { renderProblems } from "../report/problems.js";
import { visible } from "../report/visible.js";
import { type CliIo, EXIT } from "./io.js";

/** Problems are shown as they are; anything else is a defect of ours and says so, without a stack trace. */
export function reportCrash(io: CliIo, error: unknown): number {
  if (error instanceof ProblemsError) {
    io.err(renderProblems(error.problems, { color: io.color }));
    return EXIT.error;
  }
  const message = error instanceof Error ? error.message : String(error);
  io.err(`Error: ${visible(message)}\nThis is a defect of pgaccord: please report it with the command that you ran.\n`);
  if ((io.env["PGACCORD_DEBUG"] ?? "") !== "" && error instanceof Error) io.err(`${error.stack}\n`);
  return EXIT.error;
}
