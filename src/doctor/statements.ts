import type { DeclaredCluster } from "../model/declared.js";
import type { ClusterNeed, NeedOf } from "../model/need.js";
import type { ClusterSnapshot } from "../model/snapshot.js";
import { type Powers, powersOf } from "../privileges/powers.js";
import { resetRole, selfGrant, setRole, undoSelfGrant } from "../privileges/run-as.js";
import { quoteIdent, quoteLiteral } from "../privileges/sql.js";
import { membershipOf, type Options } from "./simulate.js";

/** Who runs a statement; `who`: roles that may, besides a superuser. */
export type By = { readonly type: "master" } | { readonly type: "others"; readonly who: readonly string[] };

/** What takes away one need, or several of one membership. Run again, it changes nothing. */
export interface Statement {
  readonly needs: readonly ClusterNeed[];
  readonly by: By;
  /** null: in any database. */
  readonly database: string | null;
  /** Without the semicolon. */
  readonly sql: readonly string[];
}

interface Context {
  readonly cluster: DeclaredCluster;
  /** null: nobody was let in to read it. */
  readonly snapshot: ClusterSnapshot | null;
  /** What RDS's master user may; null: a superuser does it. */
  readonly hands: Powers | null;
}

/** @param snapshot as it was read: before any of the statements */
export function statementsOf(cluster: DeclaredCluster, snapshot: ClusterSnapshot | null, needs: readonly ClusterNeed[]): Statement[] {
  const master = snapshot?.rds?.masterUser ?? null;
  const context: Context = { cluster, snapshot, hands: snapshot && master !== null ? powersOf(snapshot, master, new Set()) : null };
  const groups = new Map<string, ClusterNeed[]>();
  for (const need of needs) {
    const membership = membershipOf(need, cluster.admin.user);
    const key = JSON.stringify(membership ? [membership.role, membership.member] : need);
    groups.set(key, [...(groups.get(key) ?? []), need]);
  }
  const found = [...groups.values()].flatMap((group) => statementOf(group, context));
  return [...found.filter((one) => one.database === null), ...found.filter((one) => one.database !== null)];
}

function statementOf(needs: readonly ClusterNeed[], context: Context): Statement[] {
  const [need] = needs;
  if (!need) return [];
  if (need.type === "create-login") return [{ ...asCreator(context), needs, sql: [createLogin(need)] }];
  if (need.type === "alter-login")
    return [{ ...asAdministrator(context, need.role), needs, sql: [`ALTER ROLE ${quoteIdent(need.role)} LOGIN`] }];
  if (need.type === "create-roles")
    return [{ ...asAdministrator(context, need.role), needs, sql: [`ALTER ROLE ${quoteIdent(need.role)} CREATEROLE`] }];
  if (need.type === "connect") return [connectStatement(need, context)];
  if (need.type === "usage") return [usageStatement(need, context)];
  if (need.type === "run") return [{ ...asOwner(context, need.as, need.statements), database: need.database, needs }];
  return [grantStatement(needs, context)];
}

const MASTER: By = { type: "master" };
const anywhere = (by: By): Pick<Statement, "by" | "database"> => ({ by, database: null });

const asCreator = ({ hands }: Context): Pick<Statement, "by" | "database"> =>
  anywhere(hands === null || hands.createsRoles ? MASTER : { type: "others", who: [] });

/** Whoever has ADMIN OPTION on a role may give it, and alter it. */
function asAdministrator({ hands, snapshot }: Context, role: string): Pick<Statement, "by" | "database"> {
  if (hands === null || hands.administers(role)) return anywhere(MASTER);
  const who = snapshot?.memberships.filter((row) => row.role === role && row.admin).map((row) => row.member) ?? [];
  return anywhere({ type: "others", who: [...new Set(who)].sort() });
}

