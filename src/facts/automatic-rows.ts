import type { ClusterSnapshot, MembershipRow } from "../model/snapshot.js";

/**
 * PostgreSQL 16+ makes a role's creator its member, ADMIN only, granted by the bootstrap superuser (CREATE ROLE, "Notes"). Who created it is
 * recorded nowhere else: of such rows of one role the first is its creator's, where that member can have made it; any other was granted.
 */
export function automaticRows(snapshot: ClusterSnapshot): ReadonlySet<MembershipRow> {
  const first = new Map<string, MembershipRow>();
  for (const row of snapshot.memberships.filter((one) => mayBeAutomatic(one, snapshot))) {
    const other = first.get(row.role);
    if (!other || (row.made ?? 0) < (other.made ?? 0)) first.set(row.role, row);
  }
  return new Set(first.values());
}

/** A superuser gets no such row, and who may not create roles never made one: theirs were granted. */
function mayBeAutomatic(row: MembershipRow, { versionNum, bootstrap, roles }: ClusterSnapshot): boolean {
  if (versionNum < 160000 || row.grantor !== bootstrap || !row.admin || row.inherit || row.set) return false;
  const member = roles.get(row.member);
  return (member?.createRole ?? false) && !member?.superuser;
}
