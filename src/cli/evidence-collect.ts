import { recordsOf, recordsOfGone, recordsOfUnread, toRead } from "../evidence/collect-days.js";
import type { DayRecord } from "../evidence/observation.js";
import { DAY_MS, dayOf } from "../model/day.js";
import type { Interval } from "../model/evidence.js";
import { isError } from "../model/problem.js";
import { renderCollected, renderCollectedJson } from "../report/collected.js";
import { renderProblems } from "../report/problems.js";
import { addDay, readDays, sweepTemporary } from "../store/evidence-folder.js";
import { type ClusterRead, clustersNamed, type PartRead, readClusterLogs } from "./cluster-logs.js";
import { collectFiles } from "./collect-files.js";
import type { Collected, CollectOptions } from "./collect-options.js";
import { summaryOf } from "./collect-summary.js";
import { type CliIo, EXIT } from "./io.js";
import { neededFile } from "./needed-file.js";
import { createProgress } from "./progress.js";
import { awsOf } from "./reading-aws.js";
import { sinceTime } from "./since.js";

/** Hosts keep their logs for three days unless told otherwise: as far back as RDS does by itself. */
const BACK = "3d";

/** Keeps what the logs say of each day, so that a review looks back further than the hosts do. */
export async function evidenceCollect(io: CliIo, options: CollectOptions): Promise<number> {
  const now = Date.now();
  await sweepTemporary(options.to, now);
  const { records, problems, failed } = await (options.log ? collectFiles(io, options, now) : collectRds(io, options, now));
  const written = [];
  for (const record of records) written.push(await addDay(options.to, record));
  const summary = summaryOf(written, options.to, now);
  if (options.format === "json") io.out(renderCollectedJson(summary, problems));
  else io.out(renderCollected(summary, { color: io.color }));
  if (problems.length > 0) io.err(renderProblems(problems, { color: io.color }));
  if (failed === 0 && !problems.some(isError)) return EXIT.done;
  return summary.parts.some(({ seenHours }) => seenHours > 0) ? EXIT.partial : EXIT.error;
}

async function collectRds(io: CliIo, options: CollectOptions, now: number): Promise<Collected> {
  const declared = await neededFile(io, options.file);
  const clusters = clustersNamed(declared, options.cluster);
  const window: Interval = { from: startOfDay(sinceTime(options.since ?? BACK, new Date(now))), to: now };
  const folder = await readDays(options.to, dayOf(0));
  const kept = folder.days.map(({ record }) => record);
  const aws = await awsOf(io, declared);
  const over = createProgress(io)("Reading the logs");
  const left = (source: PartRead["source"]): Interval | null =>
    source.source === "iam-db-auth-error" ? window : toRead(window, kept.filter(isOf(source)));
  const read = await readClusterLogs(clusters, { aws, declared, window, per: "day", toRead: left });
  over();
  return {
    records: read.flatMap((one) => [
      ...one.parts.flatMap((part) => recordsOf(part.read, part.source, part.window)),
      ...one.unread.flatMap((part) => recordsOfUnread(part, left({ ...part, source: "rds-log" }) ?? window)),
      ...goneIn(one, kept, window),
    ]),
    problems: [...folder.problems, ...read.flatMap(({ problems }) => problems)],
    failed: read.reduce((sum, { unread }) => sum + unread.length, 0),
  };
}

const startOfDay = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

const isOf =
  ({ cluster, part }: Pick<DayRecord, "cluster" | "part">) =>
  (record: DayRecord): boolean =>
    record.cluster === cluster && record.part === part && record.observations.some(({ source }) => source !== "iam-db-auth-error");

/** A server that was there longer ago is none that a review would miss. */
const LONG_AGO = 400 * DAY_MS;

/** Servers that the folder knows and RDS does not list any more. */
function goneIn({ cluster, parts, unread }: ClusterRead, kept: readonly DayRecord[], window: Interval): DayRecord[] {
  // Where something could not be listed nobody is known to be gone.
  if (parts.length === 0 || unread.length > 0) return [];
  const there = new Set(parts.map(({ source }) => source.part));
  const before = kept.filter((one) => one.cluster === cluster && one.part !== null && !there.has(one.part));
  const names = new Set(before.filter(({ day }) => day >= dayOf(window.to - LONG_AGO)).map(({ part }) => part));
  return [...names].flatMap((part) =>
    recordsOfGone(
      before.filter((one) => one.part === part),
      window,
    ),
  );
}
