import { documentOf, policyStatement, trustStatement } from "./documents.js";
import {
  ACCOUNTS,
  CLUSTERS,
  DATABASES,
  IAM_ROLES,
  IAM_USERS,
  LATER,
  OWNERS,
  PRIVILEGES,
  pick,
  RESOURCE_IDS,
  ROLES,
  SCHEMAS,
  SYSTEM_IDS,
  TABLES,
  WILD,
} from "./domain.js";
import {
  type Account,
  type Cluster,
  type Database,
  type Draft,
  draftOf,
  OWNER,
  PUBLIC,
  type Role,
  type Tag,
  type Thing,
  type World,
} from "./model.js";
import { BOOTSTRAP } from "./session.js";
import type { Five, Shape, Sketch } from "./sketch.js";
import { soundAcl, soundMemberships } from "./sound-acl.js";

/** What the servers and accounts of a sketch hold before anything was applied. */
export function worldOf(sketch: Sketch): World {
  const clusters = clusterNames(sketch.shape).map((name, i) => clusterOf(sketch, name, i));
  return { clusters, accounts: ACCOUNTS.map((account, i) => accountOf(sketch, account, i)) };
}

/** One server in half of the worlds. */
export const clusterNames = ({ clusters }: Shape): readonly string[] => CLUSTERS.slice(0, clusters < 5 ? 1 : 2);
/** The first is RDS's in most worlds, the second where the first is and it is no copy. */
export const isRds = ({ clusters }: Shape, index: number): boolean => (index === 0 ? clusters % 4 !== 0 && clusters !== 6 : clusters === 5);
const isCopy = ({ clusters }: Shape): boolean => clusters === 6 || clusters === 8;

export const adminOf = ({ rdsAdmin }: Shape): string => (rdsAdmin ? "access_admin" : BOOTSTRAP);

function clusterOf(sketch: Sketch, name: string, index: number): Cluster {
  const { shape } = sketch;
  const rds = isRds(shape, index);
  const resourceId = pick(RESOURCE_IDS, index);
  const roles = [...ROLES.flatMap((role, i) => roleOf(role, pick(sketch.roles, i + index), name)), ...serverRoles(rds)];
  const databases = DATABASES.slice(0, shape.twoDatabases ? 2 : 1).map((database) => databaseOf(shape, database, roles));
  const cluster = draftOf<Cluster>({
    name,
    systemId: pick(SYSTEM_IDS, isCopy(shape) ? 0 : index),
    major: shape.major,
    rds: rds ? { id: `${name}-aurora`, resourceId } : null,
    admin: adminOf(shape),
    roles,
    memberships: adminMemberships(shape, roles),
    databases,
  });
  for (const row of sketch.rows) if (row[4] % 2 === index % 2 || row[4] % 3 === 0) addRow(cluster, row);
  for (const row of sketch.later) addLater(cluster, row);
  cluster.memberships.push(...sketch.memberships.map((row) => membershipOf(row)));
  soundMemberships(cluster);
  return cluster;
}

/** A role is there or not, may log in or not, and is ours, taken over, somebody else's or nobody's. */
function roleOf(name: string, bits: number, cluster: string): Role[] {
  const isOwner = OWNERS.some((o) => o === name);
  if (!isOwner && bits % 5 === 0) return [];
  const comments = [
    null,
    null,
    `[pgaccord:${OWNER}/${cluster}]`,
    `text [pgaccord:${OWNER}/${cluster}]`,
    `[pgaccord:${OWNER}/${cluster} adopted]`,
  ];
  const comment = bits % 41 === 40 ? "[pgaccord:other/owner/x]" : pick(comments, bits >> 3);
  return [{ name, login: (bits & 4) !== 0, superuser: bits % 97 === 96, createRole: bits % 31 === 30, comment: isOwner ? null : comment }];
}

const plainRole = (name: string): Role => ({ name, login: false, superuser: false, createRole: false, comment: null });

const serverRoles = (rds: boolean): Role[] => [
  { ...plainRole(BOOTSTRAP), login: true, superuser: true },
  { ...plainRole("access_admin"), login: true, createRole: true },
  plainRole("pg_monitor"),
  ...(rds ? [plainRole("rds_iam"), plainRole("rds_superuser")] : []),
];

/** RDS's way: the admin is no superuser, and was made a member of everything that it shall manage. */
function adminMemberships({ rdsAdmin }: Shape, roles: readonly Role[]): Cluster["memberships"] {
  if (!rdsAdmin) return [];
  const own = roles.filter((r) => r.name !== BOOTSTRAP && r.name !== "access_admin" && !r.superuser);
  return own.map(({ name }) => ({ role: name, member: "access_admin", grantor: BOOTSTRAP, admin: true, inherit: true, set: true }));
}

