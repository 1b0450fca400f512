import { createReadStream } from "node:fs";
import { createLoginCounter, MOST_USERS } from "../evidence/count-logins.js";
import { COMMON_PREFIXES, detectLogFormat } from "../evidence/detect-log.js";
import type { LogFormat, LogScan, LogScanOptions, LogSink } from "../evidence/log-scan.js";
import { openLogScan } from "../evidence/open-log-scan.js";
import type { Declared } from "../model/declared.js";
import { errorProblem, type Problem, ProblemsError, warningProblem } from "../model/problem.js";
import { counted, digits, visible } from "../report/visible.js";
import type { CliIo } from "./io.js";
import { namesOf } from "./log-names.js";
import type { LoginsAsked, LoginsRead } from "./logins-read.js";

/** Reads `--log FILE` and `--log -`, in the order in which they are named: pieces of one log. */
export async function readLogFiles(io: CliIo, { declared, since, options }: LoginsAsked): Promise<LoginsRead> {
  const counter = createLoginCounter({ cluster: clusterOf(declared, options.cluster), part: null, source: "log-file", per: "run" });
  const sink = since === null ? counter : after(since, counter);
  const problems = await scanLogFiles(io, declared, options, sink);
  const { logins, coverage, omitted } = counter.result();
  return { logins, refused: [], coverage: [coverage], problems: [...problems, ...omittedProblems(omitted)] };
}

/** Every attempt to log in that the files tell of, as it is read. */
export async function scanLogFiles(
  io: CliIo,
  declared: Declared | null,
  options: Pick<LoginsAsked["options"], "log" | "logLinePrefix" | "logTimezone">,
  sink: LogSink,
): Promise<readonly Problem[]> {
  const reading: Reading = {
    io,
    sink,
    prefix: options.logLinePrefix,
    options: { timezone: options.logTimezone, ...namesOf(declared) },
    scan: null,
    format: null,
    problems: [],
  };
  for (const file of options.log ?? []) await readFile(reading, file);
  endScan(reading);
  return reading.problems;
}

interface Reading {
  readonly io: CliIo;
  readonly sink: LogSink;
  readonly prefix: string | undefined;
  readonly options: LogScanOptions;
  scan: LogScan | null;
  format: LogFormat | null;
  problems: Problem[];
}

const omittedProblems = (omitted: number): Problem[] =>
  omitted === 0
    ? []
    : [
        warningProblem(
          "refused-not-counted",
          `${counted(omitted, "refused login")} of further users stand in no count: more than ${digits(MOST_USERS)} different names were tried.`,
          { hint: "Somebody guesses names: close the network to them. Who was let in is counted all the same." },
        ),
      ];

const after = (since: number, sink: LogSink): LogSink => ({
  attempt: (attempt) => {
    if (attempt.at >= since) sink.attempt(attempt);
  },
  connectionLine: (at) => {
    if (at >= since) sink.connectionLine(at);
  },
});

/** A log says not whose it is. */
function clusterOf(declared: Declared | null, named: readonly string[] | undefined): string {
  const [name, ...more] = named ?? [];
  if (more.length > 0) {
    const hint = "Run pgaccord logins for each cluster.";
    throw new ProblemsError([errorProblem("wrong-value", "Log files are of one cluster, and --cluster names several.", { hint })]);
  }
  if (name !== undefined) return name;
  const [only, ...others] = [...(declared?.clusters.keys() ?? [])];
  return only !== undefined && others.length === 0 ? only : "log";
}

/** Enough to see how it is written. */
const HEAD = 65_536;
const PIECE = 65_536;

async function readFile(reading: Reading, file: string): Promise<void> {
  let head: Buffer[] | null = [];
  try {
    for await (const piece of streamOf(file)) {
      if (head === null) {
        reading.scan?.push(piece);
        continue;
      }
      head.push(piece);
      if (head.reduce((size, { length }) => size + length, 0) < HEAD) continue;
      begin(reading, file, Buffer.concat(head));
      head = null;
    }
  } catch (cause) {
    throw notRead(file, cause);
  }
  if (head !== null) begin(reading, file, Buffer.concat(head));
  // A file that was cut off ends its last line here.
  reading.scan?.push(Buffer.from("\n"));
}

const streamOf = (file: string): AsyncIterable<Buffer> =>
  file === "-" ? createReadStream("", { fd: 0, autoClose: false, highWaterMark: PIECE }) : createReadStream(file, { highWaterMark: PIECE });

const nameOf = (file: string): string => (file === "-" ? "standard input" : visible(file));

function notRead(file: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !("syscall" in cause)) return cause;
  const hint = "Name a log file of PostgreSQL, or - for standard input.";
  return new ProblemsError([errorProblem("log-not-read", `${nameOf(file)} cannot be read: ${cause.message}.`, { hint })], {
    cause,
  });
}

/** The next piece of the same log goes on in the same scan: a login may begin in one file and be refused in the next. */
function begin(reading: Reading, file: string, head: Buffer): void {
  if (head.length === 0) return;
  const format = formatOf(reading, file, head);
  if (JSON.stringify(format) !== JSON.stringify(reading.format)) {
    endScan(reading);
    reading.format = format;
    reading.scan = openLogScan(format, reading.sink, reading.options);
  }
  reading.scan?.push(head);
}

function endScan(reading: Reading): void {
  reading.scan?.end();
  reading.problems = [...reading.problems, ...(reading.scan?.problems() ?? [])];
  reading.scan = null;
}

function formatOf({ prefix, format, io }: Reading, file: string, head: Buffer): LogFormat {
  const found = detectLogFormat(head.subarray(0, HEAD).toString("latin1"));
  if (found?.type === "csv" || found?.type === "json") return found;
  if (prefix !== undefined) return { type: "stderr", prefix };
  if (found === null) throw unknownPrefix(file);
  if (format?.type !== "stderr" || format.prefix !== found.prefix)
    io.err(`${nameOf(file)} is read with log_line_prefix "${found.prefix}"; another one is named by --log-line-prefix.\n`);
  return found;
}

const unknownPrefix = (file: string): ProblemsError =>
  new ProblemsError([
    errorProblem("log-prefix", `No line of ${nameOf(file)} begins with a log_line_prefix that is known, and it is no csvlog or jsonlog.`, {
      hint: `Name it: --log-line-prefix, as SHOW log_line_prefix prints it. Known are ${COMMON_PREFIXES.slice(0, 3)
        .map((one) => `"${one}"`)
        .join(", ")}.`,
    }),
  ]);
