import type { Parameter, RDSClient } from "@aws-sdk/client-rds";
import type { ParameterGroup, RdsSnapshot } from "../model/snapshot.js";

export type Group = { readonly name: string; readonly engine: string } & Pick<RdsSnapshot, "id" | "type">;

/** What the parameter group of a cluster or instance says of log_connections, and who else has it. */
export async function readParameterGroup(client: RDSClient, group: Group): Promise<ParameterGroup> {
  const { name, engine, type, id } = group;
  const usedBy = (type === "cluster" ? await clustersWith(client, name) : await instancesWith(client, name)).filter(
    (other) => other !== id,
  );
  // Nobody can change a default one, and it says what the engine says.
  if (name.startsWith("default.")) return { name, engine, isDefault: true, usedBy, value: null, allowed: null };
  const found = await readParameter(client, group, "log_connections");
  return { name, engine, isDefault: false, usedBy, value: found?.ParameterValue ?? null, allowed: found?.AllowedValues ?? null };
}

/** One parameter of a group; undefined: its engine has none of that name. */
export async function readParameter(
  client: RDSClient,
  { type, name }: Pick<Group, "type" | "name">,
  parameter: string,
): Promise<Parameter | undefined> {
  const { paginateDescribeDBClusterParameters, paginateDescribeDBParameters } = await import("@aws-sdk/client-rds");
  const pages =
    type === "cluster"
      ? paginateDescribeDBClusterParameters({ client }, { DBClusterParameterGroupName: name })
      : paginateDescribeDBParameters({ client }, { DBParameterGroupName: name });
  for await (const page of pages) {
    const found = page.Parameters?.find((one) => one.ParameterName === parameter);
    if (found) return found;
  }
  return undefined;
}

async function clustersWith(client: RDSClient, name: string): Promise<string[]> {
  const { paginateDescribeDBClusters } = await import("@aws-sdk/client-rds");
  const found: string[] = [];
  for await (const page of paginateDescribeDBClusters({ client }, {}))
    for (const one of page.DBClusters ?? []) if (one.DBClusterParameterGroup === name) found.push(one.DBClusterIdentifier ?? "");
  return found.sort();
}

async function instancesWith(client: RDSClient, name: string): Promise<string[]> {
  const { paginateDescribeDBInstances } = await import("@aws-sdk/client-rds");
  const found: string[] = [];
  for await (const page of paginateDescribeDBInstances({ client }, {}))
    for (const one of page.DBInstances ?? [])
      if (one.DBParameterGroups?.some((group) => group.DBParameterGroupName === name)) found.push(one.DBInstanceIdentifier ?? "");
  return found.sort();
}
