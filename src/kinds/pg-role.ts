import { type ClusterFacts, clusterOf, type Facts } from "../facts/facts.js";
import type { Declared, DeclaredRole } from "../model/declared.js";
import { keyOf, resource } from "../model/key.js";
import type { Operation } from "../model/operation.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Attrs, Pair, Resource } from "../model/resource.js";
import type { RoleDependency, RoleSnapshot } from "../model/snapshot.js";
import { ownMark, withMark } from "../privileges/mark.js";
import { displayName, quoteIdent } from "../privileges/sql.js";
import { passesOn } from "./membership-state.js";
import { renderBatch } from "./operations.js";
import { foreignOwnerProblems, formerMark } from "./other-owner.js";
import { iamLoginProblems, refusalOf, wrongMark } from "./refused-role.js";
import { renameProblems } from "./renames.js";
import { roleDelta } from "./role-delta.js";
import { heldBack, mayAlter, powerOf, untouched, withoutLogin } from "./role-staying.js";
import { administerHint, toAdminister } from "./safe-hint.js";
import { type Around, type Attained, attributesBut, type KindSpec, type Wishes, wholeSources } from "./spec.js";
import { typesOf } from "./things.js";
import { validUntil } from "./valid-until.js";

export const PG_ROLE: KindSpec<"pg.role"> = {
  isThing: true,
  wanted: (declared, facts, wishes) => {
    for (const problem of foreignOwnerProblems(declared, facts)) wishes.problem(problem);
    for (const cluster of facts.clusters.values()) wantRoles(declared, facts, cluster, wishes);
  },
  live: liveRoles,
  equal: (desired, live) => desired.login === live.login && desired.name === live.name && sameMark(desired, live),
  op: (pair) => {
    if (!pair.before) return "create";
    if (isRenamed(pair)) return "rename";
    if (!pair.after) return pair.before.mark === "adopted" ? "release" : "delete";
    return pair.before.mark === null && pair.after.mark !== null ? "adopt" : "update";
  },
  target: (id) => ({ type: "cluster", name: id.cluster }),
  subject: (pair) => ({
    type: "role",
    name: pair.id.role,
    login: (pair.after ?? pair.before)?.login ?? false,
    ...(isRenamed(pair) && pair.before?.name !== undefined ? { was: pair.before.name } : {}),
  }),
  delta: roleDelta,
  attributes: attributesBut("login"),
  attain: (facts, around) => (pair) => attainRole(pair, facts, around),
  obstacles: roleObstacles,
};

const isRenamed = ({ before, after }: Pick<Pair<"pg.role">, "before" | "after">): boolean =>
  before !== undefined && after !== undefined && before.name !== after.name;

function* liveRoles(facts: Facts): Generator<Resource<"pg.role">> {
  for (const cluster of facts.clusters.values()) {
    for (const role of cluster.snapshot.roles.values()) {
      const marked = liveMark(facts, cluster, role);
      if (marked === null) continue;
      const was = cluster.renames.pending.get(role.name);
      const named = was === undefined ? {} : { name: was };
      yield resource("pg.role", { cluster: cluster.name, role: role.name }, { login: role.login, ...marked, ...named });
    }
  }
}

/** null: it is not managed. */
function liveMark(facts: Facts, cluster: ClusterFacts, { name, comment }: RoleSnapshot): Pick<Attrs<"pg.role">, "mark" | "owner"> | null {
  const mark = ownMark(comment, facts.owner, cluster.name);
  if (!cluster.declaredRoles.has(name)) return mark === null || cluster.isLeftAlone(name) ? null : { mark };
  const former = formerMark(facts, cluster, comment);
  return former ? { mark: former.mark, owner: former.owner } : { mark };
}

function wantRoles(declared: Declared, facts: Facts, cluster: ClusterFacts, wishes: Wishes<"pg.role">): void {
  const roles = [...declared.roles.values()].filter((role) => role.clusters.includes(cluster.name));
  const iamUsers = roles.filter((role) => role.login === "iam");
  const notes = [
    ...iamLoginProblems(cluster, iamUsers),
    ...iamUsers.flatMap((user) => validUntil(cluster, user)),
    ...renameProblems(declared, facts, cluster),
    ...cluster.wronglyMarked.map((name) => wrongMark(declared, cluster, name)),
  ];
  for (const problem of notes) wishes.problem(problem);
  for (const role of roles) {
    const id = { cluster: cluster.name, role: role.name };
    const named = cluster.renames.pending.has(role.name) ? { name: role.name } : {};
    const refusal = refusalOf(facts, cluster, role);
    if (refusal?.problem) wishes.problem(refusal.problem);
    if (refusal?.leaveOut) wishes.leaveOut(keyOf("pg.role", id));
    else {
      const attrs = { login: role.login !== "none", ...markFor(facts, cluster, role), ...named };
      wishes.want(resource("pg.role", id, attrs), wholeSources(role.place, role.until));
    }
  }
}

