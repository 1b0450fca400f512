import type { ClusterSnapshot, MembershipRow } from "../model/snapshot.js";
import { isRdsRole, RDS_IAM } from "../privileges/system-roles.js";

/** How the admin can run a statement as a role; null: it cannot. */
export type Reach = "direct" | "set-role" | "self-grant" | null;

/** What the declared admin may do. Computed for the admin that the file names, whoever reads. */
export interface Powers {
  readonly admin: string;
  readonly superuser: boolean;
  /** 16 and later: memberships have options and several grantors. */
  readonly options: boolean;
  readonly reach: (role: string) => Reach;
  /** May alter, comment, drop the role and give its membership. */
  readonly administers: (role: string) => boolean;
  /** May create roles. */
  readonly createsRoles: boolean;
  /** The membership row that a self-grant of `role` would change, if there is one. */
  readonly ownRow: (role: string) => MembershipRow | undefined;
}

/**
 * @param created roles that this plan creates: their creator gets ADMIN on them (16+).
 * Rules: PostgreSQL manual, "Role Membership", GRANT; src/backend/utils/adt/acl.c.
 */
export function powersOf(cluster: ClusterSnapshot, admin: string, created: ReadonlySet<string>): Powers {
  const options = cluster.versionNum >= 160000;
  const self = cluster.roles.get(admin);
  const superuser = self?.superuser ?? false;
  const createsRoles = superuser || (self?.createRole ?? false);
  const settable = closure(cluster, admin, (row) => row.set);
  const inherited = closure(cluster, admin, (row) => row.inherit);
  const administered = new Set(cluster.memberships.filter((row) => row.admin && inherited.has(row.member)).map((row) => row.role));
  const actsForRds = cluster.rds !== null && inherited.has("rds_superuser");

  const administers = (role: string): boolean => {
    if (superuser) return true;
    // Only a superuser alters one, or gives its membership, whoever has ADMIN OPTION on it.
    if (cluster.roles.get(role)?.superuser) return false;
    if (administered.has(role)) return true;
    if (created.has(role)) return createsRoles;
    // RDS lets rds_superuser give its own roles without ADMIN OPTION (gravitational/teleport#48897).
    if (actsForRds && isRdsRole(role)) return true;
    return !options && createsRoles;
  };
  const reaches = new Map<string, Reach>();
  const reach = (role: string): Reach => {
    const known = reaches.get(role);
    const found = known === undefined ? findReach(role) : known;
    reaches.set(role, found);
    return found;
  };
  const findReach = (role: string): Reach => {
    if (superuser || role === admin) return "direct";
    if (settable.has(role)) return "set-role";
    if (!administers(role) || isRdsRole(role)) return null;
    // A member of the admin cannot have the admin as its member (user.c: role x is a member of role y).
    return closure(cluster, role, () => true).has(admin) ? null : "self-grant";
  };
  const ownRow = (role: string): MembershipRow | undefined =>
    cluster.memberships.find((row) => row.role === role && row.member === admin && row.grantor === admin);
  return { admin, superuser, options, reach, administers, createsRoles, ownRow };
}

/** rds_superuser may grant rds_iam; where that is written as a membership, it is not one by which RDS lets anybody in. */
export const letsInByToken = ({ role, member }: Pick<MembershipRow, "role" | "member">): boolean =>
  !(role === RDS_IAM && member === "rds_superuser");

/** All roles that `start` reaches over rows that pass; `start` itself included. */
export function closure(cluster: ClusterSnapshot, start: string, passes: (row: MembershipRow) => boolean): ReadonlySet<string> {
  const byMember = new Map<string, string[]>();
  for (const row of cluster.memberships) {
    if (!passes(row)) continue;
    const list = byMember.get(row.member);
    if (list) list.push(row.role);
    else byMember.set(row.member, [row.role]);
  }
  const seen = new Set([start]);
  for (const member of seen) for (const role of byMember.get(member) ?? []) seen.add(role);
  return seen;
}
