import { expiredProblems } from "../config/expiry.js";
import { loadAccessFile } from "../config/load.js";
import { dayOf } from "../model/day.js";
import { isError } from "../model/problem.js";
import { renderProblems } from "../report/problems.js";
import { counted, visible } from "../report/visible.js";
import { type CliIo, type CommonOptions, checkoutOf, EXIT } from "./io.js";

export async function validate(io: CliIo, options: CommonOptions): Promise<number> {
  const label = options.fileLabel ?? options.file;
  // A fork's run says nothing of what the runner holds.
  const { declared, problems: found } = await loadAccessFile(
    options.file,
    label,
    checkoutOf(io, () => false),
  );
  const problems = declared === null ? found : [...found, ...expiredProblems(declared, dayOf(new Date()))];
  const valid = declared !== null && !problems.some(isError);
  if (options.format === "json") {
    io.out(`${JSON.stringify({ version: 1, valid, problems }, null, 2)}\n`);
    return valid ? EXIT.done : EXIT.error;
  }
  if (problems.length > 0) io.err(renderProblems(problems, { color: io.color }));
  if (valid)
    io.out(
      `${visible(label)} is valid: ${counted(declared.clusters.size, "cluster")}, ${counted(declared.roles.size, "role or user", "roles and users")}, ${counted(declared.iamRoles.size, "IAM role")}.\n`,
    );
  return valid ? EXIT.done : EXIT.error;
}