function markFor(facts: Facts, cluster: ClusterFacts, role: DeclaredRole): Pick<Attrs<"pg.role">, "mark" | "owner"> {
  const live = cluster.snapshot.roles.get(role.name);
  if (!live) return { mark: "created" };
  const former = formerMark(facts, cluster, live.comment);
  if (former) return { mark: former.mark, owner: facts.owner };
  return { mark: ownMark(live.comment, facts.owner, cluster.name) ?? "adopted" };
}

const sameMark = (a: Attrs<"pg.role"> | undefined, b: Attrs<"pg.role"> | undefined): boolean =>
  a?.mark === b?.mark && a?.owner === b?.owner;

/** A role that something holds back loses LOGIN all the same; one that nobody administers stays as it is. */
function attainRole(pair: Pair<"pg.role">, facts: Facts, around: Around): Attained<"pg.role"> {
  const { cluster, role } = pair.id;
  const of = clusterOf(facts, cluster);
  const { before, after } = pair;
  const drops = before?.mark === "created" && !after;
  const onlyTakes = drops || (before !== undefined && sameMark(before, after) && !isRenamed(pair) && !after?.login);
  if (onlyTakes && !(before?.login ? mayAlter(of, role) : of.powers.administers(role)))
    return { end: before, operations: [], stays: [untouched(pair, facts)] };
  if (drops && around.isHeldBack(cluster, role)) {
    const end = { login: false, mark: before.mark };
    return { end, operations: roleOperations({ ...pair, after: end }, facts), stays: [heldBack(pair, of)] };
  }
  const passes = before && !before.login && after?.login ? passesOn(of, around, role) : null;
  if (passes !== null && after) {
    const end = { ...after, login: false };
    const stays = [withoutLogin({ ...pair, before: end }, passes, facts)];
    return { end, operations: roleOperations({ ...pair, after: end }, facts), stays };
  }
  return { end: after, operations: roleOperations(pair, facts), stays: [] };
}

function roleOperations(pair: Pair<"pg.role">, facts: Facts): Operation[] {
  const { cluster, role } = pair.id;
  const of = clusterOf(facts, cluster);
  const base = { change: pair.key, site: { cluster, database: of.declared.admin.database }, as: null, rank: 0 } as const;
  const live = of.snapshot.roles.get(role);
  const comment = withMark(live?.comment ?? null, facts.owner, cluster, pair.after?.mark ?? null);
  if (!pair.after) {
    if (pair.before?.mark === "adopted") return [{ ...base, type: "comment-role", phase: "delete", args: { role, comment } }];
    return [
      ...(live?.login ? [{ ...base, type: "alter-login", phase: "remove", args: { role, login: false } } as const] : []),
      { ...base, type: "drop-role", phase: "delete", args: { role } },
    ];
  }
  const operations: Operation[] = [];
  const was = of.renames.pending.get(role);
  if (isRenamed(pair) && was !== undefined) operations.push({ ...base, type: "rename-role", phase: "rename", args: { role, was } });
  if (!pair.before) operations.push({ ...base, type: "create-role", phase: "prepare", args: { role } });
  if (!sameMark(pair.before, pair.after))
    operations.push({ ...base, type: "comment-role", phase: "prepare", rank: 1, args: { role, comment } });
  const had = pair.before?.login ?? false;
  if (had !== pair.after.login) {
    operations.push({
      ...base,
      type: "alter-login",
      phase: pair.after.login ? "add" : "remove",
      rank: 9,
      args: { role, login: pair.after.login },
    });
  }
  return operations;
}

