import { documentOf, policyStatement, type Statement, statementsOf, trustStatement } from "./documents.js";
import { IAM_ROLES, IAM_USERS, LATER, OWNERS, PRIVILEGES, pick, RESOURCE_IDS, ROLES, SCHEMAS, SYSTEM_IDS, TABLES, WILD } from "./domain.js";
import { type Account, type Atom, type Cluster, type Database, type Draft, draftOf, OWNER, PUBLIC, type World } from "./model.js";
import { BOOTSTRAP } from "./session.js";
import type { Edit } from "./sketch.js";
import { soundAcl, soundMemberships } from "./sound-acl.js";

/** What somebody does by hand, or a migration: one thing of one server or account. An edit that fits nothing changes nothing. */
export function editWorld(world: World, [kind, ...choice]: Edit): World {
  const draft = draftOf(world);
  pick(EDITS, kind)(draft, choice);
  for (const cluster of draft.clusters) {
    for (const { things, later } of cluster.databases) {
      for (const thing of things) thing.acl = soundAcl(thing.acl, thing.owner);
      for (const row of later) row.acl = soundAcl(row.acl, row.creator);
    }
    soundMemberships(cluster);
  }
  return draft;
}

type Choice = readonly [number, number, number];
type WorldEdit = (world: Draft<World>, choice: Choice) => void;

const inDatabase =
  (edit: (database: Draft<Database>, roles: readonly string[], choice: Choice) => void): WorldEdit =>
  (world, [a, b, c]) => {
    const cluster = pick(world.clusters, a);
    const roles = cluster.roles.map((r) => r.name).filter((name) => ROLES.some((r) => r === name));
    edit(pick(cluster.databases, a >> 1), roles, [a >> 2, b, c]);
  };

const inCluster =
  (edit: (cluster: Draft<Cluster>, choice: Choice) => void): WorldEdit =>
  (world, [a, b, c]) =>
    edit(pick(world.clusters, a), [a >> 1, b, c]);

const inAccount =
  (edit: (account: Draft<Account>, choice: Choice) => void): WorldEdit =>
  (world, [a, b, c]) =>
    edit(pick(world.accounts, a % 5 === 4 ? 1 : 0), [a >> 2, b, c]);

const addAtom = inDatabase(({ things }, roles, [at, who, what]) => {
  const on = pick(things, at);
  const holders = [on.owner, on.owner, ...on.acl.filter((a) => a.grantable).map((a) => a.grantee)];
  const grantee = pick([...roles, ...roles, PUBLIC], who);
  on.acl.push({ privilege: pick(PRIVILEGES[on.type], what), grantee, grantor: pick(holders, what >> 3), grantable: what % 5 === 4 });
});

/** Changes one row of those that are there. */
const editAtom = (edit: (atom: Atom, number: number) => Atom | null): WorldEdit =>
  inDatabase(({ things }, _, [at, which, number]) => {
    const held = things.filter((t) => t.acl.length > 0);
    if (held.length === 0) return;
    const on = pick(held, at);
    const atom = pick(on.acl, which);
    on.acl = on.acl.flatMap((a) => (a === atom ? (edit(a, number) ?? []) : a));
  });

const addTable = inDatabase((database, _, [at, which, column]) => {
  const schema = pick(SCHEMAS, at);
  const missing = TABLES.filter((t) => !database.things.some((o) => o.type === "table" && o.schema === schema && o.name === t));
  const name = missing[which % Math.max(1, missing.length)];
  if (name === undefined) return;
  // Its creator's default privileges open it at once.
  const owner = pick(OWNERS, column);
  const acl = database.later
    .filter((l) => l.creator === owner && l.objects === "tables" && (l.schema === null || l.schema === schema))
    .flatMap((l) => l.acl);
  database.things.push({ type: "table", schema, name, of: "", owner, acl: draftOf(acl) });
});

const dropTable = inDatabase((database, _, [at, which]) => {
  const tables = database.things.filter((t) => t.type === "table" && t.name !== "t1" && t.schema === pick(SCHEMAS, at));
  const gone = tables[which % Math.max(1, tables.length)];
  database.things = database.things.filter((t) => t !== gone);
});

const editLater = inDatabase(({ later }, roles, [at, who, what]) => {
  const objects = pick(LATER, at >> 2);
  const creator = pick(OWNERS, at);
  const schema = pick(SCHEMAS, at >> 1);
  const atom = { privilege: pick(PRIVILEGES[WILD[objects]], what), grantee: pick(roles, who), grantor: creator, grantable: false };
  const row = later.find((l) => l.creator === creator && l.schema === schema && l.objects === objects);
  if (row) row.acl.push(atom);
  else later.push({ creator, schema, objects, acl: [atom] });
});

