import { GROUPS, pick, SCHEMAS } from "./domain.js";
import { type AccessModel, type Draft, draftOf, type FileGrant, type FileRole, type World } from "./model.js";
import type { Told } from "./pairs.js";
import { obstaclesOf, type Planner, type Scene } from "./planner.js";
import { playUnits } from "./play.js";
import type { Edit } from "./sketch.js";

/** What happens every week and must pass without anybody's second look; null: the scene has no place for it. */
export function usualPair(scene: Scene, [kind, a, b]: Edit, planner: Planner): Told | null {
  // Everything that the base file says is applied: what comes is only what is told here.
  const base = { file: scene.file, world: planner.appliedTo(scene) };
  const plan = planner.planOf(base);
  if (!plan || plan.changes.length > 0 || obstaclesOf(plan).length > 0) return null;
  return pick([twoOnOneTable, twoOnOnePolicy, tableMade, grantRepaired, halfDone], kind)(base, a, b, planner);
}

const grantOn = (file: AccessModel, object: string, privileges: readonly string[], a: number): FileGrant | null => {
  const cluster = pick(file.clusters, a);
  const database = cluster.databases[a % Math.max(1, cluster.databases.length)];
  return database ? { cluster: cluster.name, database: database.name, section: "tables", object, privileges } : null;
};

const give = (file: AccessModel, role: string, grant: FileGrant | null): AccessModel => ({
  ...file,
  roles: file.roles.map((r) => (r.name === role && grant ? { ...r, grants: [...r.grants, grant] } : r)),
});

const told = (kind: string, base: Scene, reviewed: readonly AccessModel[], now: Scene, resumed = false): Told => ({
  kind,
  usual: true,
  pair: { base, reviewed, now, resumed },
});

/** Two pull requests give different roles, or one role different things, on one table. */
function twoOnOneTable(base: Scene, a: number, b: number): Told {
  const table = `${pick(SCHEMAS, a)}.t1`;
  const [first, second] = [pick(GROUPS, a), pick(GROUPS, b)];
  const one = grantOn(base.file, table, [pick(["select", "insert"], b)], a);
  const other = grantOn(base.file, table, [pick(["update", "delete"], b)], a);
  const merged = give(give(base.file, first, one), second, other);
  return told("two on one table", base, [give(base.file, first, one), give(base.file, second, other)], { ...base, file: merged });
}

/** Two pull requests each open a door of one IAM role. */
function twoOnOnePolicy({ file, world }: Scene, a: number, _: number, planner: Planner): Told | null {
  const roles = file.iamRoles.filter((r) => r.account === "db");
  const role = roles[a % Math.max(1, roles.length)];
  const [one, other] = file.roles.filter((r) => r.login === "iam");
  if (!role || !one || !other) return null;
  const opened = (users: readonly FileRole[]): AccessModel => ({
    ...file,
    iamRoles: file.iamRoles.map((r) =>
      r.id === role.id ? { ...r, connect: users.map(({ name, clusters }) => ({ user: name, clusters })) } : r,
    ),
  });
  const closed = opened([]);
  const base = { file: closed, world: planner.appliedTo({ file: closed, world }) };
  return told("two on one policy", base, [opened([one]), opened([other])], { ...base, file: opened([one, other]) });
}

/** A table is made under a wildcard that was reviewed. */
function tableMade(base: Scene, a: number, b: number, planner: Planner): Told | null {
  const schema = pick(SCHEMAS, a);
  const group = pick(GROUPS, b);
  const privilege = pick(["truncate", "delete"], b);
  const grant = grantOn(base.file, `${schema}.*`, [privilege], a);
  const holds = base.file.roles
    .find((r) => r.name === group)
    ?.grants.some((g) => g.privileges.includes(privilege) || g.privileges.includes("all"));
  if (!grant || holds !== false) return null;
  const merged = give(base.file, group, grant);
  const draft = draftOf(base.world);
  databaseOf(draft, grant)?.things.push({ type: "table", schema, name: "made", of: "", owner: "app", acl: [] });
  // What the base file gives on it is there; what the pull request gives is what is asked about.
  return told("table made", base, [merged], { file: merged, world: planner.appliedTo({ file: base.file, world: draft }) });
}

const databaseOf = (world: Draft<World>, grant: FileGrant) =>
  world.clusters.find((c) => c.name === grant.cluster)?.databases.find((d) => d.name === grant.database);

/** Somebody gives a managed role something by hand, which no file gives. */
function grantRepaired(base: Scene, a: number, b: number): Told | null {
  const [first, second] = [pick(GROUPS, b), pick(GROUPS, b + 1)];
  const merged = give(base.file, second, grantOn(base.file, `${pick(SCHEMAS, a)}.t1`, ["insert"], a));
  const extra = grantOn(base.file, "", ["references"], a);
  const draft = draftOf(base.world);
  const table = extra && databaseOf(draft, extra)?.things.find((t) => t.type === "table" && t.schema === pick(SCHEMAS, a));
  const known = draft.clusters.every((c) => c.roles.some((r) => r.name === first));
  if (!table || !known) return null;
  table.acl.push({ privilege: "references", grantee: first, grantor: table.owner, grantable: false });
  return told("foreign grant repaired", base, [merged], { file: merged, world: draft });
}

/** The apply stopped behind some of its units, and goes on. */
function halfDone(base: Scene, a: number, b: number, planner: Planner): Told | null {
  const gone = pick(base.file.roles, a).name;
  const other = pick(GROUPS, b);
  const without = { ...base.file, roles: base.file.roles.map((r) => (r.name === gone ? { ...r, grants: r.grants.slice(1) } : r)) };
  const file = give(without, other, grantOn(base.file, `${pick(SCHEMAS, a)}.t1`, ["insert", "update"], a));
  const plan = planner.planOf({ file, world: base.world });
  if (!plan) return null;
  return told("half done", base, [file], { file, world: playUnits(base.world, plan, b % (plan.units.length + 1)) }, true);
}
