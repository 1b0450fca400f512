import type { DBCluster, DBInstance, RDSClient } from "@aws-sdk/client-rds";
import type { DeclaredAccount, DeclaredCluster } from "../model/declared.js";
import { errorProblem, type Problem, ProblemsError } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";
import type { Aws } from "./client.js";
import { awsProblem, failureOf } from "./problem.js";
import { type Group, readParameterGroup } from "./rds-parameters.js";
import { readProxy } from "./rds-proxy.js";

export interface RdsResult {
  readonly rds: RdsSnapshot | null;
  readonly problems: readonly Problem[];
}

/** Endpoint, port, resource id and the IAM flag of the cluster or instance that the file names. */
export async function inspectRds(aws: Aws, cluster: DeclaredCluster, account: DeclaredAccount): Promise<RdsResult> {
  if (cluster.rds === null) return { rds: null, problems: [] };
  try {
    await aws.verifyCaller(account);
    const client = await aws.rds(account, cluster.region ?? account.region);
    const read = cluster.rds.type === "cluster" ? readCluster : readInstance;
    const rds = await read(client, cluster, cluster.rds.id);
    const also = await Promise.all(cluster.rds.also.map((id) => read(client, cluster, id)));
    const proxy = cluster.rds.proxy === null ? {} : { proxy: await readProxy(client, cluster, cluster.rds.proxy) };
    return { rds: { ...withAlso(await withParameters(client, cluster, rds), also), ...proxy }, problems: [] };
  } catch (error) {
    if (error instanceof ProblemsError) return { rds: null, problems: error.problems };
    return { rds: null, problems: [awsProblem(error, { call: "rds", account, caller: aws.callerOf(account), place: cluster.place })] };
  }
}

const withAlso = (rds: RdsSnapshot, also: readonly Read[]): RdsSnapshot =>
  also.length === 0 ? rds : { ...rds, also: also.map(({ id, resourceId }) => ({ id, resourceId })) };

/** One that is asked for alone: it takes several calls. */
async function withParameters(client: RDSClient, { ensure }: DeclaredCluster, { parameters, ...rds }: Read): Promise<RdsSnapshot> {
  if (!ensure.logConnections || parameters === null) return rds;
  return { ...rds, parameterGroup: await readParameterGroup(client, { ...parameters, id: rds.id, type: rds.type }) };
}
type Read = RdsSnapshot & { readonly parameters: Pick<Group, "name" | "engine"> | null };

async function readCluster(client: RDSClient, cluster: DeclaredCluster, id: string): Promise<Read> {
  const { DescribeDBClustersCommand } = await import("@aws-sdk/client-rds");
  const found = await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id })).catch(orMissing(/DBClusterNotFound/));
  const it: DBCluster | undefined = found?.DBClusters?.[0];
  if (!it) {
    const all = await client.send(new DescribeDBClustersCommand({ MaxRecords: 100 }));
    throw notFound(
      cluster,
      "cluster",
      id,
      (all.DBClusters ?? []).flatMap((c) => c.DBClusterIdentifier ?? []),
    );
  }
  checkEngine(cluster, id, it.Engine);
  return complete(cluster, id, {
    type: "cluster",
    resourceId: it.DbClusterResourceId,
    endpoint: it.Endpoint,
    port: it.Port,
    iamAuth: it.IAMDatabaseAuthenticationEnabled,
    pending: pendingIn(it.PendingModifiedValues),
    parameters: groupOf(it.DBClusterParameterGroup, it.Engine),
    masterUser: it.MasterUsername,
    securityGroups: (it.VpcSecurityGroups ?? []).flatMap((group) => group.VpcSecurityGroupId ?? []),
  });
}

