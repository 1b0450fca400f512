import { THINGS } from "../../src/kinds/things.js";
import type { Acl } from "../../src/model/acl.js";
import type { Declared, DeclaredCluster, DeclaredGrant, DeclaredRole, GrantOn } from "../../src/model/declared.js";
import { type PrivilegeWord, privilegeSet } from "../../src/model/privileges.js";
import type { ClusterSnapshot, ObjectGroup, RoleSnapshot, Snapshot } from "../../src/model/snapshot.js";
import type { ObjectType, ThingSpec, Things } from "../../src/model/thing.js";

/** The one cast: a type that this build does not know. */
const madeUp = (name: string): ObjectType => name as ObjectType;
export const GIZMO = madeUp("gizmo");

const ROW: ThingSpec = {
  scope: "database",
  parent: null,
  gate: "schema",
  family: GIZMO,
  catalog: "pg_gizmo",
  noun: "gizmo",
  plural: "gizmos",
  section: "gizmos",
  shape: "relation",
  word: "GIZMO",
  privileges: () => privilegeSet(["select", "usage"]),
  publicDefault: 0,
  ownerDefault: true,
  later: null,
};
export const things: Things = { ...THINGS, [GIZMO]: ROW };

const place = (line: number) => ({ file: "access.yaml", line, column: 5 });

const CLUSTER: DeclaredCluster = {
  name: "main",
  account: null,
  region: null,
  rds: null,
  address: { host: "db", port: 5432 },
  admin: { user: "boss", auth: { type: "none" }, database: "shop" },
  reader: null,
  tls: { mode: "disable", ca: null },
  // A creator is named: else a warning says that later objects are not covered.
  databases: new Map([["shop", { name: "shop", creators: [{ role: "own", place: place(3) }], place: place(2) }]]),
  ensure: { iamAuth: false, logConnections: false, place: place(1) },
  place: place(1),
};

/** An entry of the file on a gizmo of schema s; null: on all of them. */
export function entry(name: string | null, words: readonly PrivilegeWord[] | "all", line: number): DeclaredGrant {
  const on: GrantOn = { type: GIZMO, schema: "s", name, args: null };
  const privileges = words === "all" ? "all" : privilegeSet(words);
  return { cluster: "main", database: "shop", on, privileges, pattern: `s.${name ?? "*"}`, until: null, place: place(line) };
}

export const declaring = (
  roles: Readonly<Record<string, readonly DeclaredGrant[]>>,
  safety: Partial<Declared["safety"]> = {},
): Declared => ({
  owner: "acme/access",
  ownerWas: [],
  accounts: new Map(),
  clusters: new Map([["main", CLUSTER]]),
  roles: new Map(Object.entries(roles).map(([name, grants]) => [name, roleWith(name, grants)])),
  iamRoles: new Map(),
  iamDoors: [],
  iam: { path: "/", tags: [] },
  safety: {
    maxDeletions: { type: "percent", value: 30 },
    maxRevokes: { type: "percent", value: 30 },
    protect: [],
    allow: [],
    acceptResidue: [],
    acceptLeaks: [],
    ...safety,
  },
  githubDetail: null,
  athena: null,
});

const roleWith = (name: string, grants: readonly DeclaredGrant[]): DeclaredRole => ({
  name,
  login: "none",
  clusters: ["main"],
  was: null,
  until: null,
  memberOf: [],
  grants,
  place: place(4),
});

/** The ACL of a gizmo that was granted to nobody. */
export const OWN: Acl = [{ grantee: { role: "own" }, grantor: "own", privileges: privilegeSet(["select", "usage"]), grantable: 0 }];
/** What one role holds, as its owner gave it. */
export const holding = (role: string, ...words: readonly PrivilegeWord[]): Acl => [
  ...OWN,
  { grantee: { role }, grantor: "own", privileges: privilegeSet(words), grantable: 0 },
];

/** Gizmos of one ACL are one group, as the reader makes them. */
const groupsOf = (acls: Readonly<Record<string, Acl>>): ObjectGroup[] =>
  [...new Set(Object.values(acls))].map((acl) => {
    const objects = Object.keys(acls).filter((name) => acls[name] === acl);
    return { type: GIZMO, schema: "s", owner: "own", extension: false, acl, objects: objects.map((name) => ({ name })) };
  });

const roleSnapshot = (name: string, comment: string | null, superuser = false): RoleSnapshot => ({
  name,
  login: superuser,
  superuser,
  createRole: superuser,
  replication: false,
  bypassRls: false,
  inherit: true,
  comment,
});

/**
 * A server with gizmos in its only schema.
 * @param roles carry our mark.
 * @param acls by gizmo.
 */
export function server(
  roles: readonly string[],
  acls: Readonly<Record<string, Acl>>,
  dependencies: ClusterSnapshot["dependencies"] = [],
): Snapshot {
  const groups = groupsOf(acls);
  const cluster: ClusterSnapshot = {
    name: "main",
    identity: "1",
    versionNum: 170010,
    standby: false,
    rds: null,
    bootstrap: "boss",
    roles: new Map(
      [
        roleSnapshot("boss", null, true),
        roleSnapshot("own", null),
        ...roles.map((name) => roleSnapshot(name, "[pgaccord:acme/access/main]")),
      ].map((role) => [role.name, role]),
    ),
    memberships: [],
    databases: new Map([["shop", { name: "shop", owner: "own", acl: [] }]]),
    inspected: new Map([
      ["shop", { name: "shop", schemas: new Map([["s", { name: "s", owner: "own", acl: [] }]]), groups, defaultAcls: [] }],
    ]),
    dependencies,
  };
  return { clusters: new Map([["main", cluster]]), accounts: new Map(), unread: [] };
}
