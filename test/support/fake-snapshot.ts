import { ORIGIN_TAG, OWNER_TAG } from "../../src/facts/iam-things.js";
import type { AccountSnapshot, ClusterSnapshot, RoleSnapshot, Snapshot } from "../../src/model/snapshot.js";

/** One RDS cluster with nothing of ours on it, as its reader sees it. `resourceId` tells it from others that are called the same. */
export function fakeCluster(name: string, resourceId: string, rest: Partial<ClusterSnapshot> = {}): ClusterSnapshot {
  return {
    name,
    identity: resourceId,
    versionNum: 170010,
    standby: false,
    rds: { id: name, type: "cluster", resourceId, endpoint: `${name}.example`, port: 5432, iamAuth: true, masterUser: "postgres" },
    bootstrap: "rdsadmin",
    roles: new Map(["rdsadmin", "access_admin"].map((role) => [role, fakeRole(role, { superuser: true })])),
    memberships: [],
    databases: new Map(),
    inspected: new Map(),
    dependencies: [],
    ...rest,
  };
}

export const fakeRole = (name: string, rest: Partial<RoleSnapshot> = {}): RoleSnapshot => ({
  name,
  login: false,
  superuser: false,
  createRole: false,
  replication: false,
  bypassRls: false,
  inherit: true,
  comment: null,
  ...rest,
});

/** An AWS account; its IAM roles as [name, trust]. All carry the marks of acme/access. */
export function fakeAccount(name: string, id: string, roles: readonly (readonly [string, string])[] = []): AccountSnapshot {
  const tags = [
    { key: ORIGIN_TAG, value: "created" },
    { key: OWNER_TAG, value: "acme/access" },
  ];
  return {
    name,
    id,
    roles: new Map(roles.map(([role, trust]) => [role, { name: role, path: "/", arn: `arn:aws:iam::${id}:role/${role}`, trust, tags }])),
    policies: new Map(),
    instanceProfiles: new Map(),
    attachments: [],
    foreign: new Map(),
    rdsServers: null,
    instances: null,
  };
}

export const fakeSnapshot = (clusters: readonly ClusterSnapshot[], accounts: readonly AccountSnapshot[] = []): Snapshot => ({
  clusters: new Map(clusters.map((c) => [c.name, c])),
  accounts: new Map(accounts.map((a) => [a.name, a])),
  unread: [],
});
