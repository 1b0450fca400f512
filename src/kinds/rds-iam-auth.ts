import type { DeclaredCluster } from "../model/declared.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";
import { displayName } from "../privileges/sql.js";
import { type RdsSetting, rdsCall } from "./ensured.js";

/** `ensure: { iam_auth: true }`. */
export const RDS_IAM_AUTH: RdsSetting = {
  isAsked: ({ declared }) => declared.ensure.iamAuth,
  wanted: () => "on",
  live: ({ rds }) => (rds.iamAuth ? "on" : "off"),
  on: ({ rds }) => `RDS ${rds.type} ${rds.id}`,
  operations: (key, { declared, rds }) => {
    const input = { EnableIAMDatabaseAuthentication: true, ApplyImmediately: true };
    return rds.type === "cluster"
      ? [rdsCall(key, declared, "ModifyDBCluster", { DBClusterIdentifier: rds.id, ...input })]
      : [rdsCall(key, declared, "ModifyDBInstance", { DBInstanceIdentifier: rds.id, ...input })];
  },
  obstacles: ({ declared, rds }) => pendingProblems(declared, rds),
};

/** Applied at once is all that waits, not only what is asked for (RDS API, "ApplyImmediately"). */
function pendingProblems({ name, region, place }: DeclaredCluster, { type, id, pending = [] }: RdsSnapshot): Problem[] {
  if (pending.length === 0) return [];
  const [noun, list] = type === "cluster" ? ["db-cluster", "DBClusters"] : ["db-instance", "DBInstances"];
  const at = `--region ${region} --${noun}-identifier ${id}`;
  const message = `RDS ${type} ${id} (cluster ${name}) has modifications that wait for its maintenance window (${pending.join(", ")}): turning on IAM authentication now would carry them out, too.`;
  const hint = `Look: aws rds describe-${noun}s ${at} --query '${list}[0].PendingModifiedValues'. Wait for the window, or carry all of it out: aws rds modify-${noun} ${at} --enable-iam-database-authentication --apply-immediately`;
  return [errorProblem("pending-modifications", message, { place, hint, cluster: name })];
}

/** Whether nobody who plans or applies can log in before the plan that turns it on. The admin and the reader see the same plan. */
export const waitsForIamAuth = ({ ensure, admin, reader }: DeclaredCluster, rds: RdsSnapshot): boolean =>
  ensure.iamAuth && !rds.iamAuth && [admin, reader].some((login) => login?.auth.type === "iam");

export function iamAuthFirst({ name, admin, reader, place }: DeclaredCluster): Problem {
  const names = [admin, reader].flatMap((login) => (login?.auth.type === "iam" ? [displayName(login.user)] : []));
  return warningProblem(
    "iam-auth-first",
    `IAM authentication of cluster ${name} is still off, so ${[...new Set(names)].join(" and ")} cannot log in: it is turned on, and nothing else is done there.`,
    { place, cluster: name, hint: "The rest comes with the next plan." },
  );
}
