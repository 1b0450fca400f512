import type { ClusterFacts } from "../facts/facts.js";
import type { Cell } from "../model/cell.js";
import type { ObjectRef, Things } from "../model/thing.js";
import { objectSql } from "../privileges/object-sql.js";
import { closure } from "../privileges/powers.js";
import { quoteIdent } from "../privileges/sql.js";
import { isSystemRole, RDS_IAM } from "../privileges/system-roles.js";

/**
 * Whether somebody may be told to make the admin a member of it: never of a role of PostgreSQL or RDS, nor of what makes it a superuser, ends
 * its login by password (rds_iam, by whatever path), or is a member of the admin already.
 */
export function mayHold({ snapshot, powers, declared }: ClusterFacts, role: string): boolean {
  const reached = closure(snapshot, role, () => true);
  if (isSystemRole(role) || reached.has(powers.admin)) return false;
  if (declared.admin.auth.type !== "iam" && reached.has(RDS_IAM)) return false;
  return [...reached].every((name) => !snapshot.roles.get(name)?.superuser);
}

const hold = ({ powers }: ClusterFacts, role: string, option: boolean): string =>
  `Let a superuser, or whoever has ADMIN OPTION on it, run once: GRANT ${quoteIdent(role)} TO ${quoteIdent(powers.admin)}${option ? " WITH ADMIN OPTION" : ""};`;

/** The admin lacks ADMIN OPTION on a role; `statements` do the one thing instead. */
export const administerHint = (of: ClusterFacts, role: string, statements: readonly string[]): string =>
  mayHold(of, role) ? hold(of, role, true) : `Let a superuser run once: ${statements.join("; ")};`;

/** The admin cannot be the owner of an object. */
export function ownerHint(of: ClusterFacts, cell: Cell, on: ObjectRef, statements: readonly string[], things: Things): string {
  const { acting, declared, powers } = of;
  const creators = declared.databases.get(cell.database)?.creators ?? [];
  const heir = creators.find(({ role }) => role !== cell.owner && powers.reach(role) !== null)?.role ?? powers.admin;
  const handOver = `ALTER ${things[on.type].word} ${objectSql(on)} OWNER TO ${quoteIdent(heir)};`;
  const owner = acting.actAs(cell.database, cell.owner, cell.owner) ?? powers.admin;
  return mayHold(of, owner)
    ? `${hold(of, owner, false)} or let the owner hand it over: ${handOver}`
    : `Let the owner or a superuser run once: ${statements.join("; ")}; or hand it over: ${handOver}`;
}

/** The admin cannot be a creator of later objects. */
export const creatorHint = (of: ClusterFacts, creator: string, statements: readonly string[]): string =>
  mayHold(of, creator) ? hold(of, creator, false) : `Let a superuser run once: ${statements.join("; ")};`;
