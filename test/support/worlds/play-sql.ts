import { isLendingGuard } from "../../../src/privileges/run-as.js";
import { type Draft, PUBLIC, type Role, type Thing } from "./model.js";
import { type AclScene, bestGrantor, grantAtom, type How, Refused, takeAtom } from "./play-acl.js";
import { playGrantRole, playRevokeRole } from "./play-membership.js";
import { actsFor, adminFor, BOOTSTRAP, inherits, isSuperuser, reached, roleOf, type Session } from "./session.js";
import { type AclStatement, type Asked, type LaterStatement, type Named, parseStatement, type Statement } from "./statement.js";

/** Changes the cluster as PostgreSQL would. Throws Refused where it would say no, and for a WARNING. */
export function playSql(session: Session, sql: string): void {
  try {
    if (isLendingGuard(sql)) playLendingGuard(session, sql);
    else run(session, parseStatement(sql));
  } catch (error) {
    if (error instanceof Refused) throw new Refused(`${sql}\n${error.message}`);
    throw error;
  }
}

/** What its last two conditions name: a schema, and roles that must have no USAGE of their own there. */
function playLendingGuard(session: Session, sql: string): void {
  const [, schema, roles = ""] = /nspname = '([^']*)'.* IN \(([^)]*)\)$/.exec(sql) ?? [];
  const things = session.cluster.databases.find((d) => d.name === session.database)?.things ?? [];
  const found = things.find((t) => t.type === "schema" && t.name === schema);
  if (!found) throw new Refused(`schema ${schema} does not exist in ${session.database}`);
  const given = found.acl.some((a) => a.privilege.toLowerCase() === "usage" && roles.includes(`'${a.grantee}'`));
  if (given) throw new Refused("the schema's privileges changed since the plan");
}

type Players = { readonly [T in Statement["type"]]: (session: Session, statement: Extract<Statement, { type: T }>) => void };

const PLAYERS: Players = {
  "create-role": (session, { role }) => createRole(session, role),
  "drop-role": (session, { role }) => dropRole(session, role),
  login: (session, { role, login }) => {
    administered(session, role).login = login;
  },
  comment: (session, { role, comment }) => {
    administered(session, role).comment = comment;
  },
  "set-role": (session, { role }) => setRole(session, role),
  "grant-role": playGrantRole,
  "revoke-role": playRevokeRole,
  acl: (session, statement) => {
    for (const on of statement.on) playAcl(session, statement, on);
  },
  later: playLater,
};

function run<T extends Statement["type"]>(session: Session, statement: Extract<Statement, { type: T }>): void {
  const players: Pick<Players, T> = PLAYERS;
  players[statement.type as T](session, statement);
}

/** The role, if the actor may alter, comment on and drop it: from 16 on it needs ADMIN OPTION. */
function administered(session: Session, name: string): Draft<Role> {
  const role = roleOf(session, name);
  const { actor, cluster } = session;
  if (isSuperuser(session, actor)) return role;
  const may = roleOf(session, actor).createRole && !role.superuser && (cluster.major < 16 || adminFor(session, actor, name) !== null);
  if (!may) throw new Refused(`${actor} may not change role ${name}`);
  return role;
}

function createRole(session: Session, name: string): void {
  const { cluster, actor } = session;
  if (cluster.roles.some((r) => r.name === name)) throw new Refused(`role ${name} already exists`);
  const superuser = isSuperuser(session, actor);
  if (!superuser && !roleOf(session, actor).createRole) throw new Refused(`${actor} may not create roles`);
  cluster.roles.push({ name, login: false, superuser: false, createRole: false, comment: null });
  if (superuser || cluster.major < 16) return;
  cluster.memberships.push({ role: name, member: actor, grantor: BOOTSTRAP, admin: true, inherit: false, set: false });
}

function dropRole(session: Session, name: string): void {
  administered(session, name);
  const { cluster } = session;
  const things = cluster.databases.flatMap((d) => d.things);
  const later = cluster.databases.flatMap((d) => d.later);
  const left = cluster.memberships.filter((m) => m.role !== name && m.member !== name);
  const holds =
    things.some((t) => t.owner === name) ||
    later.some((l) => l.creator === name) ||
    [...things, ...later].some((t) => t.acl.some((a) => a.grantee === name || a.grantor === name)) ||
    (cluster.major >= 16 && left.some((m) => m.grantor === name));
  if (holds) throw new Refused(`role ${name} cannot be dropped because some objects depend on it`);
  cluster.memberships = left;
  cluster.roles = cluster.roles.filter((r) => r.name !== name);
}

function setRole(session: Session, role: string | null): void {
  const { cluster } = session;
  session.actor = cluster.admin;
  if (role === null) return;
  roleOf(session, role);
  const may = isSuperuser(session, cluster.admin) || reached(session, cluster.admin, (m) => m.set).includes(role);
  if (!may) throw new Refused(`${cluster.admin} may not set role ${role}`);
  session.actor = role;
}

