import type { LogSource, UnreadPart } from "../evidence/log-source.js";
import type { DeclaredAccount, DeclaredCluster } from "../model/declared.js";
import type { Interval } from "../model/evidence.js";
import { errorProblem, type Problem, ProblemsError, warningProblem } from "../model/problem.js";
import type { Aws } from "./client.js";
import { type InstanceStreams, logGroupOf, readStreams, streamSource } from "./cloudwatch-logs.js";
import { awsProblem } from "./problem.js";
import { absentOf, hostLogSources } from "./rds-logs.js";
import { idsOf, type Member, type Members, readMembers } from "./rds-members.js";

/** Where the logs of a cluster are read. A server whose log cannot be read is named, never left out. */
export interface ClusterLogs {
  readonly sources: readonly LogSource[];
  readonly unread: readonly UnreadPart[];
  readonly problems: readonly Problem[];
}

/** Of every server of an RDS cluster or instance: in CloudWatch where its log is exported, else on its host. */
export async function openClusterLogs(
  aws: Aws,
  cluster: DeclaredCluster,
  account: DeclaredAccount,
  window: Interval,
): Promise<ClusterLogs> {
  const opening: Opening = { aws, cluster, account, window };
  try {
    await aws.verifyCaller(account);
    const rds = await aws.rds(account, regionOf(opening));
    const type = cluster.rds?.type ?? "cluster";
    const found = await Promise.all(idsOf(cluster).map(async (id) => (await readMembers(rds, type, id)) ?? missing(cluster, type, id)));
    const logs = joined(await Promise.all(found.map((one) => ("code" in one ? { ...NONE, problems: [one] } : openAll(opening, one)))));
    if (logs.sources.length > 0 || logs.unread.length > 0) return logs;
    const why = logs.problems[0]?.message ?? `RDS ${type} ${cluster.rds?.id} has no instance`;
    const unread = [{ cluster: cluster.name, part: null, why }];
    return { ...logs, unread, problems: logs.problems.length > 0 ? logs.problems : [noInstance(cluster, type)] };
  } catch (error) {
    const problems = problemsOf(error, opening, "rds:DescribeDBClusters");
    return { ...NONE, unread: [{ cluster: cluster.name, part: null, why: problems[0]?.message ?? "it cannot be read" }], problems };
  }
}

/** How a failure to read a log is told. */
export function problemsOf(error: unknown, { aws, account, cluster }: Omit<Opening, "window">, call: string): readonly Problem[] {
  if (error instanceof ProblemsError) return error.problems;
  return [awsProblem(error, { call, account, caller: aws.callerOf(account), place: cluster.place })];
}

interface Opening {
  readonly aws: Aws;
  readonly cluster: DeclaredCluster;
  readonly account: DeclaredAccount;
  readonly window: Interval;
}

const NONE: ClusterLogs = { sources: [], unread: [], problems: [] };
const regionOf = ({ cluster, account }: Opening): string => cluster.region ?? account.region;

const joined = (list: readonly ClusterLogs[]): ClusterLogs => ({
  sources: list.flatMap(({ sources }) => sources),
  unread: list.flatMap(({ unread }) => unread),
  problems: list.flatMap(({ problems }) => problems),
});

async function openAll(opening: Opening, of: Members): Promise<ClusterLogs> {
  const [exported, refusals] = await Promise.all([openExport(opening, of), openRefusals(opening, of)]);
  const known = new Set(exported.sources.map(({ part }) => part));
  const others = await Promise.all(of.members.filter(({ instance }) => !known.has(instance)).map((member) => openHost(opening, member)));
  return joined([exported, ...others, refusals]);
}

