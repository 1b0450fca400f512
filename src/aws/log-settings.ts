import type { RDSClient } from "@aws-sdk/client-rds";
import type { DeclaredAccount, DeclaredCluster } from "../model/declared.js";
import type { LogSettings } from "../model/log-settings.js";
import { type Problem, ProblemsError } from "../model/problem.js";
import type { Aws } from "./client.js";
import { logGroupOf } from "./cloudwatch-logs.js";
import { awsProblem } from "./problem.js";
import { type Members, readMembers } from "./rds-members.js";
import { readParameter } from "./rds-parameters.js";

/** How long the log of a cluster of RDS is kept, and where. What may not be read is a warning. */
export async function readLogSettings(
  aws: Aws,
  cluster: DeclaredCluster,
  account: DeclaredAccount,
): Promise<{ readonly settings: LogSettings | null; readonly problems: readonly Problem[] }> {
  if (cluster.rds === null) return { settings: null, problems: [] };
  const { type, id } = cluster.rds;
  const failed = (error: unknown): Problem[] => [told(error, aws, cluster, account)];
  try {
    const region = cluster.region ?? account.region;
    const rds = await aws.rds(account, region);
    const members = await readMembers(rds, type, id);
    if (members === null) return { settings: null, problems: [] };
    const { exports } = members;
    const parameters = members.parameters?.startsWith("default.") ? null : members.parameters;
    const settings = { type, id, region, exports, keptDays: null, hostDays: null, parameters };
    const isExported = exports.includes("postgresql");
    const kept = await (isExported
      ? readRetention(aws, account, region, logGroupOf({ type, id }, "postgresql"))
      : readHostDays(rds, members)
    ).catch(failed);
    if (Array.isArray(kept)) return { settings, problems: kept };
    return { settings: { ...settings, ...(isExported ? { keptDays: kept } : { hostDays: kept }) }, problems: [] };
  } catch (error) {
    return { settings: null, problems: failed(error) };
  }
}

/** Where nobody set it: three days (RDS User Guide, "Setting the log retention period"). */
const DEFAULT_MINUTES = 4320;

async function readHostDays(client: RDSClient, { type, parameters }: Members): Promise<number | null> {
  if (parameters === null) return null;
  const own = parameters.startsWith("default.")
    ? undefined
    : await readParameter(client, { type, name: parameters }, "rds.log_retention_period");
  return Number(own?.ParameterValue ?? DEFAULT_MINUTES) / (24 * 60);
}

/** Days; Infinity: for ever; null: there is no such group yet. */
async function readRetention(aws: Aws, account: DeclaredAccount, region: string, group: string): Promise<number | null> {
  const { paginateDescribeLogGroups } = await import("./logs-sdk.js");
  const client = await aws.logs(account, region);
  for await (const page of paginateDescribeLogGroups({ client }, { logGroupNamePrefix: group }))
    for (const one of page.logGroups ?? []) if (one.logGroupName === group) return one.retentionInDays ?? Number.POSITIVE_INFINITY;
  return null;
}

/** Nobody needs it for a plan or an apply, so it is nothing missing. */
function told(error: unknown, aws: Aws, cluster: DeclaredCluster, account: DeclaredAccount): Problem {
  if (error instanceof ProblemsError && error.problems[0]) return { ...error.problems[0], severity: "warning" };
  const asked = { call: "logs:DescribeLogGroups", account, caller: aws.callerOf(account), place: cluster.place };
  const { needs: _, ...problem } = awsProblem(error, asked);
  return {
    ...problem,
    severity: "warning",
    message: `How long the log of cluster ${cluster.name} is kept is not known: ${problem.message}`,
  };
}
