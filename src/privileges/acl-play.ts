import type { Acl, AclEntry } from "../model/acl.js";
import type { Operations } from "../model/operation.js";
import { cascade, granteeKey, takeFrom } from "./acl-delta.js";

/** An ACL after a REVOKE, as PostgreSQL makes it: only what the grantor gave goes, and with CASCADE what hangs on it. */
export const playRevoke = (acl: Acl, owner: string, args: Omit<Operations["revoke"], "on" | "cell">): Acl =>
  args.from.reduce((rest, grantee) => {
    const row = rest.find((r) => r.grantor === args.grantor && granteeKey(r.grantee) === granteeKey(grantee));
    const privileges = row ? (args.optionOnly ? row.grantable : row.privileges) & args.privileges : 0;
    return row && privileges !== 0 ? cascade(takeFrom(rest, row, privileges, args.optionOnly), owner) : rest;
  }, acl);

/** An ACL after a GRANT by its owner. */
export function playGrant(acl: Acl, owner: string, { to, privileges, grantable }: Omit<Operations["grant"], "on" | "cell">): Acl {
  const keys = new Set(to.map(granteeKey));
  const isGiven = (row: AclEntry): boolean => row.grantor === owner && keys.delete(granteeKey(row.grantee));
  const option = grantable ? privileges : 0;
  const had = acl.map((row) =>
    isGiven(row) ? { ...row, privileges: row.privileges | privileges, grantable: row.grantable | option } : row,
  );
  const come = to.filter((grantee) => keys.has(granteeKey(grantee)));
  return [...had, ...come.map((grantee) => ({ grantee, grantor: owner, privileges, grantable: option }))];
}
