import { iamAuthOff } from "../kinds/refused-role.js";
import type { DeclaredCluster } from "../model/declared.js";
import { type Problem, warningProblem } from "../model/problem.js";
import type { ClusterSnapshot, RdsSnapshot } from "../model/snapshot.js";
import { ASPECTS, logsLogins } from "../privileges/log-connections.js";
import { closure, letsInByToken } from "../privileges/powers.js";
import { displayName } from "../privileges/sql.js";
import { RDS_IAM } from "../privileges/system-roles.js";
import { loginsOf } from "./base.js";

/** What is configured otherwise than the file needs, and no plan says. */
export const configurationProblems = (cluster: DeclaredCluster, snapshot: ClusterSnapshot): Problem[] => [
  ...readerProblems(cluster),
  ...tokenProblems(cluster, snapshot.rds),
  ...passwordProblems(cluster, snapshot),
  ...logProblems(cluster, snapshot),
];

function readerProblems({ name, admin, reader, place }: DeclaredCluster): Problem[] {
  if (reader !== null && reader.user !== admin.user) return [];
  const what = reader === null ? "has no reader" : `has its admin ${displayName(admin.user)} as its reader`;
  const hint =
    "Add reader: { user: access_reader, auth: iam }: it needs LOGIN and CONNECT, nothing else. doctor prints its statements then.";
  return [
    warningProblem("no-reader", `Cluster ${name} ${what}: whoever plans, in pull requests too, may do all that the admin may.`, {
      place,
      hint,
    }),
  ];
}

/** Also of a cluster that lets nobody in. */
export function tokenProblems(cluster: DeclaredCluster, rds: RdsSnapshot | null): Problem[] {
  const names = loginsOf(cluster).flatMap(({ user, auth }) => (auth.type === "iam" ? [displayName(user)] : []));
  return rds && !rds.iamAuth && !cluster.ensure.iamAuth && names.length > 0
    ? [iamAuthOff(cluster.name, rds, names.join(" and "), cluster.place)]
    : [];
}

/** RDS lets its members in by token alone, whatever the options of the membership. */
const passwordProblems = (cluster: DeclaredCluster, snapshot: ClusterSnapshot): Problem[] =>
  loginsOf(cluster)
    .filter(({ user, auth }) => cluster.rds !== null && auth.type === "password" && closure(snapshot, user, letsInByToken).has(RDS_IAM))
    .map(({ user }) => {
      const message = `${displayName(user)} of cluster ${cluster.name} is a member of rds_iam, by itself or through a role, and logs in with a password: RDS may refuse it.`;
      return warningProblem("password-of-iam-user", message, { place: cluster.place, hint: "Write auth: iam for it." });
    });

function logProblems({ name, place }: DeclaredCluster, { logConnections, versionNum, rds }: ClusterSnapshot): Problem[] {
  if (logConnections === undefined || logsLogins(logConnections)) return [];
  const value = versionNum >= 180000 ? ASPECTS : "on";
  const message = `log_connections is ${logConnections === "" ? "empty" : logConnections} on cluster ${name}: who logged in, and how, cannot be told later.`;
  return [warningProblem("log-connections-off", message, { place, hint: rds ? inGroup(rds, value) : inServer(value) })];
}

function inGroup({ type, id }: RdsSnapshot, value: string): string {
  const [command, flag] =
    type === "cluster"
      ? ["modify-db-cluster-parameter-group", "--db-cluster-parameter-group-name"]
      : ["modify-db-parameter-group", "--db-parameter-group-name"];
  const parameter = `'[{"ParameterName":"log_connections","ParameterValue":"${value === "on" ? "1" : value}","ApplyMethod":"immediate"}]'`;
  return `In the parameter group of ${type} ${id} (others may use it, too): aws rds ${command} ${flag} GROUP --parameters ${parameter}`;
}

const inServer = (value: string): string =>
  `Let a superuser run once: ALTER SYSTEM SET log_connections = '${value}'; SELECT pg_reload_conf();`;
