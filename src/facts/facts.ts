import picomatch from "picomatch";
import type { Cell } from "../model/cell.js";
import type { Declared, DeclaredAccount, DeclaredCluster, DeclaredIamDefaults, DeclaredIamRole } from "../model/declared.js";
import type { Target } from "../model/resource.js";
import type { AccountSnapshot, ClusterSnapshot, MembershipRow, Snapshot, Unread } from "../model/snapshot.js";
import type { Server, Things } from "../model/thing.js";
import { ownMark } from "../privileges/mark.js";
import { type Powers, powersOf } from "../privileges/powers.js";
import { isSystemRole } from "../privileges/system-roles.js";
import { type AclsHeld, aclsHeldIn } from "./acls-held.js";
import { type Acting, createActing } from "./acting.js";
import { automaticRows } from "./automatic-rows.js";
import { cellsOf } from "./cells.js";
import { type Columns, createColumns } from "./columns.js";
import { createGrantMemo, type GrantMemo } from "./grant-memo.js";
import { type IamNames, iamNamesOf } from "./iam-names.js";
import { createMayHold } from "./may-hold.js";
import { type RdsFacts, rdsIn } from "./rds-facts.js";
import { type Renames, renamesOf, underNewNames } from "./renames.js";

/** The snapshot, indexed for the kinds, with what the file says of whose things they are. */
export interface Facts {
  readonly owner: string;
  /** Owners from whom the file takes over what it declares. */
  readonly ownerWas: ReadonlySet<string>;
  readonly things: Things;
  readonly clusters: ReadonlyMap<string, ClusterFacts>;
  readonly accounts: ReadonlyMap<string, AccountFacts>;
  /** Clusters of RDS, also those that could not be read but for what RDS says of them. */
  readonly rds: ReadonlyMap<string, RdsFacts>;
  /** Targets that could not be read. */
  readonly unread: readonly Unread[];
  /** Whether safety.protect names it, a thing of a cluster or of an account. */
  readonly isProtected: Protects;
  readonly iam: DeclaredIamDefaults;
  /** How many IAM roles must exist before this one, because its trust names them; by account and name. */
  readonly trustDepth: (account: string, name: string) => number;
}

export type Protects = (name: string, at: Target["type"]) => boolean;

export interface ClusterFacts {
  readonly name: string;
  readonly server: Server;
  readonly declared: DeclaredCluster;
  /** Roles that the plan renames are called by their new names here. */
  readonly snapshot: ClusterSnapshot;
  readonly renames: Renames;
  readonly powers: Powers;
  /** Roles of the file on this cluster. */
  readonly declaredRoles: ReadonlySet<string>;
  /** Declared roles, and roles that we created and that the file no longer names. */
  readonly managed: ReadonlySet<string>;
  /** Made by us, no longer in the file: to be dropped. */
  readonly orphans: ReadonlySet<string>;
  /** Every object that was read. */
  readonly cells: readonly Cell[];
  readonly aclsHeld: AclsHeld;
  readonly columns: Columns;
  readonly grants: GrantMemo;
  readonly acting: Acting;
  /** A role of which a person may be told to make the admin a member. */
  readonly mayHold: (role: string) => boolean;
  /** Never declared, granted, altered or counted as strangers: the admin, the reader, RDS's master user, the bootstrap superuser. */
  readonly untouchable: ReadonlySet<string>;
  /** Not ours, whatever mark it carries: the untouchable, roles of PostgreSQL and RDS, names of safety.protect. */
  readonly isLeftAlone: (role: string) => boolean;
  /** Roles that are left alone and carry our mark all the same. */
  readonly wronglyMarked: readonly string[];
  /** Rows that count, of one membership: without those that PostgreSQL 16 writes by itself for a role's creator. */
  readonly rows: (role: string, member: string) => readonly MembershipRow[];
  /** Memberships of a role that somebody passed on. */
  readonly passedOn: (role: string, grantor: string) => readonly MembershipRow[];
}

export interface AccountFacts extends IamNames {
  readonly name: string;
  /** Of what is created. */
  readonly iamPath: string;
  readonly declared: DeclaredAccount;
  readonly snapshot: AccountSnapshot;
}

export interface FactsInput {
  readonly declared: Declared;
  readonly snapshot: Snapshot;
  readonly things: Things;
  /** In a narrowed run nothing is dropped because the file no longer names it. */
  readonly keepOrphans: boolean;
  /** Targets that the run may write to; null or left out: all. */
  readonly includes?: ((target: Target) => boolean) | null;
}

export function factsOf(input: FactsInput): Facts {
  const { declared, snapshot } = input;
  const clusters = new Map<string, ClusterFacts>();
  for (const cluster of snapshot.clusters.values()) {
    const of = declared.clusters.get(cluster.name);
    if (of) clusters.set(cluster.name, clusterFacts(input, of, cluster));
  }
  const accounts = new Map<string, AccountFacts>();
  for (const account of snapshot.accounts.values()) {
    const of = declared.accounts.get(account.name);
    if (of)
      accounts.set(account.name, {
        name: account.name,
        ...iamNamesOf(declared, account.name),
        iamPath: declared.iam.path,
        declared: of,
        snapshot: account,
      });
  }
  return {
    owner: declared.owner,
    ownerWas: new Set(declared.ownerWas),
    clusters,
    accounts,
    things: input.things,
    rds: rdsIn(declared, snapshot),
    unread: snapshot.unread,
    isProtected: protects(declared),
    iam: declared.iam,
    trustDepth: trustDepths(declared),
  };
}

