import type { Acl, AclEntry } from "../../../src/model/acl.js";
import { type PrivilegeWord, privilegeSet } from "../../../src/model/privileges.js";
import type {
  AccountSnapshot,
  ClusterSnapshot,
  DatabaseSnapshot,
  ObjectGroup,
  RoleDependency,
  Snapshot,
} from "../../../src/model/snapshot.js";
import { type Account, type Atom, type Cluster, type Database, PUBLIC, type Thing, type ThingType, type World } from "./model.js";
import { BOOTSTRAP } from "./session.js";

/** What the inspectors would read of a world. */
export const snapshotOf = (world: World): Snapshot => ({
  clusters: new Map(world.clusters.map((cluster) => [cluster.name, clusterSnapshot(cluster)])),
  accounts: new Map(world.accounts.map((account) => [account.name, accountSnapshot(account)])),
  unread: [],
});

/** Gives the ACL of atoms; equal ones are the same object, as the reader interns them. */
type Intern = (atoms: readonly Atom[], own: Own | null) => Acl;
interface Own {
  readonly owner: string;
  readonly privileges: readonly PrivilegeWord[];
}

/** What an owner holds by itself. */
const OWN: Readonly<Record<ThingType, readonly PrivilegeWord[]>> = {
  database: ["create", "connect", "temporary"],
  schema: ["usage", "create"],
  table: ["select", "insert", "update", "delete", "truncate", "references", "trigger"],
  sequence: ["usage", "select", "update"],
  routine: ["execute"],
  column: [],
};

function createIntern(): Intern {
  const known = new Map<string, Acl>();
  return (atoms, own) => {
    const acl = aclOf(atoms, own);
    const key = JSON.stringify(acl);
    const found = known.get(key) ?? acl;
    known.set(key, found);
    return found;
  };
}

function aclOf(atoms: readonly Atom[], own: Own | null): Acl {
  const rows = new Map<string, AclEntry>();
  for (const { grantee, grantor, privilege, grantable } of atoms) {
    const key = JSON.stringify([grantee, grantor]);
    const row = rows.get(key) ?? { grantee: grantee === PUBLIC ? PUBLIC : { role: grantee }, grantor, privileges: 0, grantable: 0 };
    // Privileges of a world are words of PostgreSQL.
    const bit = privilegeSet([privilege as PrivilegeWord]);
    rows.set(key, { ...row, privileges: row.privileges | bit, grantable: row.grantable | (grantable ? bit : 0) });
  }
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  if (own === null || own.privileges.length === 0) return sorted;
  return [{ grantee: { role: own.owner }, grantor: own.owner, privileges: privilegeSet(own.privileges), grantable: 0 }, ...sorted];
}

function clusterSnapshot(cluster: Cluster): ClusterSnapshot {
  const intern = createIntern();
  const { name, systemId, major, rds } = cluster;
  const aclOfThing = (thing: Thing): Acl => intern(thing.acl, { owner: thing.owner, privileges: OWN[thing.type] });
  return {
    name,
    identity: rds?.resourceId ?? systemId,
    versionNum: major * 10_000 + 4,
    standby: false,
    rds: rds && { ...rds, type: "cluster", endpoint: `${rds.id}.example`, port: 5432, iamAuth: true, masterUser: null },
    bootstrap: BOOTSTRAP,
    roles: new Map(cluster.roles.map((role) => [role.name, { ...role, replication: false, bypassRls: false, inherit: true }])),
    memberships: cluster.memberships,
    databases: new Map(
      cluster.databases.flatMap((d) => d.things.filter((t) => t.type === "database").map((t) => [d.name, { ...t, acl: aclOfThing(t) }])),
    ),
    inspected: new Map(cluster.databases.map((d) => [d.name, databaseSnapshot(d, intern, aclOfThing)])),
    dependencies: dependenciesOf(cluster),
  };
}

