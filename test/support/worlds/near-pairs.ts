import { grantOf } from "./build-file.js";
import { documentOf, policyStatement, type Statement, statementsOf, trustStatement } from "./documents.js";
import { CLUSTERS, DATABASES, GROUPS, PRIVILEGES, pick, RESOURCE_IDS, SERVICES, SYSTEM_IDS, TYPE_OF } from "./domain.js";
import { type AccessModel, draftOf, type FileConnect, type FileGrant, type FileIamRole, type FileMembership } from "./model.js";
import type { Told } from "./pairs.js";
import type { Planner, Scene } from "./planner.js";
import type { Edit } from "./sketch.js";

/** One thing is reviewed, and a thing that differs from it in one field is merged, or meets a state that differs so. */
export function nearPair(scene: Scene, by: Edit, planner: Planner): Told | null {
  const base = { file: scene.file, world: planner.appliedTo(scene) };
  return pick([nearRight, nearRight, besideWildcard, nearMember, nearDoor, nearTrust, otherDocument, otherDocument, otherServer], by[0])(
    base,
    by,
  );
}

const told = (kind: string, base: Scene, reviewed: AccessModel, now: Scene): Told => ({
  kind: `near ${kind}`,
  usual: false,
  pair: { base, reviewed: [reviewed], now, resumed: false },
});

type Give = readonly [role: string, grant: FileGrant];

const give = (file: AccessModel, ...gives: readonly Give[]): AccessModel => ({
  ...file,
  roles: file.roles.map((r) => ({ ...r, grants: [...r.grants, ...gives.filter(([name]) => name === r.name).map(([, grant]) => grant)] })),
});

const other = (list: readonly string[], value: string, index: number): string =>
  pick(
    list.filter((item) => item !== value),
    index,
  );

/** One field of one right. */
function nearRight({ file, world }: Scene, [how, a, b, c]: Edit): Told {
  const role = pick(GROUPS, a);
  const grant = grantOf([b, c, a >> 1, b >> 1, 1], file.clusters, world);
  const known = PRIVILEGES[TYPE_OF[grant.section]];
  const [first = ""] = grant.privileges;
  const changed: readonly Give[] = [
    [role, { ...grant, privileges: known.length > 1 ? [other(known, first, c)] : ["all"] }],
    [role, { ...grant, object: swapSchema(grant.object) }],
    [role, { ...grant, object: grant.object.endsWith(".*") ? grant.object.replace("*", "t1") : grant.object.replace(/\..*/, ".*") }],
    [other(GROUPS, role, 0), grant],
    [role, { ...grant, database: other(DATABASES, grant.database, 0) }],
    [role, { ...grant, cluster: other(CLUSTERS, grant.cluster, 0) }],
    [role, { ...grant, privileges: [...grant.privileges, ...(known.length > 1 ? [other(known, first, c)] : [])] }],
  ];
  const base = { file, world };
  return told("right", base, give(file, [role, grant]), { file: give(file, pick(changed, how >> 4)), world });
}

const swapSchema = (object: string): string => object.replace(/^s[12]/, (s) => (s === "s1" ? "s2" : "s1"));

/** A literal stands beside a wildcard of other privileges: the wildcard's fold must not take the literal's. */
function besideWildcard({ file, world }: Scene, [how, a, b, c]: Edit): Told {
  const role = pick(GROUPS, a);
  const cluster = pick(file.clusters, b);
  const database = pick(cluster.databases, b >> 1).name;
  const at = { cluster: cluster.name, database, section: "tables" } as const;
  const schema = pick(["s1", "s2"], c);
  const [one, two] = [pick(PRIVILEGES.table, a >> 1), pick(PRIVILEGES.table, a >> 3)];
  const wild = (privileges: readonly string[]): Give => [role, { ...at, object: `${schema}.*`, privileges }];
  const literal = (name: string, privileges: readonly string[]): Give => [role, { ...at, object: `${schema}.${name}`, privileges }];
  const reviewed = give(file, wild([one]), literal("t1", [two]));
  const now = pick(
    [
      give(file, wild([one]), wild([two])),
      give(file, wild([two]), literal("t1", [one])),
      give(file, wild([one]), literal("t2", [two])),
      give(file, literal("t1", [one, two]), literal("t2", [one])),
    ],
    how >> 4,
  );
  return told("wildcard beside a literal", { file, world }, reviewed, { file: now, world });
}

/** One option of one membership, or another role. */
function nearMember({ file, world }: Scene, [how, a, b]: Edit): Told | null {
  const member = file.roles.filter((r) => r.login !== "none")[a % Math.max(1, file.roles.length)] ?? pick(file.roles, a);
  const role = pick(GROUPS, b);
  if (member.name === role || member.memberOf.some((m) => m.role === role)) return null;
  const options = world.clusters.every((c) => c.major >= 16);
  const given: FileMembership = { role, admin: (b & 2) !== 0, inherit: !options || (b & 4) !== 0, set: true };
  const join = (name: string, membership: FileMembership): AccessModel => ({
    ...file,
    roles: file.roles.map((r) => (r.name === name ? { ...r, memberOf: [...r.memberOf, membership] } : r)),
  });
  const changed: readonly FileMembership[] = [
    { ...given, admin: !given.admin },
    { ...given, inherit: options ? !given.inherit : given.inherit },
    { ...given, set: !options || given.admin ? given.set : false },
    { ...given, role: "pg_monitor" },
  ];
  return told("membership", { file, world }, join(member.name, given), { file: join(member.name, pick(changed, how >> 4)), world });
}

