import { type ClusterFacts, clusterOf, type Facts } from "../facts/facts.js";
import type { DeclaredMembership, DeclaredRole } from "../model/declared.js";
import { keyOf, resource } from "../model/key.js";
import type { Operation } from "../model/operation.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import type { Pair, Resource } from "../model/resource.js";
import { displayName, quoteIdent } from "../privileges/sql.js";
import { RDS_IAM } from "../privileges/system-roles.js";
import { heldLoginProblem, heldLogins } from "./held-back-problems.js";
import { attainMemberships } from "./membership-attain.js";
import { membershipDelta } from "./membership-delta.js";
import { effectiveOptions, isInScope } from "./membership-state.js";
import { renderBatch } from "./operations.js";
import { isRefused } from "./refused-role.js";
import { administerHint, toAdminister } from "./safe-hint.js";
import { type KindSpec, noAttributes, plainOp, type Wishes, wholeSources } from "./spec.js";

export const PG_MEMBERSHIP: KindSpec<"pg.membership"> = {
  isThing: false,
  wanted: (declared, facts, wishes) => {
    for (const cluster of facts.clusters.values()) {
      const roles = [...declared.roles.values()].filter((role) => role.clusters.includes(cluster.name));
      for (const role of roles) if (!isRefused(facts, cluster, role)) wantMemberships(cluster, role, wishes);
      const held = heldLogins(declared, facts, cluster);
      if (held.length > 0) wishes.problem(heldLoginProblem(cluster, held));
      for (const member of held) wishes.leaveOut(keyOf("pg.membership", { cluster: cluster.name, role: RDS_IAM, member }));
    }
  },
  live: liveMemberships,
  equal: (desired, live) => desired.admin === live.admin && desired.inherit === live.inherit && desired.set === live.set,
  op: plainOp,
  target: (id) => ({ type: "cluster", name: id.cluster }),
  subject: ({ id: { role, member } }) => ({ type: "membership", role, member }),
  delta: membershipDelta,
  attributes: noAttributes,
  attain: attainMemberships,
  obstacles: membershipObstacles,
};

/** All memberships of managed roles, and all members of managed roles: strangers too. */
function* liveMemberships(facts: Facts): Generator<Resource<"pg.membership">> {
  for (const cluster of facts.clusters.values()) {
    const seen = new Set<string>();
    for (const { role, member } of cluster.snapshot.memberships) {
      const pair = JSON.stringify([role, member]);
      if (seen.has(pair) || !isInScope(cluster, role, member)) continue;
      seen.add(pair);
      const rows = cluster.rows(role, member);
      if (rows.length > 0) yield resource("pg.membership", { cluster: cluster.name, role, member }, effectiveOptions(rows));
    }
  }
}

function wantMemberships(cluster: ClusterFacts, role: DeclaredRole, wishes: Wishes<"pg.membership">): void {
  const note = noInherit(cluster, role);
  if (note) wishes.problem(note);
  const iam: DeclaredMembership = { role: RDS_IAM, admin: false, inherit: true, set: true, until: role.until, place: role.place };
  for (const membership of role.login === "iam" ? [...role.memberOf, iam] : role.memberOf) {
    const { role: group, admin, inherit, set, until, place } = membership;
    const problem = impossible(cluster, role.name, membership);
    if (problem) wishes.problem(problem);
    // The missing rds_iam has a message of its own.
    else if (isThere(cluster, group))
      wishes.want(
        resource("pg.membership", { cluster: cluster.name, role: group, member: role.name }, { admin, inherit, set }),
        wholeSources(place, until),
      );
  }
}

/** Before 16 the member's own attribute decides for all of its memberships (ALTER ROLE, NOINHERIT); it is left alone, but not unseen. */
function noInherit({ name, powers, snapshot }: ClusterFacts, role: DeclaredRole): Problem | null {
  if (powers.options || role.memberOf.length === 0 || snapshot.roles.get(role.name)?.inherit !== false) return null;
  const groups = role.memberOf.map((of) => displayName(of.role)).join(", ");
  return warningProblem(
    "no-inherit",
    `${displayName(role.name)} on cluster ${name} is NOINHERIT: what it has as a member of ${groups} it can use only after SET ROLE.`,
    { place: role.place, hint: `If that is not meant, run once: ALTER ROLE ${quoteIdent(role.name)} INHERIT;` },
  );
}

const isThere = ({ snapshot, declaredRoles }: ClusterFacts, role: string): boolean => snapshot.roles.has(role) || declaredRoles.has(role);

function impossible(cluster: ClusterFacts, member: string, { role, inherit, set, place }: DeclaredMembership): Problem | null {
  const version = Math.floor(cluster.snapshot.versionNum / 10000);
  if (!isThere(cluster, role) && role !== RDS_IAM)
    return errorProblem("missing-role", `Role ${displayName(role)} does not exist on cluster ${cluster.name} (PostgreSQL ${version}).`, {
      place,
      hint: "Predefined roles differ by version; other roles must be declared in the file.",
    });
  if (cluster.powers.options || (inherit && set)) return null;
  return errorProblem(
    "option-needs-16",
    `Membership of ${displayName(member)} in ${displayName(role)}: "inherit" and "set" exist from PostgreSQL 16 on; cluster ${cluster.name} is older.`,
    { place, hint: "Leave the options out on this cluster." },
  );
}

function membershipObstacles({ id, key }: Pair<"pg.membership">, facts: Facts, operations: readonly Operation[]): Problem[] {
  const of = clusterOf(facts, id.cluster);
  const grants = operations.flatMap((o) => (o.type === "grant-membership" && o.args.member === id.member ? [o] : []));
  if (grants.length === 0 || of.powers.administers(id.role)) return [];
  return [
    errorProblem(
      "membership-not-grantable",
      `Admin ${displayName(of.powers.admin)} of cluster ${of.name} may not make ${displayName(id.member)} a member of ${displayName(id.role)}.`,
      {
        key,
        ...toAdminister(of, id.role),
        hint: administerHint(
          of,
          id.role,
          grants.flatMap((grant) => renderBatch([grant], facts.things)),
        ),
      },
    ),
  ];
}