/** In names of roles a slash is a letter like any other. To IAM, names that differ in case only are one. */
function protects({ safety }: Declared): Protects {
  if (safety.protect.length === 0) return () => false;
  const patterns = [...safety.protect];
  const inCluster = picomatch(patterns, { bash: true, dot: true });
  const inAccount = picomatch(patterns, { bash: true, dot: true, nocase: true });
  return (name, at) => (at === "cluster" ? inCluster(name) : inAccount(name));
}

/** IAM refuses a trust that names a principal which does not exist. Cycles are refused by the rules. */
function trustDepths({ iamRoles }: Declared): (account: string, name: string) => number {
  const known = new Map<DeclaredIamRole, number>();
  const depthOf = (role: DeclaredIamRole): number => {
    const named = role.trust.flatMap((t) => (t.type === "role" ? (iamRoles.get(t.role) ?? []) : []));
    const depth = known.get(role) ?? named.reduce((most, other) => Math.max(most, 1 + depthOf(other)), 0);
    known.set(role, depth);
    return depth;
  };
  const byName = new Map([...iamRoles.values()].map((role) => [JSON.stringify([role.account, role.name]), role]));
  return (account, name) => {
    const role = byName.get(JSON.stringify([account, name]));
    return role ? depthOf(role) : 0;
  };
}

function clusterFacts(input: FactsInput, cluster: DeclaredCluster, live: ClusterSnapshot): ClusterFacts {
  const { declared, things, keepOrphans } = input;
  const declaredRoles = new Set([...declared.roles.values()].filter((r) => r.clusters.includes(cluster.name)).map((r) => r.name));
  const isProtected = protects(declared);
  const renames = renamesOf(
    { ...input, includes: input.includes ?? null, isProtected: (name) => isProtected(name, "cluster") },
    cluster,
    live,
  );
  const snapshot = underNewNames(live, renames.pending);
  const kept = new Set([...renames.refused.values()].map(({ was }) => was));
  const toCreate = new Set([...declaredRoles].filter((name) => !snapshot.roles.has(name)));
  const untouchable = new Set([cluster.admin.user, snapshot.bootstrap, ...(cluster.reader ? [cluster.reader.user] : [])]);
  if (snapshot.rds?.masterUser) untouchable.add(snapshot.rds.masterUser);
  const isLeftAlone = (name: string): boolean =>
    untouchable.has(name) || isSystemRole(name) || isProtected(name, "cluster") || kept.has(name);
  const marked = [...snapshot.roles.values()].filter((role) => !declaredRoles.has(role.name));
  const ours = marked.filter((role) => ownMark(role.comment, declared.owner, cluster.name) !== null);
  const created = ours.filter((role) => ownMark(role.comment, declared.owner, cluster.name) === "created" && !isLeftAlone(role.name));
  const orphans = new Set(keepOrphans ? [] : created.map((role) => role.name));
  const automatic = automaticRows(snapshot);
  const counting = snapshot.memberships.filter((row) => !automatic.has(row));
  const rowsByPair = rowsBy(counting, "member");
  const passedOn = rowsBy(snapshot.memberships, "grantor");
  const grants = [...declared.roles.values()].flatMap((role) => role.grants).filter((grant) => grant.cluster === cluster.name);
  const cells = cellsOf(things, snapshot, grants);
  const powers = powersOf(snapshot, cluster.admin.user, toCreate);
  const managed = new Set([...declaredRoles, ...orphans]);
  const acting = createActing(snapshot, powers, lasting(declared, managed, isLeftAlone));
  return {
    name: cluster.name,
    server: { cluster: cluster.name, identity: snapshot.identity },
    declared: cluster,
    snapshot,
    renames,
    powers,
    declaredRoles,
    managed,
    orphans,
    cells,
    aclsHeld: aclsHeldIn(things, snapshot, cells),
    columns: createColumns(cells),
    grants: createGrantMemo(cluster.name, acting.rolesAt),
    acting,
    mayHold: createMayHold(snapshot, cluster),
    untouchable,
    isLeftAlone,
    wronglyMarked: ours.map((role) => role.name).filter((name) => isLeftAlone(name) && !kept.has(name)),
    rows: (role, member) => rowsByPair.get(JSON.stringify([role, member])) ?? [],
    passedOn: (role, grantor) => passedOn.get(JSON.stringify([role, grantor])) ?? [],
  };
}

/** Memberships that no plan takes first: what it may take can give nobody an option any more, nor USAGE. */
function lasting(
  { roles }: Declared,
  managed: ReadonlySet<string>,
  isLeftAlone: (role: string) => boolean,
): (row: MembershipRow) => boolean {
  const given = new Map(
    [...roles.values()].flatMap(({ name, memberOf }) => memberOf.map((of) => [JSON.stringify([of.role, name]), of] as const)),
  );
  return ({ role, member, inherit }) => {
    const wanted = given.get(JSON.stringify([role, member]));
    if (wanted) return wanted.inherit || !inherit;
    return !(managed.has(member) || (managed.has(role) && !isLeftAlone(member)));
  };
}

function rowsBy(rows: readonly MembershipRow[], other: "member" | "grantor"): Map<string, MembershipRow[]> {
  const found = new Map<string, MembershipRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.role, row[other]]);
    const list = found.get(key);
    if (list) list.push(row);
    else found.set(key, [row]);
  }
  return found;
}

/** The cluster of a resource that is in the plan: a missing one is a programming error. */
export function clusterOf(facts: Facts, name: string): ClusterFacts {
  const cluster = facts.clusters.get(name);
  if (!cluster) throw new Error(`cluster ${name} was not read`);
  return cluster;
}

export function accountOf(facts: Facts, name: string): AccountFacts {
  const account = facts.accounts.get(name);
  if (!account) throw new Error(`account ${name} was not read`);
  return account;
}
