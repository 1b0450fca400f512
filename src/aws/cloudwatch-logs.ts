import type { CloudWatchLogsClient, LogStream } from "@aws-sdk/client-cloudwatch-logs";
import type { LogGap, LogSource } from "../evidence/log-source.js";
import type { Interval } from "../model/evidence.js";
import { failureOf } from "./problem.js";
import { RDS_PREFIX } from "./rds-logs.js";
import type { Members } from "./rds-members.js";

/** What RDS calls the group of an export. */
export const logGroupOf = ({ type, id }: Pick<Members, "type" | "id">, name: string): string => `/aws/rds/${type}/${id}/${name}`;

/** One server's streams in a group. */
export interface InstanceStreams {
  readonly instance: string;
  readonly names: readonly string[];
  /** When the last event of all came in; null: none did. */
  readonly last: number | null;
}

/** The streams of a group by the server that fills them, also of servers that are gone; null: there is no such group. */
export async function readStreams(client: CloudWatchLogsClient, group: string, window: Interval): Promise<InstanceStreams[] | null> {
  const { paginateDescribeLogStreams } = await import("./logs-sdk.js");
  const streams: LogStream[] = [];
  try {
    for await (const page of paginateDescribeLogStreams({ client }, { logGroupName: group })) streams.push(...(page.logStreams ?? []));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  const byInstance = new Map<string, LogStream[]>();
  for (const stream of streams.filter((one) => mayHold(one, window))) {
    // INSTANCE, or INSTANCE.0 and so on.
    const instance = (stream.logStreamName ?? "").replace(/\.\d+$/, "");
    byInstance.set(instance, [...(byInstance.get(instance) ?? []), stream]);
  }
  return [...byInstance].map(([instance, list]) => ({
    instance,
    names: list.map(({ logStreamName = "" }) => logStreamName).sort(),
    last: Math.max(...list.map(({ lastEventTimestamp, lastIngestionTime }) => lastEventTimestamp ?? lastIngestionTime ?? -1)),
  }));
}

const isMissing = (error: unknown): boolean => /ResourceNotFound/.test(failureOf(error).name);

/** CloudWatch brings the time of the last event up to date within the hour, as a rule. */
const LATE = 24 * 3_600_000;

const mayHold = ({ lastEventTimestamp }: LogStream, { from }: Interval): boolean =>
  lastEventTimestamp === undefined || lastEventTimestamp >= from - LATE;

/** The lines that tell of connections, and what belongs to them. All others stay where they are. */
const CONNECTION_LINES = [
  "connection received",
  "connection authenticated",
  "connection authorized",
  "connection ready",
  "disconnection:",
  "FATAL",
  "DETAIL",
  "pam_authenticate",
];
const PATTERN = CONNECTION_LINES.map((text) => `?"${text}"`).join(" ");

/** An event bears the time at which it was taken in; the line itself may be older, or a little younger. */
const [BEFORE, AFTER] = [5 * 60_000, 3_600_000];

/** One server's log as its streams have it. */
export function streamSource(
  client: CloudWatchLogsClient,
  group: string,
  { instance, names }: InstanceStreams,
  of: Pick<LogSource, "cluster" | "absent" | "source">,
): LogSource {
  const isRefusals = of.source === "iam-db-auth-error";
  return {
    ...of,
    part: isRefusals ? null : instance,
    format: isRefusals ? { type: "refusals" } : { type: "detect", otherwise: RDS_PREFIX },
    read: ({ from, to }, push) =>
      readEvents(client, { group, names, from: from - BEFORE, to: to + AFTER, pattern: isRefusals ? undefined : PATTERN }, push),
  };
}

interface Asked extends Interval {
  readonly group: string;
  readonly names: readonly string[];
  readonly pattern: string | undefined;
}

/** Streams that one call may name. */
const MOST_STREAMS = 100;

/** A page may be empty and yet not be the last: only the one without a token is. */
async function readEvents(client: CloudWatchLogsClient, asked: Asked, push: (bytes: Uint8Array) => void): Promise<readonly LogGap[]> {
  const { FilterLogEventsCommand } = await import("./logs-sdk.js");
  for (let at = 0; at < asked.names.length; at += MOST_STREAMS) {
    const input = {
      logGroupName: asked.group,
      logStreamNames: asked.names.slice(at, at + MOST_STREAMS),
      startTime: Math.max(0, asked.from),
      endTime: asked.to,
      ...(asked.pattern === undefined ? {} : { filterPattern: asked.pattern }),
    };
    let nextToken: string | undefined;
    do {
      const page = await client.send(new FilterLogEventsCommand({ ...input, ...(nextToken ? { nextToken } : {}) }));
      const text = (page.events ?? []).map(({ message = "" }) => `${message}\n`).join("");
      if (text !== "") push(Buffer.from(text, "utf8"));
      nextToken = page.nextToken;
    } while (nextToken !== undefined && nextToken !== "");
  }
  return [];
}