async function readInstance(client: RDSClient, cluster: DeclaredCluster, id: string): Promise<Read> {
  const { DescribeDBInstancesCommand } = await import("@aws-sdk/client-rds");
  const found = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id })).catch(orMissing(/DBInstanceNotFound/));
  const it: DBInstance | undefined = found?.DBInstances?.[0];
  if (!it) {
    const all = await client.send(new DescribeDBInstancesCommand({ MaxRecords: 100 }));
    throw notFound(
      cluster,
      "instance",
      id,
      (all.DBInstances ?? []).flatMap((i) => i.DBInstanceIdentifier ?? []),
    );
  }
  checkEngine(cluster, id, it.Engine);
  if (it.DBClusterIdentifier) {
    throw problem(
      cluster,
      "rds-instance-of-cluster",
      `RDS instance ${id} belongs to cluster ${it.DBClusterIdentifier}: IAM authentication and resource id are the cluster's.`,
      `Write rds: { cluster: ${it.DBClusterIdentifier} }.`,
    );
  }
  return complete(cluster, id, {
    type: "instance",
    resourceId: it.DbiResourceId,
    endpoint: it.Endpoint?.Address,
    port: it.Endpoint?.Port,
    iamAuth: it.IAMDatabaseAuthenticationEnabled,
    pending: pendingIn(it.PendingModifiedValues),
    parameters: groupOf(it.DBParameterGroups?.[0]?.DBParameterGroupName, it.Engine),
    masterUser: it.MasterUsername,
    securityGroups: (it.VpcSecurityGroups ?? []).flatMap((group) => group.VpcSecurityGroupId ?? []),
  });
}

const orMissing =
  (name: RegExp) =>
  (error: unknown): undefined => {
    if (name.test(failureOf(error).name)) return undefined;
    throw error;
  };

interface Found {
  readonly type: "cluster" | "instance";
  readonly resourceId: string | undefined;
  readonly endpoint: string | undefined;
  readonly port: number | undefined;
  readonly iamAuth: boolean | undefined;
  readonly pending: readonly string[];
  readonly parameters: Read["parameters"];
  readonly masterUser: string | undefined;
  readonly securityGroups: readonly string[];
}

/** While it is being created there is no endpoint yet. */
function complete(cluster: DeclaredCluster, id: string, found: Found): Read {
  const { endpoint, port, resourceId } = found;
  if (endpoint === undefined || port === undefined || resourceId === undefined) {
    throw problem(
      cluster,
      "rds-not-ready",
      `RDS ${found.type} ${id} has no endpoint yet.`,
      "Wait until it is available, then run the command again.",
    );
  }
  const { type, iamAuth = false, pending, parameters, masterUser = null, securityGroups } = found;
  const more = { ...(pending.length > 0 ? { pending } : {}), ...(securityGroups.length > 0 ? { securityGroups } : {}) };
  return { id, type, resourceId, endpoint, port, iamAuth, ...more, masterUser, parameters };
}

const groupOf = (name: string | undefined, engine: string | undefined): Read["parameters"] => (name && engine ? { name, engine } : null);

/** Names of what waits; what turns on IAM authentication is no stranger. */
function pendingIn(values: object = {}): string[] {
  const isThere = (value: unknown): boolean => value !== undefined && !(Array.isArray(value) && value.length === 0);
  return Object.entries(values)
    .flatMap(([name, value]) => (isThere(value) && name !== "IAMDatabaseAuthenticationEnabled" ? [name] : []))
    .sort();
}

function checkEngine(cluster: DeclaredCluster, id: string, engine: string | undefined): void {
  if (engine?.includes("postgres")) return;
  throw problem(
    cluster,
    "rds-not-postgres",
    `RDS ${cluster.rds?.type} ${id} runs ${engine}, not PostgreSQL.`,
    "Name a PostgreSQL or Aurora PostgreSQL cluster.",
  );
}

function notFound(cluster: DeclaredCluster, noun: string, id: string, there: readonly string[]): ProblemsError {
  const hint =
    there.length > 0 ? `There are: ${there.slice(0, 12).join(", ")}.` : `The region has no RDS ${noun}s that these credentials can see.`;
  return problem(cluster, "rds-not-found", `There is no RDS ${noun} ${id} in region ${cluster.region}.`, hint);
}

const problem = (cluster: DeclaredCluster, code: string, message: string, hint: string): ProblemsError =>
  new ProblemsError([errorProblem(code, message, { place: cluster.place, hint })]);
