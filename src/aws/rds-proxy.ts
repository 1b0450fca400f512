import type { RDSClient } from "@aws-sdk/client-rds";
import type { DeclaredCluster } from "../model/declared.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";
import { failureOf } from "./problem.js";

/** The id that doors name is the last part of its ARN; RDS tells it nowhere else. */
export async function readProxy(client: RDSClient, cluster: DeclaredCluster, name: string): Promise<NonNullable<RdsSnapshot["proxy"]>> {
  const { DescribeDBProxiesCommand } = await import("@aws-sdk/client-rds");
  const answer = await client.send(new DescribeDBProxiesCommand({ DBProxyName: name })).catch((error: unknown) => {
    if (/DBProxyNotFound/.test(failureOf(error).name)) return undefined;
    throw error;
  });
  const it = answer?.DBProxies?.[0];
  const id = /:db-proxy:(prx-[^:]+)$/.exec(it?.DBProxyArn ?? "")?.[1];
  if (!it || id === undefined)
    throw problem(
      cluster,
      "rds-proxy-not-found",
      `There is no RDS Proxy ${name} in region ${cluster.region}.`,
      "Mend its name, or take it out of rds.",
    );
  const proxy = { name, id, endpoint: it.Endpoint ?? "" };
  if (it.DefaultAuthScheme === "IAM_AUTH") return { ...proxy, keepsSecrets: false };
  if (it.Auth?.some(({ IAMAuth }) => IAMAuth === "REQUIRED" || IAMAuth === "ENABLED")) return { ...proxy, keepsSecrets: true };
  throw problem(
    cluster,
    "rds-proxy-without-iam",
    `RDS Proxy ${name} of cluster ${cluster.name} takes no tokens: IAMAuth is DISABLED for all its secrets.`,
    "Set IAMAuth REQUIRED for them or DefaultAuthScheme IAM_AUTH for the proxy, or take it out of rds.",
  );
}

const problem = (cluster: DeclaredCluster, code: string, message: string, hint: string): ProblemsError =>
  new ProblemsError([errorProblem(code, message, { place: cluster.place, hint })]);
