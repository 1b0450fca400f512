import type { DescribeDBLogFilesDetails, RDSClient } from "@aws-sdk/client-rds";
import type { LogGap, LogSource } from "../evidence/log-source.js";
import type { Interval } from "../model/evidence.js";
import { type HostLog, logsOfWindow } from "./log-files.js";
import { readPortions } from "./log-portions.js";
import { failureOf } from "./problem.js";
import type { Member } from "./rds-members.js";

/** RDS's own log_line_prefix; it lets another one be set. */
export const RDS_PREFIX = "%t:%r:%u@%d:[%p]:";

const FORMATS: Readonly<Record<HostLog["form"], LogSource["format"]>> = {
  stderr: { type: "detect", otherwise: RDS_PREFIX },
  csv: { type: "csv" },
  json: { type: "json" },
};

/**
 * The logs on the host of one instance, a source for each form that it writes: with both destinations on, both tell the same. Fails
 * where its files may not be listed.
 */
export async function hostLogSources(client: RDSClient, cluster: string, member: Member, window: Interval): Promise<LogSource[]> {
  const logs = logsOfWindow(await listFiles(client, member.instance, window), window);
  const forms = (["stderr", "csv", "json"] as const).filter((form) => form === "stderr" || logs.some((log) => log.form === form));
  return forms.map((form) => ({
    cluster,
    part: member.instance,
    source: "rds-log",
    format: FORMATS[form],
    absent: absentOf(member, window),
    read: (within, push) =>
      readAll(
        client,
        member.instance,
        logs.filter((log) => log.form === form && log.to >= within.from && (log.from ?? 0) < within.to),
        push,
      ),
  }));
}

/** Before it was made nobody came in. */
export const absentOf = ({ created }: Member, window: Interval): Interval[] =>
  created !== null && created > window.from ? [{ from: window.from, to: Math.min(created, window.to) }] : [];

async function listFiles(client: RDSClient, instance: string, { from }: Interval): Promise<DescribeDBLogFilesDetails[]> {
  const { paginateDescribeDBLogFiles } = await import("@aws-sdk/client-rds");
  const files: DescribeDBLogFilesDetails[] = [];
  const input = { DBInstanceIdentifier: instance, FilenameContains: "postgresql.log", FileLastWritten: from };
  for await (const page of paginateDescribeDBLogFiles({ client }, input)) files.push(...(page.DescribeDBLogFiles ?? []));
  return files;
}

const LINE_END = Buffer.from("\n");

/** One file after another, as one log. One that cannot be read leaves its time unknown; the others are read. */
async function readAll(
  client: RDSClient,
  instance: string,
  logs: readonly HostLog[],
  push: (bytes: Uint8Array) => void,
): Promise<LogGap[]> {
  const gaps: LogGap[] = [];
  for (const [i, log] of logs.entries()) {
    const why = await readPortions(client, instance, log, push).catch((error: unknown) => {
      // What holds for all files of an instance fails the instance.
      if (i === 0 || /AccessDenied|Expired|Credentials/.test(failureOf(error).name)) throw error;
      return failureOf(error).message;
    });
    push(LINE_END);
    if (why !== null) gaps.push({ from: log.from ?? logs[i - 1]?.to ?? log.to, to: log.to + 1, why: `${log.name} of ${instance}: ${why}` });
  }
  return gaps;
}
