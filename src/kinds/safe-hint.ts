import type { ClusterFacts } from "../facts/facts.js";
import type { Cell } from "../model/cell.js";
import type { Need } from "../model/need.js";
import type { Problem } from "../model/problem.js";
import type { ObjectRef, Things } from "../model/thing.js";
import { objectSql } from "../privileges/object-sql.js";
import { quoteIdent } from "../privileges/sql.js";
import { isPredefinedRole, RDS_IAM, reachesServer } from "../privileges/system-roles.js";

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

/** What somebody with more power gives the admin once; none where nobody should. */
type Needed = Required<Pick<Problem, "needs" | "cluster">>;
const needed = ({ name }: ClusterFacts, needs: readonly Need[]): Needed => ({ cluster: name, needs });

/** A role of PostgreSQL or RDS that a file may give: ADMIN on it is all that the admin gets of it. rds_iam ends a login by password. */
const mayGive = (of: ClusterFacts, role: string): boolean =>
  (isPredefinedRole(role) && !reachesServer(role)) || (role === RDS_IAM && of.declared.admin.auth.type === "iam") || of.mayHold(role);

/** To alter a role, mark it and give it. */
export const toAdminister = (of: ClusterFacts, role: string): Needed =>
  needed(of, mayGive(of, role) && !of.snapshot.roles.get(role)?.superuser ? [{ type: "administer", cluster: of.name, role }] : []);

/** To grant as somebody. */
export const toActAs = (of: ClusterFacts, role: string): Needed =>
  needed(of, of.mayHold(role) ? [{ type: "act-as", cluster: of.name, role }] : []);

/** To take what somebody gave; else they, or a superuser, take it once. */
export const toTake = (of: ClusterFacts, grantor: string, database: string, statements: readonly string[]): Needed =>
  of.mayHold(grantor) ? toActAs(of, grantor) : needed(of, [{ type: "run", cluster: of.name, database, as: grantor, statements }]);

/** What only a superuser's REVOKE, or the grantor's own, gets right. */
export const toRun = (of: ClusterFacts, database: string, statements: readonly string[]): Needed =>
  needed(of, [{ type: "run", cluster: of.name, database, as: of.snapshot.bootstrap, statements }]);

/** Whoever acts in schemas passes them; a managed role must not, so the admin acts as the schema's owner and lends it. */
export function toPass(of: ClusterFacts, database: string, schemas: readonly string[], role: string): Needed {
  if (!of.managed.has(role))
    return needed(
      of,
      schemas.map((schema): Need => ({ type: "usage", cluster: of.name, database, schema, role })),
    );
  const owners = schemas.map((schema) => of.snapshot.inspected.get(database)?.schemas.get(schema)?.owner ?? role);
  return needed(
    of,
    [...new Set(owners)].flatMap((owner) => toActAs(of, of.acting.actAs(database, owner, owner) ?? of.powers.admin).needs),
  );
}
