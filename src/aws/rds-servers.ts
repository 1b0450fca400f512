import type { DBCluster, DBInstance } from "@aws-sdk/client-rds";
import type { RdsServer } from "../model/aws-things.js";
import type { DeclaredAccount } from "../model/declared.js";
import type { Aws } from "./client.js";

/** Every PostgreSQL of the account's region that a door to any cluster opens: clusters, and instances that belong to none. */
export async function readRdsServers(aws: Aws, account: DeclaredAccount): Promise<RdsServer[]> {
  const client = await aws.rds(account, account.region);
  const { paginateDescribeDBClusters, paginateDescribeDBInstances } = await import("@aws-sdk/client-rds");
  const clusters: DBCluster[] = [];
  const instances: DBInstance[] = [];
  for await (const page of paginateDescribeDBClusters({ client }, {})) clusters.push(...(page.DBClusters ?? []));
  for await (const page of paginateDescribeDBInstances({ client }, {})) instances.push(...(page.DBInstances ?? []));
  const alone = instances.filter((one) => !one.DBClusterIdentifier);
  return [
    ...clusters.filter(isPostgres).map((one): RdsServer => ({ type: "cluster", id: one.DBClusterIdentifier ?? "" })),
    ...alone.filter(isPostgres).map((one): RdsServer => ({ type: "instance", id: one.DBInstanceIdentifier ?? "" })),
  ];
}

const isPostgres = ({ Engine: engine }: Pick<DBCluster, "Engine">): boolean => engine?.includes("postgres") ?? false;