const inIamRole = (file: AccessModel, id: string, change: (role: FileIamRole) => FileIamRole): AccessModel => ({
  ...file,
  iamRoles: file.iamRoles.map((r) => (r.id === id ? change(r) : r)),
});

/** Another user, another cluster or every cluster, or a server of the same name that is another. */
function nearDoor({ file, world }: Scene, [how, a, b, c]: Edit): Told | null {
  const users = file.roles.filter((r) => r.login === "iam");
  const roles = file.iamRoles.filter((r) => r.account === "db");
  const role = roles[a % Math.max(1, roles.length)];
  const user = users[b % Math.max(1, users.length)];
  if (!role || !user) return null;
  const open = (connect: FileConnect): AccessModel => inIamRole(file, role.id, (r) => ({ ...r, connect: [connect] }));
  const door: FileConnect = { user: user.name, clusters: user.clusters.slice(0, 1) };
  const reviewed = open(door);
  if (how % 3 === 0) return told("resource id", { file, world }, reviewed, { file: reviewed, world: moved({ file, world }, c) });
  const changed = pick<FileConnect>(
    [
      { ...door, clusters: null },
      { ...door, user: pick(users, b + 1).name },
      { ...door, clusters: user.clusters.slice(-1) },
    ],
    how >> 4,
  );
  return told("door", { file, world }, reviewed, { file: open(changed), world });
}

/** The servers, under the same names, with another identity. */
function moved({ world }: Scene, by: number): Scene["world"] {
  const draft = draftOf(world);
  const cluster = pick(draft.clusters, by);
  if (cluster.rds) cluster.rds.resourceId = other(RESOURCE_IDS, cluster.rds.resourceId, by);
  else cluster.systemId = other(SYSTEM_IDS, cluster.systemId, by);
  return draft;
}

/** Another service, or one IAM role more. */
function nearTrust({ file, world }: Scene, [how, a, b]: Edit): Told | null {
  const role = file.iamRoles[a % Math.max(1, file.iamRoles.length)];
  if (!role) return null;
  const trust = (...more: FileIamRole["trust"]): AccessModel =>
    inIamRole(file, role.id, (r) => ({ ...r, trust: [...r.trust.filter((t) => "role" in t), ...more] }));
  const [one, two] = SERVICES.map((service) => ({ service }));
  if (!one || !two) return null;
  const reviewed = b % 2 === 0 ? trust(one) : trust(two);
  return told("trust", { file, world }, reviewed, { file: pick([trust(one), trust(two), trust(one, two)], how >> 4), world });
}

/** Somebody adds a statement to a document that the pull request changes, too: what takes it away was not shown. */
function otherDocument({ file, world }: Scene, [how, a, b, c]: Edit): Told | null {
  const role = file.iamRoles[a % Math.max(1, file.iamRoles.length)];
  if (!role) return null;
  const user = file.roles.filter((r) => r.login === "iam").find((u) => !role.connect.some((o) => o.user === u.name));
  const service = pick(SERVICES, a);
  const reviewed = inIamRole(file, role.id, (r) => ({
    ...r,
    trust: [...r.trust.filter((t) => !("service" in t && t.service === service)), { service }],
    connect: user && r.account === "db" ? [...r.connect, { user: user.name, clusters: user.clusters }] : r.connect,
  }));
  const draft = draftOf(world);
  const account = draft.accounts.find((one) => one.name === role.account);
  // Two of three are a Deny.
  const choice = [b % 3 === 0 ? how >> 1 : 3, b, a, c] as const;
  const add = (document: string, statement: Statement): string => documentOf([...statementsOf(document), statement]);
  for (const live of account?.roles ?? []) if (live.name === role.id && how % 3 > 0) live.trust = add(live.trust, trustStatement(choice));
  for (const { name, versions } of account?.policies ?? [])
    if (name === `${role.id}-access` && how % 3 < 2)
      for (const version of versions) version.document = add(version.document, policyStatement(choice));
  return told("document", { file, world }, reviewed, { file: reviewed, world: draft });
}

/** What was reviewed for one server meets another one of the same name. */
function otherServer(base: Scene, [, a, b, c]: Edit): Told {
  const { file, world } = base;
  const reviewed = give(file, [pick(GROUPS, a), grantOf([a, b, c, a >> 1, 1], file.clusters, world)]);
  return told("server", base, reviewed, { file: reviewed, world: moved(base, b) });
}
