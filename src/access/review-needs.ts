import type { Declared, DeclaredAccount, DeclaredCluster } from "../model/declared.js";
import { needsOn, type OwnNeed } from "./own-needs.js";

/** What reading evidence asks of the account: the logs of its clusters. It logs in to nothing and changes nothing. */
export const reviewNeeds = (file: Declared, account: DeclaredAccount): OwnNeed[] =>
  [...file.clusters.values()]
    .filter((cluster) => cluster.account === account.name && cluster.rds !== null)
    .flatMap((cluster) => logNeeds(cluster, account));

/** Which instances a cluster has is known to RDS alone, so their logs are not narrowed to names. */
function logNeeds({ rds, region }: DeclaredCluster, { partition, id, region: own }: DeclaredAccount): OwnNeed[] {
  if (rds === null) return [];
  const arn = (service: string, rest: string): string => `arn:${partition}:${service}:${region ?? own}:${id}:${rest}`;
  const groups = [rds.id, ...rds.also].map((name) => arn("logs", `log-group:/aws/rds/${rds.type}/${name}/*`));
  const isCluster = rds.type === "cluster";
  return [
    ...needsOn(["*"], [...(isCluster ? ["rds:DescribeDBClusters"] : []), "rds:DescribeDBInstances"]),
    ...needsOn([arn("rds", isCluster ? "db:*" : `db:${rds.id}`)], ["rds:DescribeDBLogFiles", "rds:DownloadDBLogFilePortion"]),
    ...needsOn(groups, ["logs:DescribeLogStreams", "logs:FilterLogEvents"]),
    // What doctor says of how long logs are kept.
    ...needsOn([arn("logs", "log-group:*")], ["logs:DescribeLogGroups"]),
    ...needsOn(["*"], [isCluster ? "rds:DescribeDBClusterParameters" : "rds:DescribeDBParameters"]),
  ];
}
