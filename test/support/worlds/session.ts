import type { Cluster, Draft, Membership, Role } from "./model.js";
import { Refused } from "./play-acl.js";

/** A connection to one database of a cluster; `actor` is who the statements run as. */
export interface Session {
  readonly cluster: Draft<Cluster>;
  readonly database: string;
  actor: string;
}

/** The role with OID 10 of every world. */
export const BOOTSTRAP = "postgres";

/** The role of that name, or an error. */
export function roleOf({ cluster }: Session, name: string): Draft<Role> {
  const role = cluster.roles.find((r) => r.name === name);
  if (!role) throw new Refused(`role ${name} does not exist`);
  return role;
}

export const isSuperuser = ({ cluster }: Session, name: string): boolean => cluster.roles.some((r) => r.name === name && r.superuser);

/** Itself and all that it reaches over memberships that pass, the nearest first. */
export function reached({ cluster }: Session, start: string, passes: (row: Membership) => boolean): string[] {
  const found = new Set([start]);
  for (const name of found) for (const row of cluster.memberships) if (row.member === name && passes(row)) found.add(row.role);
  return [...found];
}

/** The member has the privileges without SET ROLE. */
export const inherits = (row: Membership): boolean => row.inherit;

/** has_privs_of_role() */
export const actsFor = (session: Session, role: string, other: string): boolean =>
  role === other || isSuperuser(session, role) || reached(session, role, inherits).includes(other);

/** is_admin_of_role(): the role that holds ADMIN OPTION for this one; null: none. */
export function adminFor(session: Session, actor: string, role: string): string | null {
  const holders = reached(session, actor, inherits);
  const { memberships } = session.cluster;
  return holders.find((holder) => memberships.some((m) => m.role === role && m.member === holder && m.admin)) ?? null;
}
