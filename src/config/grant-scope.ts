import { nearestHint } from "../facts/nearest.js";
import { failed, type Parsed, parsed } from "./fault.js";
import { clusterNamesOf, objectOf, saysWhere, subjectOf } from "./lookup.js";
import { globFault } from "./name-fault.js";
import type { SourceFile, SourceRole } from "./source-file.js";

export interface DatabaseOfCluster {
  readonly cluster: string;
  readonly database: string;
}

/** What a key under `grants` means: DATABASE on each of the role's clusters that declares it, or CLUSTER/DATABASE. */
export function resolveScope(file: SourceFile, role: SourceRole, key: string): Parsed<readonly DatabaseOfCluster[]> {
  const glob = globFault(key);
  if (glob) return { ok: false, fault: glob };
  const slash = key.indexOf("/");
  const cluster = key.slice(0, Math.max(0, slash));
  return file.names.clusters.has(cluster)
    ? resolveQualified(file, role, cluster, key.slice(slash + 1))
    : resolvePlain(file, role, key, cluster);
}

function resolveQualified(file: SourceFile, role: SourceRole, cluster: string, database: string): Parsed<readonly DatabaseOfCluster[]> {
  const declared = file.clusters.get(cluster);
  if (saysWhere(file, role) && !clusterNamesOf(file, role).includes(cluster))
    return failed("role-not-on-cluster", `${subjectOf(role)} is not on cluster "${cluster}".`, `Add ${cluster} to its clusters.`);
  if (!declared || declared.databases.has(database)) return parsed(declared ? [{ cluster, database }] : []);
  return failed(
    "unknown-database",
    `Cluster "${cluster}" declares no database "${database}".`,
    nearestHint(database, [...declared.databases.keys()], "Declared", `Declare it under clusters.${cluster}.databases.`),
  );
}

function resolvePlain(file: SourceFile, role: SourceRole, key: string, prefix: string): Parsed<readonly DatabaseOfCluster[]> {
  const clusters = clusterNamesOf(file, role);
  const found = clusters.filter((name) => file.clusters.get(name)?.databases.has(key));
  const unreadable = clusters.length === 0 || clusters.some((name) => !file.clusters.has(name));
  if (found.length > 0 || unreadable) return parsed(found.map((cluster) => ({ cluster, database: key })));
  if (prefix !== "")
    return failed(
      "unknown-cluster",
      `Cluster "${prefix}" is not declared.`,
      nearestHint(prefix, [...file.names.clusters], "Declared", "No cluster is declared."),
    );
  const elsewhere = [...file.clusters.values()].filter((cluster) => cluster.databases.has(key)).map((cluster) => cluster.name.text);
  const known = clusters.flatMap((name) => [...(file.clusters.get(name)?.databases.keys() ?? [])]);
  const hint =
    elsewhere.length > 0
      ? `It is declared on ${elsewhere.join(", ")}; add that to the role's clusters.`
      : nearestHint(key, known, "Declared there", "Declare it under the cluster's databases.");
  if (elsewhere.length === 0) return failed("unknown-database", `No cluster declares a database "${key}".`, hint);
  return failed("unknown-database", `No cluster of ${objectOf(role)} declares a database "${key}" (${clusters.join(", ")}).`, hint);
}
