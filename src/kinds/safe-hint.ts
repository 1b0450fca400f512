import type { ClusterFacts } from "../facts/facts.js";
import type { Cell } from "../model/cell.js";
import type { ObjectRef, Things } from "../model/thing.js";
import { objectSql } from "../privileges/object-sql.js";
import { quoteIdent } from "../privileges/sql.js";

const hold = ({ powers }: ClusterFacts, role: string, option: boolean): string =>
  `Let a superuser, or whoever has ADMIN OPTION on it, run once: GRANT ${quoteIdent(role)} TO ${quoteIdent(powers.admin)}${option ? " WITH ADMIN OPTION" : ""};`;

/** The admin lacks ADMIN OPTION on a role; `statements` do the one thing instead. */
export const administerHint = (of: ClusterFacts, role: string, statements: readonly string[]): string =>
  of.mayHold(role) ? hold(of, role, true) : `Let a superuser run once: ${statements.join("; ")};`;

/** The admin cannot be the owner of an object. */
export function ownerHint(of: ClusterFacts, cell: Cell, on: ObjectRef, statements: readonly string[], things: Things): string {
  const { acting, declared, powers } = of;
  const creators = declared.databases.get(cell.database)?.creators ?? [];
  const heir = creators.find(({ role }) => role !== cell.owner && powers.reach(role) !== null)?.role ?? powers.admin;
  const handOver = `ALTER ${things[on.type].word} ${objectSql(on)} OWNER TO ${quoteIdent(heir)};`;
  const owner = acting.actAs(cell.database, cell.owner, cell.owner) ?? powers.admin;
  return of.mayHold(owner)
    ? `${hold(of, owner, false)} or let the owner hand it over: ${handOver}`
    : `Let the owner or a superuser run once: ${statements.join("; ")}; or hand it over: ${handOver}`;
}

/** The admin cannot be a creator of later objects. */
export const creatorHint = (of: ClusterFacts, creator: string, statements: readonly string[]): string =>
  of.mayHold(creator) ? hold(of, creator, false) : `Let a superuser run once: ${statements.join("; ")};`;
