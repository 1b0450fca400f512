import type { DescribeDBLogFilesDetails } from "@aws-sdk/client-rds";
import type { Interval } from "../model/evidence.js";

/** One log file on the host of an instance. */
export interface HostLog {
  readonly name: string;
  /** When it was begun, by its name; null: the name does not say. */
  readonly from: number | null;
  /** When it was written last. */
  readonly to: number;
  /** Bytes, when it was listed. */
  readonly size: number;
  readonly form: "stderr" | "csv" | "json";
}

/** RDS begins one an hour; Aurora says the minutes, too. The times are UTC. */
const NAME = /^error\/postgresql\.log(?:\.(\d{4}-\d{2}-\d{2})-(\d{2})(\d{2})?)?[^/]*?(\.csv|\.json)?$/;

/** PostgreSQL's own logs among the files of an instance, those that can hold something of the window, in their order. */
export function logsOfWindow(files: readonly DescribeDBLogFilesDetails[], window: Interval): HostLog[] {
  return files
    .flatMap(hostLog)
    .filter(({ from, to }) => to >= window.from && (from === null || from < window.to))
    .sort((a, b) => (a.from ?? a.to) - (b.from ?? b.to) || (a.name < b.name ? -1 : 1));
}

function hostLog({ LogFileName: name = "", LastWritten: to = 0, Size: size = 0 }: DescribeDBLogFilesDetails): HostLog[] {
  const match = NAME.exec(name);
  if (!match) return [];
  const [, day, hour, minute = "00", end] = match;
  const from = day === undefined ? null : Date.parse(`${day}T${hour}:${minute}:00Z`);
  return [{ name, from, to, size, form: end === ".csv" ? "csv" : end === ".json" ? "json" : "stderr" }];
}
