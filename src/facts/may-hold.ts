import type { DeclaredCluster } from "../model/declared.js";
import type { ClusterSnapshot } from "../model/snapshot.js";
import { closure } from "../privileges/powers.js";
import { isSystemRole, RDS_IAM, rdsPower, reachesServer } from "../privileges/system-roles.js";

/**
 * Whether somebody may be told to make the admin a member of a role: never of one of PostgreSQL or RDS, of RDS's master user, nor of what makes
 * it as good as a superuser, ends its login by password (rds_iam, by whatever path), or is a member of the admin already.
 */
export function createMayHold(snapshot: ClusterSnapshot, { admin }: DeclaredCluster): (role: string) => boolean {
  const known = new Map<string, boolean>();
  const find = (role: string): boolean => {
    const reached = closure(snapshot, role, () => true);
    if (isSystemRole(role) || reached.has(admin.user) || reached.has(snapshot.rds?.masterUser ?? snapshot.bootstrap)) return false;
    if (admin.auth.type !== "iam" && reached.has(RDS_IAM)) return false;
    return [...reached].every((name) => !snapshot.roles.get(name)?.superuser && rdsPower(name) === null && !reachesServer(name));
  };
  return (role) => {
    const may = known.get(role) ?? find(role);
    known.set(role, may);
    return may;
  };
}