function databaseSnapshot(database: Database, intern: Intern, aclOfThing: (thing: Thing) => Acl): DatabaseSnapshot {
  const schemas = database.things.filter((t) => t.type === "schema").map((t) => [t.name, { ...t, acl: aclOfThing(t) }] as const);
  const defaultAcls = database.later.map(({ acl, ...rest }) => ({ ...rest, acl: intern(acl, null) }));
  return { name: database.name, schemas: new Map(schemas), groups: groupsOf(database, aclOfThing), defaultAcls };
}

function groupsOf(database: Database, aclOfThing: (thing: Thing) => Acl): ObjectGroup[] {
  const groups = new Map<Acl, ObjectGroup[]>();
  for (const thing of database.things) {
    if (thing.type === "database" || thing.type === "schema") continue;
    const acl = aclOfThing(thing);
    const own = groups.get(acl) ?? [];
    const { type, schema, owner } = thing;
    const same = own.find((g) => g.type === type && g.schema === schema && g.owner === owner);
    const object = {
      name: thing.name,
      ...(type === "routine" ? { args: thing.of } : {}),
      ...(type === "column" ? { table: thing.of } : {}),
    };
    const group = { type, schema, owner, acl, extension: false, objects: [...(same?.objects ?? []), object] };
    groups.set(acl, [...own.filter((g) => g !== same), group]);
  }
  return [...groups.values()].flat();
}

const CATALOG: Readonly<Record<ThingType, string>> = {
  database: "pg_database",
  schema: "pg_namespace",
  table: "pg_class",
  sequence: "pg_class",
  column: "pg_class",
  routine: "pg_proc",
};

/** pg_shdepend: an owner is recorded as such and not for its ACL. */
function dependenciesOf(cluster: Cluster): RoleDependency[] {
  const counts = new Map<string, RoleDependency>();
  const add = (role: string, database: string | null, catalog: string, type: RoleDependency["type"]): void => {
    const key = JSON.stringify([role, database, catalog, type]);
    counts.set(key, { role, database, catalog, type, count: (counts.get(key)?.count ?? 0) + 1 });
  };
  const addAll = (owner: string, acl: readonly Atom[], database: string | null, catalog: string): void => {
    add(owner, database, catalog, "owner");
    const named = new Set(acl.flatMap((a) => [a.grantee, a.grantor]));
    for (const role of named) if (role !== owner && role !== PUBLIC) add(role, database, catalog, "acl");
  };
  for (const { name, things, later } of cluster.databases) {
    // A column has no owner of its own: that of its table counts once too often, which nothing depends on.
    for (const thing of things) addAll(thing.owner, thing.acl, thing.type === "database" ? null : name, CATALOG[thing.type]);
    for (const row of later) addAll(row.creator, row.acl, name, "pg_default_acl");
  }
  return [...counts.values()];
}

function accountSnapshot(account: Account): AccountSnapshot {
  const arn = (type: string, name: string): string => `arn:aws:iam::${account.id}:${type}/${name}`;
  return {
    name: account.name,
    id: account.id,
    roles: new Map(account.roles.map((role) => [role.name, { ...role, path: "/", arn: arn("role", role.name) }])),
    policies: new Map(
      account.policies.map((policy) => {
        const { name, tags, current } = policy;
        const document = policy.versions.find((v) => v.id === current)?.document ?? "";
        const versions = policy.versions.map(({ id }) => ({ id, isDefault: id === current }));
        return [name, { name, path: "/", arn: arn("policy", name), document, versions, tags, boundaryUses: 0 }];
      }),
    ),
    instances: null,
    instanceProfiles: new Map(account.profiles.map((p) => [p.name, { ...p, path: "/", arn: arn("instance-profile", p.name) }])),
    attachments: account.attachments.map(({ to, name, policy }) => ({ principal: to, name, policyArn: arn("policy", policy) })),
    foreign: new Map(),
    rdsServers: null,
  };
}
