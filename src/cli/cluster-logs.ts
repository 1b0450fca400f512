import pLimit from "p-limit";
import picomatch from "picomatch";
import type { Aws } from "../aws/client.js";
import { openClusterLogs, problemsOf } from "../aws/cluster-logs.js";
import type { LogSource, UnreadPart } from "../evidence/log-source.js";
import { readSource, type SourceRead } from "../evidence/read-source.js";
import type { Declared, DeclaredAccount, DeclaredCluster } from "../model/declared.js";
import type { Interval } from "../model/evidence.js";
import { type Problem, ProblemsError, warningProblem } from "../model/problem.js";
import { namesOf } from "./log-names.js";
import { unmatched } from "./run.js";

/** What one source of one server told. */
export interface PartRead {
  readonly source: Pick<LogSource, "cluster" | "part" | "source">;
  /** What of it was asked for. */
  readonly window: Interval;
  readonly read: SourceRead;
}

export interface ClusterRead {
  readonly cluster: string;
  readonly parts: readonly PartRead[];
  readonly unread: readonly UnreadPart[];
  readonly problems: readonly Problem[];
}

export interface Reading {
  readonly aws: Aws;
  readonly declared: Declared;
  readonly window: Interval;
  readonly per: "day" | "run";
  /** What is still to be read of a server; left out: the window. */
  readonly toRead?: (source: PartRead["source"]) => Interval | null;
}

/** Logs that are read at a time: RDS reads portions on the database's own host. */
const LOGS_AT_ONCE = 3;

/** The logs of every server of these clusters. What cannot be read is said, and the others are read. */
export async function readClusterLogs(clusters: readonly DeclaredCluster[], reading: Reading): Promise<ClusterRead[]> {
  const limit = pLimit(LOGS_AT_ONCE);
  return Promise.all(clusters.map((cluster) => readOne(cluster, reading, limit)));
}

/** Of the file's clusters, those that are named; a name that matches none is a mistake. */
export function clustersNamed(declared: Declared, globs: readonly string[] | undefined): DeclaredCluster[] {
  const problems = unmatched("cluster", globs, [...declared.clusters.keys()]);
  if (problems.length > 0) throw new ProblemsError(problems);
  return [...declared.clusters.values()].filter(({ name }) => globs === undefined || picomatch.isMatch(name, [...globs]));
}

async function readOne(cluster: DeclaredCluster, reading: Reading, limit: ReturnType<typeof pLimit>): Promise<ClusterRead> {
  const { aws, declared, window } = reading;
  const account = declared.accounts.get(cluster.account ?? "");
  if (cluster.rds === null || !account) return { cluster: cluster.name, parts: [], unread: [], problems: [byHand(cluster)] };
  const logs = await openClusterLogs(aws, cluster, account, window);
  const read = await Promise.all(logs.sources.map((source) => limit(() => readPart(source, { cluster, account }, reading))));
  const parts = read.filter((one) => one !== null);
  const silent = parts.filter((one) => isSilent(one) && !parts.some((other) => other.source.part === one.source.part && !isSilent(other)));
  return {
    cluster: cluster.name,
    parts,
    unread: logs.unread,
    problems: [
      ...logs.problems,
      ...parts.flatMap((one) => (isSilent(one) && !silent.includes(one) ? [] : problemsIn(one))),
      ...silent.filter(({ read: { problems } }) => problems.length === 0).map((one) => silence(one, cluster)),
    ],
  };
}

interface At {
  readonly cluster: DeclaredCluster;
  readonly account: DeclaredAccount;
}

async function readPart(source: LogSource, at: At, reading: Reading): Promise<PartRead | null> {
  const window = reading.toRead === undefined ? reading.window : reading.toRead(source);
  if (window === null) return null;
  const call = source.source === "rds-log" ? "rds:DownloadDBLogFilePortion" : "logs:FilterLogEvents";
  const failed = (error: unknown): readonly Problem[] => problemsOf(error, { aws: reading.aws, ...at }, call);
  const read = await readSource(source, { window, per: reading.per, problemsOf: failed, ...namesOf(reading.declared) });
  return { source, window, read };
}

/** Nothing was seen, and nobody: with two forms of log one may be empty. */
const isSilent = ({ source, read }: PartRead): boolean =>
  source.source !== "iam-db-auth-error" && read.seen.length === 0 && read.logins.length === 0;

const nameOf = ({ part, cluster }: PartRead["source"]): string => (part === null ? `cluster ${cluster}` : `${part} (cluster ${cluster})`);

/** Which log it is, where the problem is of the log alone. */
const problemsIn = ({ source, read }: PartRead): Problem[] =>
  read.problems.map((one) => (one.place === null ? { ...one, message: `Log of ${nameOf(source)}: ${one.message}` } : one));

const silence = ({ source }: PartRead, { place, name }: DeclaredCluster): Problem =>
  warningProblem("log-silent", `The log of ${nameOf(source)} says nothing of this time: nobody can be called unused by it.`, {
    place,
    hint: `Is log_connections on, and does the host keep its log so long? pgaccord doctor --cluster ${name} says so.`,
    cluster: name,
  });

const byHand = ({ name, place }: DeclaredCluster): Problem =>
  warningProblem("log-by-hand", `Cluster ${name} is none of RDS: where its log is, the file does not say.`, {
    place,
    hint: `Name it: --log FILE --log-cluster ${name}.`,
    cluster: name,
  });
