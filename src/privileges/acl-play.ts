import type { Acl, AclEntry } from "../model/acl.js";
import type { Operations } from "../model/operation.js";
import type { PrivilegeSet } from "../model/privileges.js";
import type { Roles } from "./acl-revokes.js";
import { granteeKey } from "./grantee.js";

/** Where an ACL is played: whose rows need no grantor's option, and who has whose. */
export interface PlayedOn extends Pick<Roles, "inherits"> {
  readonly owner: string;
}

/**
 * An ACL after a REVOKE, as PostgreSQL makes it: only what the grantor gave goes, and what hangs on it with CASCADE. Without that PostgreSQL
 * refuses, and so nothing goes here. Other code than what chooses the statements: it is its judge.
 */
export const playRevoke = (acl: Acl, on: PlayedOn, args: Omit<Operations["revoke"], "on" | "cell">): Acl =>
  args.from.reduce((rest, grantee) => {
    const row = rest.find((r) => r.grantor === args.grantor && granteeKey(r.grantee) === granteeKey(grantee));
    const privileges = row ? (args.optionOnly ? row.grantable : row.privileges) & args.privileges : 0;
    if (!row || privileges === 0) return rest;
    const without = takeFrom(rest, row, privileges, args.optionOnly);
    const after = recursiveRevoke(without, granteeKey(grantee), privileges, on);
    return after !== without && !args.cascade ? rest : after;
  }, acl);

function takeFrom(acl: Acl, row: AclEntry, privileges: PrivilegeSet, optionOnly: boolean): Acl {
  const left = optionOnly ? row.privileges : row.privileges & ~privileges;
  return acl.flatMap((r) => (r !== row ? [r] : left === 0 ? [] : [{ ...r, privileges: left, grantable: r.grantable & ~privileges }]));
}

/** What somebody passed on and may pass on no longer (recursive_revoke in acl.c). */
function recursiveRevoke(acl: Acl, grantor: string, privileges: PrivilegeSet, on: PlayedOn): Acl {
  const lost = privileges & ~optionsOf(acl, grantor, on);
  const row = lost === 0 || grantor === on.owner ? undefined : acl.find((r) => r.grantor === grantor && r.privileges & lost);
  if (!row) return acl;
  const gone = row.privileges & lost;
  const after = recursiveRevoke(takeFrom(acl, row, gone, false), granteeKey(row.grantee), gone, on);
  return recursiveRevoke(after, grantor, privileges, on);
}

/** Grant options that a role holds: by itself, by a membership, or because it has the owner's privileges (aclmask in acl.c). */
const optionsOf = (acl: Acl, role: string, { owner, inherits }: PlayedOn): PrivilegeSet =>
  inherits(role, owner) ? -1 : acl.reduce((set, r) => (inherits(role, granteeKey(r.grantee)) ? set | r.grantable : set), 0);

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
