import type { Acl } from "../model/acl.js";
import { type PrivilegeSet, privilegeSet } from "../model/privileges.js";
import type { ClusterSnapshot, MembershipRow } from "../model/snapshot.js";
import type { Roles } from "../privileges/acl-revokes.js";
import { granteeKey } from "../privileges/grantee.js";
import { closure, type Powers } from "../privileges/powers.js";

/** Where something is granted and revoked: by the schemas in which its name is looked up. */
export interface ActingPlace {
  readonly database: string;
  readonly schemas: readonly string[];
  readonly owner: string;
}

/** How an acting role comes by USAGE on a schema: it has it, somebody gives it for the moment (null: the admin itself), or nobody can. */
export type Usage = { readonly type: "held" } | { readonly type: "lent"; readonly by: string | null } | { readonly type: "none" };

/** Whom statements run as, and what that role needs. */
export interface Acting {
  /** Who has whose privileges, whatever a plan takes first. */
  readonly inherits: (database: string) => Roles["inherits"];
  /** Who may revoke and grant at a place. */
  readonly rolesAt: (place: ActingPlace) => Roles;
  /** What a revoke on behalf of that role would take from another grantor's rows. */
  readonly hidden: (place: Pick<ActingPlace, "database" | "owner">, role: string, acl: Acl) => PrivilegeSet;
  /** @param acl the schema's, where it is another than the live one */
  readonly usage: (database: string, schema: string, actor: string, acl?: Acl) => Usage;
  /** What goes into an operation's `as`: null when the admin acts by itself. A superuser grants as the owner without SET ROLE. */
  readonly actAs: (database: string, role: string, owner: string) => string | null;
}

/** @param stays a membership that no plan takes first */
export function createActing(snapshot: ClusterSnapshot, powers: Powers, stays: (row: MembershipRow) => boolean): Acting {
  const inherited = inheritance({ ...snapshot, memberships: snapshot.memberships.filter(stays) });
  const inherits =
    (database: string): Roles["inherits"] =>
    (role, other) =>
      role === other || inherited(role, actorFor(snapshot, database, other));
  const actAs = (database: string, role: string, owner: string): string | null => {
    const actor = actorFor(snapshot, database, role);
    if (actor === powers.admin) return null;
    return powers.superuser && role === owner ? null : actor;
  };
  const usage = memoUsage(snapshot, powers, inherits);
  const mayIn =
    ({ database, schemas, owner }: ActingPlace) =>
    (role: string): boolean => {
      const actor = actAs(database, role, owner) ?? powers.admin;
      return powers.reach(actor) !== null && schemas.every((schema) => usage(database, schema, actor).type !== "none");
    };
  const hidden = hiddenFrom(snapshot, powers);
  return {
    inherits,
    actAs,
    usage,
    hidden,
    rolesAt: (place) => ({ may: mayIn(place), inherits: inherits(place.database), hidden: (role, acl) => hidden(place, role, acl) }),
  };
}

const USAGE = privilegeSet(["usage"]);
/** They pass every schema (PostgreSQL manual, "Predefined Roles"). */
const PASSES_ALL = ["pg_read_all_data", "pg_write_all_data"];

/** Names in a schema are looked up as the acting role, even by its owner (namespace.c, LookupExplicitNamespace). */
function memoUsage(snapshot: ClusterSnapshot, powers: Powers, inherits: Acting["inherits"]): Acting["usage"] {
  const known = new Map<string, Usage>();
  const holds = (database: string, actor: string, acl: Acl): boolean =>
    acl.some((row) => row.privileges & USAGE && (row.grantee === "PUBLIC" || inherits(database)(actor, granteeKey(row.grantee)))) ||
    PASSES_ALL.some((role) => snapshot.roles.has(role) && inherits(database)(actor, role));
  const find = (database: string, schema: string, actor: string, acl: Acl | undefined): Usage => {
    const of = snapshot.inspected.get(database)?.schemas.get(schema);
    // A superuser passes, and nothing is known of a schema that was not read.
    if (!of || snapshot.roles.get(actor)?.superuser || holds(database, actor, acl ?? of.acl)) return HELD;
    const givers = [of.owner, ...of.acl.flatMap((row) => (row.grantable & USAGE ? [granteeKey(row.grantee)] : []))];
    if (powers.superuser) return { type: "lent", by: null };
    const giver = givers.map((role) => actorFor(snapshot, database, role)).find((role) => powers.reach(role) !== null);
    return giver === undefined ? NONE : { type: "lent", by: giver === powers.admin ? null : giver };
  };
  return (database, schema, actor, acl) => {
    if (acl) return find(database, schema, actor, acl);
    const key = JSON.stringify([database, schema, actor]);
    const found = known.get(key) ?? find(database, schema, actor, acl);
    known.set(key, found);
    return found;
  };
}
const HELD: Usage = { type: "held" };
const NONE: Usage = { type: "none" };

/**
 * For the database's owner, who acts for pg_database_owner, a statement counts as of the first of its roles that holds the grant option: itself,
 * what it inherits from, and pg_database_owner behind them (select_best_grantor in acl.c).
 */
function hiddenFrom(snapshot: ClusterSnapshot, powers: Powers): Acting["hidden"] {
  const has = inheritance(snapshot);
  return ({ database, owner }, role, acl) => {
    const actor = actorFor(snapshot, database, role);
    if (actor === role) return 0;
    const { superuser } = snapshot.roles.get(actor) ?? { superuser: false };
    // Theirs always count as the owner's.
    if (role === owner && (powers.superuser || superuser)) return 0;
    if (has(actor, owner)) return -1;
    return acl.reduce((set, { grantee, grantable }) => (has(actor, granteeKey(grantee)) ? set | grantable : set), 0);
  };
}

/** has_privs_of_role(): a superuser has everybody's. Each role is followed once. */
function inheritance(snapshot: ClusterSnapshot): (role: string, other: string) => boolean {
  const known = new Map<string, ReadonlySet<string>>();
  const passes = ({ member, inherit }: MembershipRow): boolean => inherit && (snapshot.roles.get(member)?.inherit ?? true);
  return (role, other) => {
    if (snapshot.roles.get(role)?.superuser) return true;
    const reached = known.get(role) ?? closure(snapshot, role, snapshot.versionNum >= 160000 ? (row) => row.inherit : passes);
    known.set(role, reached);
    return reached.has(other);
  };
}

/** The role that can act for an object's owner: pg_database_owner stands for the owner of the database. */
const actorFor = ({ databases }: ClusterSnapshot, database: string, role: string): string =>
  role === "pg_database_owner" ? (databases.get(database)?.owner ?? role) : role;