function playAcl(session: Session, statement: AclStatement, named: Named): void {
  const thing = thingOf(session, named);
  if (statement.grantedBy !== null && statement.grantedBy !== session.actor) throw new Refused("grantor must be current user");
  const whole = statement.asked.filter((a) => a.columns.length === 0);
  if (whole.length > 0)
    move(
      session,
      statement,
      thing,
      whole.map((a) => a.privilege),
      thing.acl,
    );
  for (const { privilege, columns } of statement.asked)
    for (const column of columns) {
      const on = thingOf(session, { type: "column", schema: named.schema, of: named.name, name: column });
      move(session, statement, on, [privilege], [...on.acl, ...thing.acl]);
    }
  if (!statement.give && named.type === "table") takeFromColumns(session, statement, thing, whole);
}

const OF_COLUMNS = ["select", "insert", "update", "references"];

/** REVOKE on a table takes the columns' grants, too (aclchk.c, expand_all_col_privileges). */
function takeFromColumns(session: Session, statement: AclStatement, table: Draft<Thing>, whole: readonly Asked[]): void {
  const privileges = whole.map((a) => a.privilege).filter((p) => OF_COLUMNS.includes(p));
  const database = session.cluster.databases.find((d) => d.name === session.database);
  const columns = (database?.things ?? []).filter((t) => t.type === "column" && t.schema === table.schema && t.of === table.name);
  if (privileges.length > 0) for (const column of columns) move(session, statement, column, privileges, [...column.acl, ...table.acl]);
}

type Moving = Pick<AclStatement, "give" | "optionOnly" | "who" | "grantable" | "cascade">;

/** @param options the ACL that says who may grant: for a column that of its table counts, too */
function move(session: Session, statement: Moving, thing: Draft<Thing>, privileges: readonly string[], options: Thing["acl"]): void {
  const scene: AclScene = { owner: thing.owner, actsFor: (role, other) => actsFor(session, role, other) };
  const grantor = bestGrantor(options, session.actor, privileges, scene, reached(session, session.actor, inherits));
  thing.acl = [...moved(session, statement, thing.acl, privileges, grantor, scene)];
}

function moved(
  session: Session,
  statement: Moving,
  acl: Thing["acl"],
  privileges: readonly string[],
  grantor: string,
  scene: AclScene,
): Thing["acl"] {
  const how: How = statement;
  const pairs = statement.who.flatMap((grantee) => privileges.map((privilege) => ({ grantee, privilege, grantor })));
  for (const { grantee } of pairs) if (grantee !== PUBLIC) roleOf(session, grantee);
  // The owner's own privileges go without saying in these worlds.
  return pairs
    .filter(({ grantee }) => grantee !== scene.owner)
    .reduce(
      (left, atom) =>
        statement.give ? grantAtom(left, { ...atom, grantable: statement.grantable }, scene) : takeAtom(left, atom, scene, how),
      acl,
    );
}

function thingOf(session: Session, { type, schema, name, of }: Named): Draft<Thing> {
  const databases = session.cluster.databases.filter((d) => type === "database" || d.name === session.database);
  const thing = databases.flatMap((d) => d.things).find((t) => t.type === type && t.schema === schema && t.name === name && t.of === of);
  if (!thing) throw new Refused(`${type} ${schema}.${name}(${of}) does not exist in ${session.database}`);
  if (type !== "schema" && type !== "database") passSchema(session, schema);
  return thing;
}

/** Names are looked up as whoever acts, the thing's owner included. A schema's owner has USAGE in these worlds. */
function passSchema(session: Session, name: string): void {
  const { cluster, database, actor } = session;
  const schema = cluster.databases.find((d) => d.name === database)?.things.find((t) => t.type === "schema" && t.name === name);
  const holds = (who: string): boolean => who === PUBLIC || actsFor(session, actor, who);
  if (!schema || isSuperuser(session, actor) || actsFor(session, actor, schema.owner)) return;
  if (!schema.acl.some((a) => a.privilege === "usage" && holds(a.grantee))) throw new Refused(`permission denied for schema ${name}`);
}

function playLater(session: Session, statement: LaterStatement): void {
  const { creator, schema, objects } = statement;
  const database = session.cluster.databases.find((d) => d.name === session.database);
  roleOf(session, creator);
  if (!actsFor(session, session.actor, creator)) throw new Refused(`${session.actor} may not change default privileges of ${creator}`);
  if (!database || (schema !== null && !database.things.some((t) => t.type === "schema" && t.name === schema)))
    throw new Refused(`schema ${schema} does not exist`);
  const row = database.later.find((l) => l.creator === creator && l.schema === schema && l.objects === objects);
  const scene: AclScene = { owner: creator, actsFor: (role, other) => actsFor(session, role, other) };
  const privileges = statement.asked.map((a) => a.privilege);
  const acl = [...moved(session, statement, row?.acl ?? [], privileges, creator, scene)];
  const others = database.later.filter((l) => l !== row);
  database.later = acl.length > 0 ? [...others, { creator, schema, objects, acl }] : others;
}
