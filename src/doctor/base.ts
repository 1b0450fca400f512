import { mayConnect } from "../access/self-lockout.js";
import type { DeclaredCluster, DeclaredLogin } from "../model/declared.js";
import type { ClusterNeed } from "../model/need.js";
import type { ClusterSnapshot } from "../model/snapshot.js";
import { closure, letsInByToken } from "../privileges/powers.js";
import { RDS_IAM } from "../privileges/system-roles.js";

/** Those as whom pgaccord logs in. */
export const loginsOf = ({ admin, reader }: DeclaredCluster): readonly DeclaredLogin[] =>
  reader === null || reader.user === admin.user ? [admin] : [admin, reader];

/** What the admin and the reader need before any plan: to be there, to log in, to reach the databases. Nothing of it depends on the roles of the file. */
export const baseNeeds = (cluster: DeclaredCluster, snapshot: ClusterSnapshot): ClusterNeed[] =>
  loginsOf(cluster).flatMap((login) => [...roleNeeds(cluster, login, snapshot), ...reachNeeds(cluster, login, snapshot)]);

function roleNeeds(
  { name: cluster, admin }: DeclaredCluster,
  { user: role, auth }: DeclaredLogin,
  { roles }: ClusterSnapshot,
): ClusterNeed[] {
  const live = roles.get(role);
  const createRole = role === admin.user;
  if (!live) return [{ type: "create-login", cluster, role, createRole, password: auth.type === "password" }];
  return [
    ...(live.login ? [] : [{ type: "alter-login", cluster, role } as const]),
    ...(createRole && !live.createRole && !live.superuser ? [{ type: "create-roles", cluster, role } as const] : []),
  ];
}

function reachNeeds(cluster: DeclaredCluster, { user: role, auth, database }: DeclaredLogin, snapshot: ClusterSnapshot): ClusterNeed[] {
  const { name } = cluster;
  const byToken = auth.type === "iam" && cluster.rds !== null && snapshot.roles.has(RDS_IAM);
  const lacksIam = byToken && !closure(snapshot, role, letsInByToken).has(RDS_IAM);
  const closed = databasesOf(cluster, database).filter((one) => !mayConnect(snapshot, role, one));
  return [
    ...(lacksIam ? [{ type: "iam-login", cluster: name, role } as const] : []),
    ...closed.map((one) => ({ type: "connect", cluster: name, database: one, role }) as const),
  ];
}

const databasesOf = ({ databases }: DeclaredCluster, own: string): readonly string[] => [...new Set([own, ...databases.keys()])];

/** The same of a cluster that lets neither in: what is there already is left as it is by the statements themselves. */
export const blindNeeds = (cluster: DeclaredCluster): ClusterNeed[] =>
  loginsOf(cluster).flatMap(({ user: role, auth, database }): ClusterNeed[] => {
    const base = { cluster: cluster.name, role };
    const createRole = role === cluster.admin.user;
    return [
      { ...base, type: "create-login", createRole, password: auth.type === "password" },
      { ...base, type: "alter-login" },
      ...(createRole ? [{ ...base, type: "create-roles" } as const] : []),
      ...(auth.type === "iam" && cluster.rds !== null ? [{ ...base, type: "iam-login" } as const] : []),
      ...databasesOf(cluster, database).map((one) => ({ ...base, type: "connect", database: one }) as const),
    ];
  });