function roleObstacles(pair: Pair<"pg.role">, facts: Facts, operations: readonly Operation[]): Problem[] {
  const of = clusterOf(facts, pair.id.cluster);
  const { role } = pair.id;
  if (!pair.before) return of.powers.createsRoles ? [] : [noCreateRole(of, "create", role)];
  const was = of.renames.pending.get(role);
  if (was !== undefined && !of.powers.createsRoles) return [noCreateRole(of, "rename", was)];
  const dropping = !pair.after && pair.before.mark === "created";
  const alters = operations.some((o) => o.type === "alter-login");
  const may = alters ? mayAlter(of, role) : of.powers.administers(role);
  const problems = may ? [] : [notAdministered(of, pair, sqlOf(operations, facts))];
  return dropping ? [...problems, ...dropObstacles(facts, of, pair)] : problems;
}

const noCreateRole = (of: ClusterFacts, verb: "create" | "rename", role: string): Problem =>
  errorProblem(
    "admin-lacks-createrole",
    `Admin ${displayName(of.powers.admin)} of cluster ${of.name} may not ${verb} role ${displayName(role)}: it lacks CREATEROLE.`,
    {
      needs: [{ type: "create-roles", cluster: of.name, role: of.powers.admin }],
      cluster: of.name,
      hint: `Let the master user run once: ALTER ROLE ${quoteIdent(of.powers.admin)} CREATEROLE;`,
    },
  );

const sqlOf = (operations: readonly Operation[], { things }: Facts): string[] =>
  operations.flatMap((o) => (o.type === "aws" ? [] : renderBatch([o], things)));

function notAdministered(of: ClusterFacts, { key, id }: Pair<"pg.role">, statements: readonly string[]): Problem {
  // It is still called as before.
  const role = of.renames.pending.get(id.role) ?? id.role;
  const admin = `Admin ${displayName(of.powers.admin)} of cluster ${of.name} may not change role ${displayName(role)}`;
  const power = powerOf(of, id.role);
  if (power !== null)
    return errorProblem("role-not-administered", `${admin}: it has ${power}, and only a superuser changes it.`, {
      key,
      needs: [],
      cluster: of.name,
      hint: `Take it out of the file, or let a superuser run once: ALTER ROLE ${quoteIdent(role)} NO${power};`,
    });
  return errorProblem("role-not-administered", `${admin}: somebody else created it.`, {
    key,
    hint: administerHint(of, role, statements),
    ...toAdminister(of, role),
  });
}

/** DROP ROLE fails for anything that refers to the role in any database: what this plan does not clear is an error now. */
function dropObstacles(facts: Facts, of: ClusterFacts, pair: Pair<"pg.role">): Problem[] {
  const { role } = pair.id;
  const blocking = of.snapshot.dependencies.filter((d) => d.role === role && !isCleared(facts, of, d));
  if (blocking.length === 0) return [];
  const list = blocking.map((d) => dependencyText(d)).join(", ");
  // Where an entry is to be made, this may be its role, which somebody renamed by hand.
  const isNamed = [...of.declaredRoles].some((name) => !of.snapshot.roles.has(name));
  const back = isNamed ? `, with was: ${displayName(role)} if an entry is it by another name` : "";
  return [
    errorProblem("role-has-dependents", `User or role ${displayName(role)} cannot be dropped from cluster ${of.name}: it has ${list}.`, {
      key: pair.key,
      hint: `In each database named, run REASSIGN OWNED BY ${quoteIdent(role)} TO another role, look at what it still holds (\\dp, \\ddp), then DROP OWNED BY ${quoteIdent(role)}; or put it back into the file${back}.`,
    }),
  ];
}

/**
 * Only ACLs that were read are cleared: those of the types that can be granted on, and default privileges. Memberships go with the role,
 * and before it what it passed on of them.
 */
function isCleared({ things }: Facts, of: ClusterFacts, d: RoleDependency): boolean {
  if (d.catalog === "pg_auth_members") return true;
  const isRead = d.catalog === "pg_default_acl" || typesOf(things).some((type) => things[type].catalog === d.catalog);
  if (d.type !== "acl" || !isRead) return false;
  return of.aclsHeld(d.role, d.database, d.catalog) >= d.count;
}

function dependencyText(d: RoleDependency): string {
  const where = d.database === null ? "shared by all databases" : `in database ${displayName(d.database)}`;
  const what = {
    owner: "owned objects",
    acl: "privileges",
    policy: "row security policies",
    "initial-acl": "initial privileges",
    other: "references",
  }[d.type];
  return `${d.count} ${what} (${d.catalog}) ${where}`;
}
