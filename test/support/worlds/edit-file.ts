import { grantOf, iamRoleOf, objectOf } from "./build-file.js";
import { DATABASES, IAM_ROLES, PRIVILEGES, pick, SERVICES, TYPE_OF, USERS } from "./domain.js";
import type { AccessModel, FileConnect, FileGrant, FileIamRole, FileMembership, FileRole, World } from "./model.js";
import type { Edit } from "./sketch.js";

/** Where in the file, and to what; the world says what can be named. */
type Choice = readonly [number, number, number];
type FileEdit = (file: AccessModel, choice: Choice, world: World) => AccessModel;

/** What a pull request does: one field of one right, member or door. An edit that fits nothing changes nothing. */
export const editFile = (file: AccessModel, [kind, a, b, c]: Edit, world: World): AccessModel =>
  pick(Object.values(FILE_EDITS), kind)(file, [a, b, c], world);

/** Changes the element at a place, counted round; null takes it out. */
function changeAt<T>(list: readonly T[], index: number, change: (item: T) => T | null): T[] {
  if (list.length === 0) return [];
  const one = pick(list, index);
  return list.flatMap((item) => (item === one ? (change(item) ?? []) : item));
}

const withRoles = (file: AccessModel, roles: readonly FileRole[]): AccessModel => ({ ...file, roles });

/** Only of roles that have some: else most edits would fit nothing. */
const inGrant =
  (change: (grant: FileGrant, choice: Choice, world: World) => FileGrant | null): FileEdit =>
  (file, [a, b, c], world) => {
    const owners = file.roles.filter((r) => r.grants.length > 0);
    const edited = changeAt(owners, a, (role) => ({ ...role, grants: changeAt(role.grants, a >> 2, (g) => change(g, [a, b, c], world)) }));
    return withRoles(
      file,
      file.roles.map((role) => edited.find((e) => e.name === role.name) ?? role),
    );
  };

const otherPrivilege = inGrant((grant, [, b, c]) => {
  const known = PRIVILEGES[TYPE_OF[grant.section]];
  return { ...grant, privileges: [...new Set(changeAt(grant.privileges, b, () => pick(known, c)))] };
});

const morePrivileges = inGrant((grant, [, b]) => {
  const known = PRIVILEGES[TYPE_OF[grant.section]];
  return grant.privileges.includes("all") ? grant : { ...grant, privileges: [...new Set([...grant.privileges, pick(known, b)])] };
});

const otherObject = inGrant((grant, [, b], world) => ({ ...grant, object: objectOf(grant, b, world) }));

const otherSchema = inGrant((grant) => ({ ...grant, object: grant.object.replace(/^s[12]/, (s) => (s === "s1" ? "s2" : "s1")) }));

const wildcard = inGrant((grant) => ({ ...grant, object: grant.object.replace(/\..*$/, ".*") }));

const literal = inGrant((grant, [, b]) => {
  if (!grant.object.endsWith(".*")) return grant;
  const name = grant.section === "tables" ? pick(["t1", "t1", "t2", "t4"], b) : grant.section === "sequences" ? "q1" : "f1(integer, text)";
  return { ...grant, object: grant.object.replace("*", name) };
});

const otherDatabase = inGrant((grant) => ({ ...grant, database: DATABASES.find((d) => d !== grant.database) ?? grant.database }));

const addGrant: FileEdit = (file, [a, b, c], world) => {
  const grant = grantOf([a, b, c, a >> 3, b >> 3], file.clusters, world);
  return withRoles(
    file,
    changeAt(file.roles, a, (role) => (role.login === "none" ? { ...role, grants: [...role.grants, grant] } : role)),
  );
};

/** A literal beside the wildcard that covers it, or the reverse. */
const besides: FileEdit = (file, [a, b, c], world) => {
  const one = file.roles.filter((r) => r.grants.length > 0).at(a % Math.max(1, file.roles.length));
  const grant = one && pick(one.grants, b);
  if (!grant) return file;
  const more = { ...grant, object: objectOf(grant, c, world) };
  return withRoles(
    file,
    file.roles.map((r) => (r === one ? { ...r, grants: [...r.grants, more] } : r)),
  );
};

/** The right moves to another role. */
const otherRole: FileEdit = (file, [a, b]) => {
  const groups = file.roles.filter((r) => r.login === "none");
  if (groups.length === 0) return file;
  const from = pick(file.roles, a);
  const to = pick(groups, b);
  const [grant] = from.grants.slice(a % Math.max(1, from.grants.length));
  if (!grant || from === to) return file;
  return withRoles(
    file,
    file.roles.map((r) => {
      if (r === from) return { ...r, grants: r.grants.filter((g) => g !== grant) };
      return r === to ? { ...r, grants: [...r.grants, grant] } : r;
    }),
  );
};

/** Everything of one cluster is said of the other: copies of one server have the same system identifier. */
const otherCluster = inGrant((grant, _, world) => {
  const other = world.clusters.find((c) => c.name !== grant.cluster);
  return other ? { ...grant, cluster: other.name } : grant;
});