/** A GRANT by whoever may not give it is only a warning: it runs as the owner. */
function asOwner({ hands }: Context, owner: string, sql: readonly string[]): Pick<Statement, "by" | "sql"> {
  if (hands === null) return { by: MASTER, sql: sql.length > 0 && sql[0]?.startsWith("SET ROLE ") ? [...sql, "RESET ROLE"] : sql };
  const reach = hands.reach(owner);
  if (reach === null) return { by: { type: "others", who: [owner] }, sql };
  if (owner === hands.admin) return { by: MASTER, sql };
  return { by: MASTER, sql: [...selfGrant(hands, owner), setRole(owner), ...sql, resetRole, ...undoSelfGrant(hands, owner)] };
}

/** CREATE ROLE has no IF NOT EXISTS. */
const createLogin = ({ role, createRole }: NeedOf<"create-login">): string =>
  doWhere(
    `NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${quoteLiteral(role)})`,
    `CREATE ROLE ${quoteIdent(role)} LOGIN${createRole ? " CREATEROLE" : ""}`,
  );

const doWhere = (condition: string, statement: string): string =>
  `DO ${dollarQuoted(`BEGIN IF ${condition} THEN ${statement}; END IF; END`)}`;

/** The tag is one that the text does not hold. */
function dollarQuoted(text: string): string {
  for (let n = 0; ; n++) {
    const tag = `$do${n === 0 ? "" : n}$`;
    if (!text.includes(tag)) return `${tag} ${text} ${tag}`;
  }
}

function connectStatement(need: NeedOf<"connect">, context: Context): Statement {
  const { database, role } = need;
  const grant = `GRANT CONNECT ON DATABASE ${quoteIdent(database)} TO ${quoteIdent(role)}`;
  const head = context.snapshot?.databases.get(database);
  if (head) return { ...asOwner(context, head.owner, [grant]), database: null, needs: [need] };
  // Whose database it is was not read: a GRANT by anybody else would only warn.
  const lacks = `EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = ${quoteLiteral(database)} AND pg_catalog.pg_has_role(datdba, 'USAGE') AND NOT pg_catalog.has_database_privilege(${quoteLiteral(role)}, oid, 'CONNECT'))`;
  return { ...anywhere(MASTER), needs: [need], sql: [doWhere(lacks, grant)] };
}

function usageStatement(need: NeedOf<"usage">, context: Context): Statement {
  const { database, schema, role } = need;
  const owner = context.snapshot?.inspected.get(database)?.schemas.get(schema)?.owner ?? role;
  const actor = owner === "pg_database_owner" ? (context.snapshot?.databases.get(database)?.owner ?? owner) : owner;
  const grant = `GRANT USAGE ON SCHEMA ${quoteIdent(schema)} TO ${quoteIdent(role)}`;
  return { ...asOwner(context, actor, [grant]), database, needs: [need] };
}

/** A GRANT states all options, or those that it leaves out come by default; those that are there stay. */
function grantStatement(needs: readonly ClusterNeed[], context: Context): Statement {
  const { cluster, snapshot } = context;
  const memberships = needs.flatMap((need) => membershipOf(need, cluster.admin.user) ?? []);
  const [{ role, member } = { role: "", member: "" }] = memberships;
  const there = snapshot?.memberships.filter((row) => row.role === role && row.member === member) ?? [];
  const all: readonly Options[] = [...memberships.map(({ options }) => options), ...there];
  const options: Options = { admin: all.some((o) => o.admin), inherit: all.some((o) => o.inherit), set: all.some((o) => o.set) };
  const words = optionWords(options, needs, (snapshot?.versionNum ?? 0) >= 160000);
  return { ...asAdministrator(context, role), needs, sql: [`GRANT ${quoteIdent(role)} TO ${quoteIdent(member)}${words}`] };
}

/** Before 16 there is ADMIN OPTION alone. */
function optionWords(options: Options, needs: readonly ClusterNeed[], has: boolean): string {
  if (!has || needs.every((need) => need.type === "iam-login")) return options.admin ? " WITH ADMIN OPTION" : "";
  const word = (on: boolean): string => (on ? "TRUE" : "FALSE");
  return ` WITH ADMIN ${word(options.admin)}, INHERIT ${word(options.inherit)}, SET ${word(options.set)}`;
}
