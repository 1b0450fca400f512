import type { Acl } from "../model/acl.js";
import type { ClusterNeed, NeedOf } from "../model/need.js";
import { privilegeSet } from "../model/privileges.js";
import type { ClusterSnapshot, MembershipRow, RoleSnapshot } from "../model/snapshot.js";
import { RDS_IAM } from "../privileges/system-roles.js";

/** Options that a membership needs, and no others. */
export type Options = Pick<MembershipRow, "admin" | "inherit" | "set">;

/** What of a need is a membership. As RDS documents it, rds_iam is given without options; it holds nothing that could be inherited. */
export function membershipOf(
  need: ClusterNeed,
  admin: string,
): { readonly role: string; readonly member: string; readonly options: Options } | null {
  if (need.type === "administer") return { role: need.role, member: admin, options: { admin: true, inherit: false, set: false } };
  if (need.type === "act-as") return { role: need.role, member: admin, options: { admin: false, inherit: false, set: true } };
  if (need.type === "inherit") return { role: need.role, member: need.member, options: { admin: false, inherit: true, set: false } };
  if (need.type === "iam-login") return { role: RDS_IAM, member: need.role, options: { admin: false, inherit: true, set: true } };
  return null;
}

/** The cluster as it is once the statements of the needs were run. What is run by hand is not foreseen. */
export const withNeeds = (snapshot: ClusterSnapshot, needs: readonly ClusterNeed[], admin: string): ClusterSnapshot =>
  needs.reduce((state, need) => withNeed(state, need, admin), snapshot);

function withNeed(snapshot: ClusterSnapshot, need: ClusterNeed, admin: string): ClusterSnapshot {
  const membership = membershipOf(need, admin);
  if (membership !== null) return { ...snapshot, memberships: [...snapshot.memberships, rowOf(membership, snapshot)] };
  if (need.type === "create-login") return withRole(snapshot, { ...NEW_ROLE, name: need.role, createRole: need.createRole });
  if (need.type === "alter-login") return changed(snapshot, need.role, { login: true });
  if (need.type === "create-roles") return changed(snapshot, need.role, { createRole: true });
  if (need.type === "connect") return withConnect(snapshot, need);
  if (need.type === "usage") return withUsage(snapshot, need);
  return snapshot;
}

const NEW_ROLE: Omit<RoleSnapshot, "name"> = {
  login: true,
  superuser: false,
  createRole: false,
  replication: false,
  bypassRls: false,
  inherit: true,
  comment: null,
};

const withRole = (snapshot: ClusterSnapshot, role: RoleSnapshot): ClusterSnapshot => ({
  ...snapshot,
  roles: new Map([...snapshot.roles, [role.name, role]]),
});

function changed(snapshot: ClusterSnapshot, name: string, to: Partial<RoleSnapshot>): ClusterSnapshot {
  const role = snapshot.roles.get(name);
  return role ? withRole(snapshot, { ...role, ...to }) : snapshot;
}

/** Before 16 a membership has no options of its own but ADMIN. */
function rowOf({ role, member, options }: NonNullable<ReturnType<typeof membershipOf>>, snapshot: ClusterSnapshot): MembershipRow {
  const grantor = snapshot.rds?.masterUser ?? snapshot.bootstrap;
  const old = snapshot.versionNum < 160000;
  return {
    role,
    member,
    grantor,
    admin: options.admin,
    inherit: old || options.inherit,
    set: old || options.set,
    made: Number.MAX_SAFE_INTEGER,
  };
}

const given = (acl: Acl, role: string, grantor: string, word: "connect" | "usage"): Acl => [
  ...acl,
  { grantee: { role }, grantor, privileges: privilegeSet([word]), grantable: 0 },
];

function withConnect(snapshot: ClusterSnapshot, { database, role }: NeedOf<"connect">): ClusterSnapshot {
  const head = snapshot.databases.get(database);
  if (!head) return snapshot;
  const open = { ...head, acl: given(head.acl, role, head.owner, "connect") };
  return { ...snapshot, databases: new Map([...snapshot.databases, [database, open]]) };
}

function withUsage(snapshot: ClusterSnapshot, { database, schema, role }: NeedOf<"usage">): ClusterSnapshot {
  const inside = snapshot.inspected.get(database);
  const found = inside?.schemas.get(schema);
  if (!inside || !found) return snapshot;
  const open = { ...found, acl: given(found.acl, role, found.owner, "usage") };
  const schemas = new Map([...inside.schemas, [schema, open]]);
  return { ...snapshot, inspected: new Map([...snapshot.inspected, [database, { ...inside, schemas }]]) };
}
