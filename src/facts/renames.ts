import type { Acl, Grantee } from "../model/acl.js";
import type { Declared, DeclaredCluster, DeclaredRole } from "../model/declared.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Target } from "../model/resource.js";
import type { ClusterSnapshot, Snapshot } from "../model/snapshot.js";
import { parseMark } from "../privileges/mark.js";
import { displayName } from "../privileges/sql.js";

/** What `was` comes to on one cluster. */
export interface Renames {
  /** Former names by new ones: this plan renames them, and reads them as if it had. */
  readonly pending: ReadonlyMap<string, string>;
  /** The same where the run may not write: they are called as before. */
  readonly waiting: ReadonlyMap<string, string>;
  /** By the new name: why it is not renamed. The role of the former name is left alone. */
  readonly refused: ReadonlyMap<string, { readonly was: string; readonly problem: Problem }>;
}

export interface RenamesInput {
  readonly declared: Declared;
  readonly snapshot: Snapshot;
  /** Targets that the run may write to; null: all. */
  readonly includes: ((target: Target) => boolean) | null;
  /** Whether safety.protect names it. */
  readonly isProtected: (name: string) => boolean;
}

type Fate = "pending" | "waiting" | "nothing" | { readonly problem: Problem };

export function renamesOf(input: RenamesInput, cluster: DeclaredCluster, live: ClusterSnapshot): Renames {
  const pending = new Map<string, string>();
  const waiting = new Map<string, string>();
  const refused = new Map<string, { was: string; problem: Problem }>();
  for (const role of input.declared.roles.values()) {
    if (role.was === null || !role.clusters.includes(cluster.name)) continue;
    const fate = fateOf(input, cluster, live, { ...role, was: role.was });
    if (fate === "pending") pending.set(role.name, role.was.name);
    else if (fate === "waiting") waiting.set(role.name, role.was.name);
    else if (fate !== "nothing") refused.set(role.name, { was: role.was.name, problem: fate.problem });
  }
  return { pending, waiting, refused };
}

type Renamed = DeclaredRole & { readonly was: NonNullable<DeclaredRole["was"]> };

function fateOf(input: RenamesInput, cluster: DeclaredCluster, live: ClusterSnapshot, role: Renamed): Fate {
  const { declared, includes } = input;
  const before = live.roles.get(role.was.name);
  const there = live.roles.get(role.name);
  if (!before) return "nothing";
  const isOurs = (comment: string | null): boolean => {
    const mark = parseMark(comment);
    return mark !== null && mark.cluster === cluster.name && [declared.owner, ...declared.ownerWas].includes(mark.owner);
  };
  // Somebody made the name again after it was left: that is a stranger's role, and keeps nothing from being done.
  if (there && isOurs(there.comment) && !isOurs(before.comment)) return "nothing";
  if (includes !== null && !includes({ type: "cluster", name: cluster.name })) return "waiting";
  if (there) return { problem: bothExist(cluster, role) };
  const why = refusal(input, live, role.was.name) ?? (isOurs(before.comment) ? null : notOurs(before.comment));
  if (why) return { problem: refuse(cluster, role, why) };
  const closed = role.login === "iam" ? unreachableAccount(input, cluster) : null;
  return closed === null ? "pending" : { problem: refuse(cluster, role, closed) };
}

interface Why {
  readonly because: string;
  readonly hint: string;
}

/** The admin and the reader are refused by the rules. */
function refusal({ isProtected }: RenamesInput, live: ClusterSnapshot, was: string): Why | null {
  const special =
    was === live.bootstrap ? "it is the bootstrap superuser" : was === live.rds?.masterUser ? "it is RDS's master user" : null;
  if (special) return { because: `${special}, which is never managed`, hint: "Take was out." };
  if (isProtected(was)) return { because: "safety.protect names it", hint: "Take was out, or the name out of safety.protect." };
  return null;
}