async function openHost(opening: Opening, member: Member): Promise<ClusterLogs> {
  const { aws, account, cluster, window } = opening;
  try {
    const client = await aws.rds(account, regionOf(opening));
    return { ...NONE, sources: await hostLogSources(client, cluster.name, member, window) };
  } catch (error) {
    const problems = problemsOf(error, opening, "rds:DescribeDBLogFiles");
    const why = problems[0]?.message ?? "it cannot be read";
    return { ...NONE, unread: [{ cluster: cluster.name, part: member.instance, why }], problems };
  }
}

/** The servers that are there, and those that were: their streams outlive them. */
async function openExport(opening: Opening, of: Members): Promise<ClusterLogs> {
  const { cluster, window } = opening;
  const { streams, client, problems } = await openGroup(opening, of, "postgresql");
  if (client === null) return { ...NONE, problems };
  const members = new Map(of.members.map((member) => [member.instance, member]));
  const sources = streams.map((one) => {
    const member = members.get(one.instance);
    const absent = member ? absentOf(member, window) : goneSince(one, window);
    return streamSource(client, logGroupOf(of, "postgresql"), one, { cluster: cluster.name, absent, source: "cloudwatch-log" });
  });
  return { sources, unread: [], problems };
}

const goneSince = ({ last }: InstanceStreams, { from, to }: Interval): Interval[] =>
  last === null ? [] : [{ from: Math.max(from, last + 1), to }].filter((one) => one.from < one.to);

async function openRefusals(opening: Opening, of: Members): Promise<ClusterLogs> {
  const { streams, client, problems } = await openGroup(opening, of, "iam-db-auth-error");
  const names = streams.flatMap((one) => one.names);
  if (client === null || names.length === 0) return { ...NONE, problems };
  const all: InstanceStreams = { instance: "", names, last: null };
  const source = streamSource(client, logGroupOf(of, "iam-db-auth-error"), all, {
    cluster: opening.cluster.name,
    absent: [],
    source: "iam-db-auth-error",
  });
  return { ...NONE, sources: [source], problems };
}

type Group = Pick<ClusterLogs, "problems"> & {
  readonly streams: readonly InstanceStreams[];
  /** null: it is not exported, or cannot be read, and `problems` says why. */
  readonly client: Awaited<ReturnType<Aws["logs"]>> | null;
};

/** What cannot be read in CloudWatch may still be on the host: a warning. */
async function openGroup(opening: Opening, of: Members, name: string): Promise<Group> {
  if (!of.exports.includes(name)) return { streams: [], client: null, problems: [] };
  const group = logGroupOf(of, name);
  try {
    const client = await opening.aws.logs(opening.account, regionOf(opening));
    const streams = await readStreams(client, group, opening.window);
    return streams === null
      ? { streams: [], client: null, problems: [noGroup(opening.cluster, of, group)] }
      : { streams, client, problems: [] };
  } catch (error) {
    const problems = problemsOf(error, opening, "logs:DescribeLogStreams").map((one): Problem => ({ ...one, severity: "warning" }));
    return { streams: [], client: null, problems };
  }
}

const noGroup = (cluster: DeclaredCluster, { type, id }: Members, group: string): Problem =>
  warningProblem("log-group-missing", `RDS ${type} ${id} (cluster ${cluster.name}) exports its log, and log group ${group} is not there.`, {
    place: cluster.place,
    hint: "RDS makes it with the first line that it exports: look again in some minutes, or turn the export off and on.",
    cluster: cluster.name,
  });

const missing = (cluster: DeclaredCluster, type: string, id: string): Problem =>
  errorProblem("rds-not-found", `There is no RDS ${type} ${id} in region ${cluster.region}.`, {
    place: cluster.place,
    hint: "Mend its name under rds, or take it out.",
    cluster: cluster.name,
  });

const noInstance = (cluster: DeclaredCluster, type: string): Problem =>
  errorProblem("rds-no-instance", `RDS ${type} ${cluster.rds?.id} (cluster ${cluster.name}) has no instance whose log could be read.`, {
    place: cluster.place,
    hint: "Add an instance to it; a cluster that is stopped for good leaves the file.",
    cluster: cluster.name,
  });
