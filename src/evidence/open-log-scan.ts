import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import { knownNames } from "./authorized-names.js";
import { bytesText } from "./bytes-text.js";
import { csvLines } from "./csv-lines.js";
import { jsonLines } from "./json-lines.js";
import type { LogFormat, LogScan, LogScanOptions, LogSink } from "./log-scan.js";
import { createLogClock, type LogClock } from "./log-time.js";
import { createLoginTracker, type LoginTracker } from "./login-tracker.js";
import type { RecordReader } from "./record-reader.js";
import { stderrLines } from "./stderr-lines.js";

/** Begins to read a log. Throws ProblemsError for a log_line_prefix without a time or a process, and for what is no time zone. */
export function openLogScan(format: LogFormat, sink: LogSink, options: LogScanOptions = {}): LogScan {
  const clock = createLogClock(options.timezone);
  const tracker = createLoginTracker(sink, knownNames(options.users ?? [], options.databases ?? []));
  const reader = readerOf(format, clock, tracker);
  return {
    push: (bytes) => reader.push(bytesText(bytes)),
    end: () => {
      reader.end();
      tracker.end();
    },
    problems: () => problemsOf(format, { clock, tracker, reader }),
  };
}

function readerOf(format: LogFormat, clock: LogClock, tracker: LoginTracker): RecordReader {
  if (format.type === "csv") return csvLines(clock, tracker);
  if (format.type === "json") return jsonLines(clock, tracker);
  return stderrLines(format.prefix, clock, tracker);
}

interface Scanned {
  readonly clock: LogClock;
  readonly tracker: LoginTracker;
  readonly reader: RecordReader;
}

function problemsOf(format: LogFormat, { clock, tracker, reader }: Scanned): Problem[] {
  if (reader.all() > 0 && reader.read() === 0) return [notRead(format)];
  const zone = clock.unclear();
  if (zone !== null)
    return [
      errorProblem("log-timezone", `The log's times are in ${zone}, which stands for several time zones.`, {
        hint: "Say which: --log-timezone Europe/Berlin, or +01:00. A log with log_timezone = UTC needs nothing.",
      }),
    ];
  if (reader.read() > 0 && !tracker.sawConnections())
    return [
      warningProblem("logins-not-logged", "No line of the log tells of a connection: logins are not logged, or in another language.", {
        hint: "Set log_connections = on and lc_messages = C on the server. Failed logins stand in a log without that, too.",
      }),
    ];
  return [];
}

const notRead = (format: LogFormat): Problem =>
  format.type === "stderr"
    ? errorProblem("log-prefix", `No line of the log begins as the prefix "${format.prefix}" says.`, {
        hint: "Name the log_line_prefix that the server has: SHOW log_line_prefix, then --log-line-prefix.",
      })
    : errorProblem("log-format", `No line of the log is ${format.type === "csv" ? "csvlog" : "jsonlog"} of PostgreSQL.`, {
        hint: "Is it the right file, and whole?",
      });
