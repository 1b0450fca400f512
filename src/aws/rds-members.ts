import type { DBInstance, RDSClient } from "@aws-sdk/client-rds";
import type { DeclaredCluster } from "../model/declared.js";
import { failureOf } from "./problem.js";

/** One server of a cluster, writer or reader, with a log of its own. */
export interface Member {
  /** Its id, which calls about logs take: a cluster's is none. */
  readonly instance: string;
  /** When it was made; null: not known. */
  readonly created: number | null;
}

/** The servers behind one name of RDS, and the log groups that they fill. */
export interface Members {
  readonly id: string;
  readonly type: "cluster" | "instance";
  readonly members: readonly Member[];
  /** EnabledCloudwatchLogsExports: `postgresql`, `iam-db-auth-error`. */
  readonly exports: readonly string[];
  /** Name of the parameter group; null: not known. */
  readonly parameters: string | null;
}

/** Writer and readers; null: there is no such cluster or instance. */
export async function readMembers(client: RDSClient, type: "cluster" | "instance", id: string): Promise<Members | null> {
  if (type === "instance") {
    const [one] = await instancesBy(client, "db-instance-id", id);
    if (!one) return null;
    const parameters = one.DBParameterGroups?.[0]?.DBParameterGroupName ?? null;
    return { id, type, members: [memberOf(one)], exports: one.EnabledCloudwatchLogsExports ?? [], parameters };
  }
  const { DescribeDBClustersCommand } = await import("@aws-sdk/client-rds");
  const answer = await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id })).catch(orNone(/DBClusterNotFound/));
  const it = answer?.DBClusters?.[0];
  if (!it) return null;
  const members = new Map((await instancesBy(client, "db-cluster-id", id)).map((one) => [one.DBInstanceIdentifier ?? "", memberOf(one)]));
  // A cluster names its members also where the list has not got them yet.
  for (const { DBInstanceIdentifier: instance = "" } of it.DBClusterMembers ?? [])
    if (!members.has(instance)) members.set(instance, { instance, created: null });
  const more = { exports: it.EnabledCloudwatchLogsExports ?? [], parameters: it.DBClusterParameterGroup ?? null };
  return { id, type, members: [...members.values()].sort(byName), ...more };
}

/** What the file names, and what stands in for it. */
export const idsOf = ({ rds }: DeclaredCluster): readonly string[] => (rds === null ? [] : [rds.id, ...rds.also]);

async function instancesBy(client: RDSClient, Name: string, id: string): Promise<DBInstance[]> {
  const { paginateDescribeDBInstances } = await import("@aws-sdk/client-rds");
  const found: DBInstance[] = [];
  for await (const page of paginateDescribeDBInstances({ client }, { Filters: [{ Name, Values: [id] }] }))
    found.push(...(page.DBInstances ?? []));
  return found;
}

const memberOf = ({ DBInstanceIdentifier: instance = "", InstanceCreateTime }: DBInstance): Member => ({
  instance,
  created: InstanceCreateTime?.getTime() ?? null,
});

const orNone =
  (name: RegExp) =>
  (error: unknown): undefined => {
    if (name.test(failureOf(error).name)) return undefined;
    throw error;
  };

const byName = (a: Member, b: Member): number => (a.instance < b.instance ? -1 : 1);