function databaseOf(shape: Shape, name: string, roles: readonly Role[]): Database {
  const open = name === "d1";
  const bit = (i: number): boolean => ((shape.things >> i) & 1) === 1;
  const owner = (i: number): string => (bit(i) && roles.some((r) => r.name === "etl") ? "etl" : "app");
  const base = { schema: "", of: "", owner: "app", acl: [] };
  const atom = (privilege: string) => ({ privilege, grantee: PUBLIC, grantor: "app", grantable: false });
  const things: Thing[] = [{ ...base, type: "database", name, acl: [atom("connect"), atom("temporary")] }];
  for (const [s, schema] of SCHEMAS.entries()) {
    things.push({ ...base, type: "schema", name: schema });
    const tables = TABLES.slice(0, 3).filter((_, i) => i === 0 || bit(s * 3 + i));
    things.push(...tables.map((table, i): Thing => ({ ...base, type: "table", schema, name: table, owner: owner(8 + i) })));
    if (open) things.push(...["a", "b"].map((c): Thing => ({ ...base, type: "column", schema, of: "t1", name: c, owner: owner(8) })));
    if (bit(12)) things.push({ ...base, type: "sequence", schema, name: "q1" });
    if (bit(13)) things.push({ ...base, type: "routine", schema, name: "f1", of: "integer, text", acl: [atom("execute")] });
  }
  return { name, things, later: [] };
}

const grantees = (cluster: Draft<Cluster>): string[] => [
  ...cluster.roles.map((r) => r.name).filter((n) => ROLES.some((r) => r === n)),
  PUBLIC,
];

function addRow(cluster: Draft<Cluster>, [thing, privilege, grantee, grantor, option]: Five): void {
  const database = pick(cluster.databases, thing);
  const on = pick(database.things, thing >> 1);
  const holders = [on.owner, on.owner, ...on.acl.filter((a) => a.grantable).map((a) => a.grantee)];
  const to = pick(grantees(cluster), grantee);
  const atom = {
    privilege: pick(PRIVILEGES[on.type], privilege),
    grantee: to,
    grantor: pick(holders, grantor),
    grantable: option % 4 === 1,
  };
  on.acl = soundAcl([...on.acl, atom], on.owner);
}

function addLater(cluster: Draft<Cluster>, [at, privilege, grantee, schema, option]: Five): void {
  const database = pick(cluster.databases, at);
  const objects = pick(LATER, at >> 1);
  const creator = pick(OWNERS, at >> 3);
  const to = pick(grantees(cluster), grantee);
  if (to === creator) return;
  const where = schema % 5 === 4 ? null : pick(SCHEMAS, schema);
  const row = database.later.find((l) => l.creator === creator && l.schema === where && l.objects === objects);
  const atom = { privilege: pick(PRIVILEGES[WILD[objects]], privilege), grantee: to, grantor: creator, grantable: option % 9 === 8 };
  if (row) row.acl = soundAcl([...row.acl, atom], creator);
  else database.later.push({ creator, schema: where, objects, acl: soundAcl([atom], creator) });
}

const membershipOf = ([role, member, grantor, options, admin]: Five): Cluster["memberships"][number] => ({
  role: pick([...ROLES, "pg_monitor"], role),
  member: pick(ROLES, member),
  grantor: pick([BOOTSTRAP, BOOTSTRAP, ...ROLES], grantor),
  admin: admin % 4 === 3,
  inherit: options % 4 !== 3,
  set: options % 5 !== 4,
});

const OURS: readonly Tag[] = [
  { key: "pgaccord:origin", value: "created" },
  { key: "pgaccord:owner", value: OWNER },
];

function accountOf(sketch: Sketch, { name, id }: { readonly name: string; readonly id: string }, index: number): Account {
  const account: Draft<Account> = { name, id, roles: [], users: [...IAM_USERS], policies: [], profiles: [], attachments: [] };
  for (const [at, a, b, c, d] of sketch.iam) if (at % 4 === 3 ? index === 1 : index === 0) addIam(account, at, [a, b, c, d]);
  return account;
}

/** An IAM role or a policy with one statement, ours or not; the same name again adds a statement. */
function addIam(account: Draft<Account>, at: number, choice: readonly [number, number, number, number]): void {
  const name = pick(IAM_ROLES, at >> 2);
  const tags = draftOf(at % 9 === 8 ? [] : OURS);
  if ((at & 1) === 0) {
    if (account.roles.some((r) => r.name === name)) return;
    account.roles.push({ name, trust: documentOf([trustStatement(choice)]), tags });
    return;
  }
  const policy = `${name}-access`;
  if (account.policies.some((p) => p.name === policy)) return;
  account.policies.push({ name: policy, versions: [{ id: "v1", document: documentOf([policyStatement(choice)]) }], current: "v1", tags });
  const to =
    at % 5 === 0 || !account.roles.some((r) => r.name === name)
      ? { to: "user" as const, name: pick(IAM_USERS, at) }
      : { to: "role" as const, name };
  account.attachments.push({ ...to, policy });
}