const addMembership = inCluster(({ memberships }, [a, b, c]) => {
  const options = { admin: c % 4 === 3, inherit: c % 3 !== 2, set: c % 7 !== 6 };
  memberships.push({ role: pick([...ROLES, "pg_monitor"], a), member: pick(ROLES, b), grantor: BOOTSTRAP, ...options });
});

const dropMembership = inCluster((cluster, [a]) => {
  const own = cluster.memberships.filter((m) => m.member !== cluster.admin);
  const gone = own[a % Math.max(1, own.length)];
  cluster.memberships = cluster.memberships.filter((m) => m !== gone);
});

const toggleOption = inCluster(({ memberships, admin }, [a, b]) => {
  const row = memberships.filter((m) => m.member !== admin)[a % Math.max(1, memberships.length)];
  const option = pick(["admin", "inherit", "set"] as const, b);
  if (row) row[option] = !row[option];
});

const editRole = inCluster(({ roles, name }, [a, b, c]) => {
  const wanted = pick(ROLES, a);
  const role = roles.find((r) => r.name === wanted);
  const comment = pick([null, `[pgaccord:${OWNER}/${name}]`, `[pgaccord:${OWNER}/${name} adopted]`], c);
  if (!role) roles.push({ name: wanted, login: b % 2 === 0, superuser: false, createRole: false, comment });
  else if (b % 3 === 0) role.comment = comment;
  else role.login = !role.login;
});

/** A server of the same name that is another. */
const changeIdentity = inCluster((cluster, [a]) => {
  if (cluster.rds) cluster.rds.resourceId = pick(RESOURCE_IDS, a);
  else cluster.systemId = pick(SYSTEM_IDS, a);
});

const statementsEdited = (
  statements: readonly Statement[],
  [which, how, b, c]: readonly [number, ...Choice],
  more: Statement,
): Statement[] => {
  const one = pick([...statements, more], which);
  const condition = pick([{ StringEquals: { "sts:ExternalId": "x" } }, { Bool: { "aws:MultiFactorAuthPresent": "true" } }], b);
  const rest = statements.filter((s) => s !== one);
  if (how % 4 === 0) return rest.length > 0 ? rest : [more];
  if (how % 4 === 1) return [...rest, { ...one, Condition: condition }];
  if (how % 4 === 2) return [...statements, { ...more, Effect: c % 2 === 0 ? "Deny" : "Allow" }];
  const { Condition: _, ...bare } = one;
  return [...rest, bare];
};

const editTrust = inAccount(({ roles }, [a, b, c]) => {
  const role = roles[a % Math.max(1, roles.length)];
  if (role) role.trust = documentOf(statementsEdited(statementsOf(role.trust), [b >> 2, b, c, a], trustStatement([a, b, c, a >> 2])));
});

const editPolicy = inAccount(({ policies }, [a, b, c]) => {
  const policy = policies[a % Math.max(1, policies.length)];
  const version = policy?.versions.find((v) => v.id === policy.current);
  if (version)
    version.document = documentOf(statementsEdited(statementsOf(version.document), [b >> 2, b, c, a], policyStatement([a, b, c, a >> 2])));
});

const editAttachment = inAccount((account, [a, b, c]) => {
  const policy = account.policies[a % Math.max(1, account.policies.length)]?.name;
  const to = c % 3 === 0 ? "user" : "role";
  const names = to === "user" ? IAM_USERS : account.roles.map((r) => r.name);
  const name = names[b % Math.max(1, names.length)];
  if (policy === undefined || name === undefined) return;
  const others = account.attachments.filter((at) => at.to !== to || at.name !== name || at.policy !== policy);
  account.attachments = others.length < account.attachments.length ? others : [...others, { to, name, policy }];
});

const editProfile = inAccount(({ profiles, roles }, [a, b]) => {
  const profile = profiles[a % Math.max(1, profiles.length)];
  if (profile) profile.role = pick([null, ...roles.map((r) => r.name)], b);
});

const addIamRole = inAccount(({ roles }, [a, b, c]) => {
  const name = pick(IAM_ROLES, a);
  if (!roles.some((r) => r.name === name)) roles.push({ name, trust: documentOf([trustStatement([a, b, c, b >> 2])]), tags: [] });
});

const changedPrivilege = (atom: Atom, number: number): Atom => ({ ...atom, privilege: pick(["select", "insert", "update"], number) });

/** Named, so that a test can choose what happens. */
export const WORLD_EDITS = {
  addAtom,
  dropAtom: editAtom(() => null),
  toggleGrantable: editAtom((atom) => ({ ...atom, grantable: !atom.grantable })),
  changePrivilege: editAtom(changedPrivilege),
  addTable,
  dropTable,
  editLater,
  addMembership,
  dropMembership,
  toggleOption,
  editRole,
  changeIdentity,
  editTrust,
  editPolicy,
  editAttachment,
  editProfile,
  addIamRole,
} as const;

const EDITS: readonly WorldEdit[] = Object.values(WORLD_EDITS);
