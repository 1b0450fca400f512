import { errorProblem, type Problem } from "../model/problem.js";
import { detectLogFormat } from "./detect-log.js";
import type { LogFormat, LogScan, LogScanOptions, LogSink } from "./log-scan.js";
import type { LogSource } from "./log-source.js";
import { openLogScan } from "./open-log-scan.js";

type Format = Exclude<LogSource["format"], { readonly type: "refusals" }>;

/** Enough to see how a log is written. */
const HEAD = 65_536;

/** Begins to read a source: where its format is not known, once its first lines are there. */
export function openSourceScan(format: Format, sink: LogSink, options: LogScanOptions): LogScan {
  if (format.type !== "detect") return openLogScan(format, sink, options);
  let head: Buffer[] = [];
  let size = 0;
  let scan: LogScan | null = null;
  const begin = (): LogScan => {
    const all = Buffer.concat(head);
    head = [];
    scan = scanOf(all, format.otherwise, sink, options);
    scan.push(all);
    return scan;
  };
  return {
    push: (bytes) => {
      if (scan !== null) return scan.push(bytes);
      head.push(Buffer.from(bytes));
      size += bytes.length;
      if (size >= HEAD) begin();
    },
    end: () => (scan ?? begin()).end(),
    problems: () => (scan ?? begin()).problems(),
  };
}

function scanOf(head: Buffer, otherwise: string | null, sink: LogSink, options: LogScanOptions): LogScan {
  const found: LogFormat | null = detectLogFormat(head.subarray(0, HEAD).toString("latin1"));
  if (found !== null) return openLogScan(found, sink, options);
  if (otherwise !== null) return openLogScan({ type: "stderr", prefix: otherwise }, sink, options);
  return { push: () => undefined, end: () => undefined, problems: () => (head.length === 0 ? [] : [unknown]) };
}

const unknown: Problem = errorProblem(
  "log-prefix",
  "No line of the log begins with a log_line_prefix that is known, and it is no csvlog or jsonlog.",
  {
    hint: "Name it: --log-line-prefix, as SHOW log_line_prefix prints it.",
  },
);