const inMembership =
  (change: (membership: FileMembership, choice: Choice) => FileMembership | null): FileEdit =>
  (file, [a, b, c]) =>
    withRoles(
      file,
      file.roles.map((role) => ({ ...role, memberOf: changeAt(role.memberOf, a, (m) => change(m, [a, b, c])) })),
    );

const addMembership: FileEdit = (file, [a, b, c]) => {
  const at = a % file.roles.length;
  const groups = [
    ...file.roles
      .slice(0, at)
      .filter((r) => r.login === "none")
      .map((r) => r.name),
    "pg_monitor",
  ];
  const added = { role: pick(groups, b), admin: c % 5 === 4, inherit: true, set: true };
  return withRoles(
    file,
    file.roles.map((r, i) => (i === at && !r.memberOf.some((m) => m.role === added.role) ? { ...r, memberOf: [...r.memberOf, added] } : r)),
  );
};

const toggleOption = inMembership((m, [, b]) => {
  const option = pick(["admin", "inherit", "set"] as const, b);
  return { ...m, [option]: !m[option] };
});

const dropRole: FileEdit = (file, [a]) => {
  const gone = pick(file.roles, a).name;
  const roles = file.roles.filter((r) => r.name !== gone).map((r) => ({ ...r, memberOf: r.memberOf.filter((m) => m.role !== gone) }));
  const iamRoles = file.iamRoles.map((r) => ({ ...r, connect: r.connect.filter((c) => c.user !== gone) }));
  return { ...file, roles, iamRoles };
};

const addRole: FileEdit = (file, [a, b]) => {
  const missing = ["old", ...USERS, "app", "etl"].filter((name) => !file.roles.some((r) => r.name === name));
  const name = missing[a % Math.max(1, missing.length)];
  if (name === undefined) return file;
  const login = b % 2 === 0 && name !== "app" ? "external" : "none";
  return withRoles(file, [...file.roles, { name, login, clusters: file.clusters.map((c) => c.name), memberOf: [], grants: [] }]);
};

const inIamRole =
  (change: (role: FileIamRole, choice: Choice, file: AccessModel) => FileIamRole | null): FileEdit =>
  (file, [a, b, c]) => ({ ...file, iamRoles: changeAt(file.iamRoles, a, (role) => change(role, [a >> 2, b, c], file)) });

const otherTrust = inIamRole((role, [a, b], file) => {
  const earlier = file.iamRoles.slice(0, file.iamRoles.indexOf(role)).map((r) => r.id);
  const other = b % 2 === 0 || earlier.length === 0 ? { service: pick(SERVICES, b >> 1) } : { role: pick(earlier, b >> 1) };
  return { ...role, trust: a % 2 === 0 ? [other] : [...new Map([...role.trust, other].map((t) => [JSON.stringify(t), t])).values()] };
});

const otherConnect = inIamRole((role, [a, b, c], file) => {
  const users = file.roles.filter((r) => r.login === "iam").map((r) => r.name);
  const clusters = file.clusters.filter((k) => k.rds !== null).map((k) => k.name);
  if (users.length === 0 || clusters.length === 0 || role.account !== "db") return role;
  const connect: FileConnect = { user: pick(users, b), clusters: c % 5 === 4 ? null : [pick(clusters, c)] };
  return { ...role, connect: a % 2 === 0 ? [connect] : [...role.connect.filter((o) => o.user !== connect.user), connect] };
});

const dropConnect = inIamRole((role, [a]) => ({ ...role, connect: changeAt(role.connect, a, () => null) }));
const toggleProfile = inIamRole((role) => ({ ...role, profile: role.profile === null ? `profile-${role.id}` : null }));

const addIamRole: FileEdit = (file, [a, b, c]) => {
  const id = IAM_ROLES.find((name) => !file.iamRoles.some((r) => r.id === name));
  if (id === undefined) return file;
  const earlier = file.iamRoles.map((r) => r.id);
  return { ...file, iamRoles: [...file.iamRoles, iamRoleOf(id, [a, b, c, a >> 3, b >> 3], earlier, file.clusters, file.roles)] };
};

const dropIamRole = inIamRole((role, _, file) =>
  file.iamRoles.some((r) => r.trust.some((t) => "role" in t && t.role === role.id)) ? role : null,
);

const creators: FileEdit = (file, [a, b]) => ({
  ...file,
  clusters: changeAt(file.clusters, a, (cluster) => ({
    ...cluster,
    databases: changeAt(cluster.databases, a >> 1, (d) => ({ ...d, creators: pick([[], ["app"], ["app", "etl"]], b) })),
  })),
});

/** Named, so that a test can choose what happens. */
export const FILE_EDITS = {
  otherPrivilege,
  morePrivileges,
  otherObject,
  otherSchema,
  wildcard,
  literal,
  otherDatabase,
  otherCluster,
  otherRole,
  addGrant,
  besides,
  dropGrant: inGrant(() => null),
  addMembership,
  toggleOption,
  dropMembership: inMembership(() => null),
  dropRole,
  addRole,
  otherTrust,
  otherConnect,
  dropConnect,
  toggleProfile,
  addIamRole,
  dropIamRole,
  creators,
} as const satisfies Readonly<Record<string, FileEdit>>;
