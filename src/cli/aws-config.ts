import { declaredDoors } from "../access/declared-ways.js";
import { asOf } from "../config/as-of.js";
import { loadAccessFile } from "../config/load.js";
import { nearestHint } from "../facts/nearest.js";
import { dayOf } from "../model/day.js";
import { errorProblem, isError, ProblemsError } from "../model/problem.js";
import { awsConfigText, namesOf } from "../report/aws-config.js";
import { renderProblems } from "../report/problems.js";
import { visible } from "../report/visible.js";
import { type CliIo, checkoutOf, EXIT } from "./io.js";

/** Prints what belongs into ~/.aws/config of those who connect; asks no server. */
export async function awsConfig(io: CliIo, { file, for: only }: { readonly file: string; readonly for?: string }): Promise<number> {
  const { declared: written, problems } = await loadAccessFile(file, file, checkoutOf(io));
  if (written === null || problems.some(isError)) {
    io.err(renderProblems(problems, { color: io.color }));
    return EXIT.error;
  }
  const declared = asOf(written, dayOf(new Date()));
  const known = [...new Set(declaredDoors(declared).flatMap(namesOf))];
  if (only !== undefined && !known.includes(only)) {
    const hint = nearestHint(only, known, "These have", "The file gives nobody a door.");
    throw new ProblemsError([errorProblem("no-door", `${visible(only)} is no user and no IAM role with a door.`, { hint })]);
  }
  io.out(awsConfigText(declared, only));
  return EXIT.done;
}
