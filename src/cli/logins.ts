import { mergeLogins } from "../evidence/count-logins.js";
import type { Declared } from "../model/declared.js";
import { isError } from "../model/problem.js";
import { loginFindings } from "../report/login-findings.js";
import { type LoginsShown, renderLogins, renderLoginsCsv, renderLoginsJson } from "../report/logins.js";
import { renderProblems } from "../report/problems.js";
import { type CliIo, EXIT } from "./io.js";
import type { LoginsOptions } from "./logins-read.js";
import { optionalFile } from "./optional-file.js";
import { sinceTime } from "./since.js";

/** Who logged in to what, by which method, and what failed: a table of what the logs say. */
export async function logins(io: CliIo, options: LoginsOptions): Promise<number> {
  const declared = await optionalFile(io, options);
  const since = options.since === undefined ? null : sinceTime(options.since, new Date());
  const { readLogFiles } = await import("./logins-files.js");
  const sources = [await readLogFiles(io, { declared, since, options })];
  const read = {
    logins: mergeLogins(sources.flatMap((one) => one.logins)),
    refused: sources.flatMap((one) => one.refused),
    coverage: sources.flatMap((one) => one.coverage),
  };
  const problems = [...sources.flatMap((one) => one.problems), ...loginFindings(read.logins, declared)];
  if (problems.length > 0) io.err(renderProblems(problems, { color: io.color }));
  const failed = problems.some(isError);
  // What could be read is shown, too.
  if (!failed || read.logins.length > 0) io.out(rendered(read, declared, options.format, io.color));
  return failed ? EXIT.error : EXIT.done;
}

function rendered(read: LoginsShown, declared: Declared | null, format: LoginsOptions["format"], color: boolean): string {
  if (format === "json") return renderLoginsJson(read);
  return format === "csv" ? renderLoginsCsv(read) : renderLogins(read, { color, declared });
}
