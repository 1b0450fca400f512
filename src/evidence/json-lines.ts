import { columnsOrigin } from "./csv-lines.js";
import { severityOf } from "./line-origin.js";
import type { LogClock } from "./log-time.js";
import type { LoginTracker } from "./login-tracker.js";
import type { RecordReader } from "./record-reader.js";
import { splitLines } from "./split-lines.js";

/** Lines of jsonlog (PostgreSQL 15 and newer): an object each. */
export function jsonLines(clock: LogClock, tracker: LoginTracker): RecordReader {
  let read = 0;
  let all = 0;
  const lines = splitLines((piece, from, to) => {
    all++;
    const record = recordOf(piece.slice(from, to));
    const text = (key: string): string => {
      const value = record?.[key];
      return typeof value === "string" ? value : "";
    };
    if (clock.read(text("timestamp"), 0) === -1) return;
    read++;
    if (Number.isNaN(clock.at())) return;
    const origin = columnsOrigin(clock.at(), Number(record?.["pid"]), text("user"), text("dbname"));
    tracker.line(origin, severityOf(text("error_severity")), text("message"));
    if (text("detail") !== "") tracker.line(origin, "detail", text("detail"));
  });
  return { ...lines, read: () => read, all: () => all };
}

function recordOf(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.startsWith("{")) return null;
  try {
    return JSON.parse(line);
  } catch {
    // A line that was cut off at the start or the end of a piece.
    return null;
  }
}