function notOurs(comment: string | null): Why {
  const mark = parseMark(comment);
  const because = mark === null ? "pgaccord does not manage it yet" : `it carries the mark of ${mark.owner} for cluster ${mark.cluster}`;
  return { because, hint: "Declare it under the former name, apply (that adopts it), and rename it in a later change; or take was out." };
}

/** A door that cannot be moved along would lead to nobody. */
function unreachableAccount({ snapshot, includes }: RenamesInput, { account }: DeclaredCluster): Why | null {
  if (account === null) return null;
  if (!snapshot.accounts.has(account))
    return { because: `account ${account}, which has its doors, was not read`, hint: "Apply again when it can be read." };
  if (includes === null || includes({ type: "account", name: account })) return null;
  return {
    because: `this run does not write to account ${account}, which has its doors`,
    hint: `Give --account ${account}, too, or run without --cluster.`,
  };
}

const refuse = (cluster: DeclaredCluster, { name, was }: Renamed, { because, hint }: Why): Problem =>
  errorProblem("rename-refused", `${displayName(was.name)} on cluster ${cluster.name} cannot become ${displayName(name)}: ${because}.`, {
    place: was.place,
    hint,
  });

const bothExist = (cluster: DeclaredCluster, { name, was }: Renamed): Problem =>
  errorProblem(
    "rename-both-exist",
    `${displayName(name)} was ${displayName(was.name)}, but cluster ${cluster.name} has both: which of them is meant cannot be told.`,
    {
      place: was.place,
      hint: `Drop ${displayName(name)} there if ${displayName(was.name)} shall take its name; or take was out: ${displayName(was.name)} is then dropped if pgaccord made it.`,
    },
  );

/** The cluster as if its roles were called by their new names already. Equal ACLs stay the same object. */
export function underNewNames(live: ClusterSnapshot, pending: ReadonlyMap<string, string>): ClusterSnapshot {
  if (pending.size === 0) return live;
  const names = new Map([...pending].map(([name, was]) => [was, name]));
  const of = (name: string): string => names.get(name) ?? name;
  const aclOf = memoizedAcls(of);
  return {
    ...live,
    roles: new Map([...live.roles.values()].map((role) => [of(role.name), { ...role, name: of(role.name) }])),
    memberships: live.memberships.map((row) => ({ ...row, role: of(row.role), member: of(row.member), grantor: of(row.grantor) })),
    databases: new Map([...live.databases].map(([key, head]) => [key, { ...head, owner: of(head.owner), acl: aclOf(head.acl) }])),
    inspected: new Map(
      [...live.inspected].map(([key, database]) => [
        key,
        {
          ...database,
          schemas: new Map(
            [...database.schemas].map(([name, schema]) => [name, { ...schema, owner: of(schema.owner), acl: aclOf(schema.acl) }]),
          ),
          groups: database.groups.map((group) => ({ ...group, owner: of(group.owner), acl: aclOf(group.acl) })),
          defaultAcls: database.defaultAcls.map((row) => ({ ...row, creator: of(row.creator), acl: aclOf(row.acl) })),
        },
      ]),
    ),
    dependencies: live.dependencies.map((row) => ({ ...row, role: of(row.role) })),
  };
}

function memoizedAcls(of: (name: string) => string): (acl: Acl) => Acl {
  const known = new Map<Acl, Acl>();
  const granteeOf = (grantee: Grantee): Grantee => (grantee === "PUBLIC" ? grantee : { role: of(grantee.role) });
  return (acl) => {
    const found = known.get(acl);
    if (found) return found;
    const names = (row: Acl[number]): boolean =>
      of(row.grantor) !== row.grantor || (row.grantee !== "PUBLIC" && of(row.grantee.role) !== row.grantee.role);
    const made = acl.some(names) ? acl.map((row) => ({ ...row, grantee: granteeOf(row.grantee), grantor: of(row.grantor) })) : acl;
    known.set(acl, made);
    return made;
  };
}
