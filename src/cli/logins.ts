import { mergeLogins } from "../evidence/count-logins.js";
import type { Declared } from "../model/declared.js";
import { errorProblem, isError, ProblemsError } from "../model/problem.js";
import { loginFindings } from "../report/login-findings.js";
import { type LoginsShown, renderLogins, renderLoginsCsv, renderLoginsJson } from "../report/logins.js";
import { renderProblems } from "../report/problems.js";
import { type CliIo, EXIT } from "./io.js";
import type { LoginsOptions, LoginsRead } from "./logins-read.js";
import { optionalFile } from "./optional-file.js";
import { awsOf } from "./reading-aws.js";
import { sinceTime } from "./since.js";

/** Who logged in to what, by which method, and what failed: a table of what the logs say. */
export async function logins(io: CliIo, options: LoginsOptions): Promise<number> {
  const declared = await optionalFile(io, options);
  const since = options.since === undefined ? null : sinceTime(options.since, new Date());
  const source =
    options.log === undefined
      ? await readRds(io, declared, since, options.cluster)
      : await (await import("./logins-files.js")).readLogFiles(io, { declared, since, options });
  const read = { ...source, logins: mergeLogins(source.logins) };
  const problems = [...source.problems, ...loginFindings(read.logins, declared)];
  if (problems.length > 0) io.err(renderProblems(problems, { color: io.color }));
  const failed = problems.some(isError);
  // What could be read is shown, too.
  if (!failed || read.logins.length > 0) io.out(rendered(read, declared, options.format, io.color));
  return failed ? EXIT.error : EXIT.done;
}

async function readRds(io: CliIo, declared: Declared | null, since: number | null, cluster: LoginsOptions["cluster"]): Promise<LoginsRead> {
  if (declared === null)
    throw new ProblemsError([
      errorProblem("missing-argument", "There is neither an access file nor a log to read.", {
        hint: "Name the access file with -f: its RDS clusters' logs are read; or a log file: --log FILE.",
      }),
    ]);
  const { readRdsLogins } = await import("./logins-rds.js");
  return readRdsLogins(io, { declared, since, cluster, aws: await awsOf(io, declared) });
}

function rendered(read: LoginsShown, declared: Declared | null, format: LoginsOptions["format"], color: boolean): string {
  if (format === "json") return renderLoginsJson(read);
  return format === "csv" ? renderLoginsCsv(read) : renderLogins(read, { color, declared });
}
