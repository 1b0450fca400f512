import { type ClusterFacts, clusterOf, type Facts } from "../facts/facts.js";
import type { DeclaredMembership, DeclaredRole } from "../model/declared.js";
import type { Sources } from "../model/expanded.js";
import { keyOf, resource } from "../model/key.js";
import type { Operation, Phase } from "../model/operation.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Attrs, Pair, Resource } from "../model/resource.js";
import type { Delta, DeltaItem } from "../model/right.js";
import type { MembershipRow } from "../model/snapshot.js";
import { displayName, quoteIdent } from "../privileges/sql.js";
import { RDS_IAM } from "../privileges/system-roles.js";
import { heldLoginProblem, heldLogins } from "./held-back-problems.js";
import { isRefused } from "./refused-role.js";
import { type KindSpec, noAttributes, plainOp, type Wishes, wholeSources } from "./spec.js";

export const PG_MEMBERSHIP: KindSpec<"pg.membership"> = {
  isThing: false,
  wanted: (declared, facts, wishes) => {
    for (const cluster of facts.clusters.values()) {
      const roles = [...declared.roles.values()].filter((role) => role.clusters.includes(cluster.name));
      for (const role of roles) if (!isRefused(declared, cluster, role)) wantMemberships(cluster, role, wishes);
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
  operations: membershipOperations,
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

/** A role that is dropped takes every member with it: whom we leave alone as well, but for the admin itself. */
function isInScope({ managed, orphans, powers, isLeftAlone }: ClusterFacts, role: string, member: string): boolean {
  if (managed.has(member)) return true;
  return orphans.has(role) ? member !== powers.admin : managed.has(role) && !isLeftAlone(member);
}

/** The options of several grantors add up. */
const effectiveOptions = (rows: readonly MembershipRow[]): Attrs<"pg.membership"> => ({
  admin: rows.some((r) => r.admin),
  inherit: rows.some((r) => r.inherit),
  set: rows.some((r) => r.set),
});

const OPTIONS = ["admin", "inherit", "set"] as const;

/** A right with all its options is one: gaining an option is gaining the membership that has it. */
function membershipDelta({ id, before, after }: Pair<"pg.membership">, facts: Facts, { whole }: Sources): Delta {
  const { server } = clusterOf(facts, id.cluster);
  const base = {
    who: { type: "role", cluster: id.cluster, name: id.member },
    verbs: ["member"],
    on: { type: "membership", server, role: id.role },
  } as const;
  const terms = (attrs: Attrs<"pg.membership"> | undefined) => (attrs ? { membership: attrs } : null);
  const [was, will] = [terms(before), terms(after)];
  const widens = will && (!before || OPTIONS.some((o) => after?.[o] && !before[o]));
  const narrows = was && (!after || OPTIONS.some((o) => before?.[o] && !after[o]));
  const gain: DeltaItem[] = widens ? [{ ...base, effect: "gains", terms: will, other: was, sources: whole }] : [];
  return [...gain, ...(narrows ? [{ ...base, effect: "loses", terms: was, other: will, sources: [] } as const] : [])];
}

function wantMemberships(cluster: ClusterFacts, role: DeclaredRole, wishes: Wishes<"pg.membership">): void {
  const iam: DeclaredMembership = { role: RDS_IAM, admin: false, inherit: true, set: true, place: role.place };
  for (const membership of role.login === "iam" ? [...role.memberOf, iam] : role.memberOf) {
    const { role: group, admin, inherit, set, place } = membership;
    const problem = impossible(cluster, role.name, membership);
    if (problem) wishes.problem(problem);
    // The missing rds_iam has a message of its own.
    else if (isThere(cluster, group))
      wishes.want(
        resource("pg.membership", { cluster: cluster.name, role: group, member: role.name }, { admin, inherit, set }),
        wholeSources(place),
      );
  }
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

function membershipOperations(pair: Pair<"pg.membership">, facts: Facts): Operation[] {
  const { cluster, role, member } = pair.id;
  const of = clusterOf(facts, cluster);
  const base = { change: pair.key, site: { cluster, database: of.declared.admin.database } } as const;
  const { after } = pair;
  const surplus = surplusRows(of, role, member, after);
  const phase = phaseOf(pair, of);
  const revokes = surplus.map((row): Operation => {
    const grantor = of.powers.options ? row.grantor : null;
    const as = grantor === null || of.powers.superuser || grantor === of.powers.admin ? null : grantor;
    // Whoever passed the membership on goes after those that got it.
    return { ...base, type: "revoke-membership", phase, as, rank: row.admin ? 5 : 4, args: { role, member, grantor } };
  });
  if (
    !after ||
    satisfied(
      of.rows(role, member).filter((r) => !surplus.includes(r)),
      after,
    )
  )
    return revokes;
  const grant: Operation = {
    ...base,
    type: "grant-membership",
    phase,
    as: null,
    rank: 6,
    args: { role, member, admin: after.admin, inherit: after.inherit, set: after.set, options: of.powers.options },
  };
  return [...revokes, grant];
}

/** Rows that give more than is wanted; any grantor satisfies the rest. */
function surplusRows(of: ClusterFacts, role: string, member: string, after: Attrs<"pg.membership"> | undefined): MembershipRow[] {
  return of.rows(role, member).filter((row) => !after || OPTIONS.some((o) => row[o] && !after[o]));
}

const satisfied = (rows: readonly MembershipRow[], want: Attrs<"pg.membership">): boolean =>
  rows.length > 0 && OPTIONS.every((o) => rows.some((r) => r[o]) === want[o]);

/**
 * A login that moves between password and IAM keeps one way in: `rds_iam` comes after the door is open and goes
 * before it is closed. Everything else: taken early, given late.
 */
function phaseOf(pair: Pair<"pg.membership">, of: ClusterFacts): Phase {
  const couldLogIn = of.snapshot.roles.get(pair.id.member)?.login ?? false;
  const switches = pair.id.role === RDS_IAM && couldLogIn && of.declaredRoles.has(pair.id.member);
  if (!pair.after) return switches ? "leave" : "remove";
  if (!pair.before) return switches ? "join" : "add";
  return OPTIONS.some((o) => pair.before?.[o] && !pair.after?.[o]) ? "remove" : "add";
}

function membershipObstacles(pair: Pair<"pg.membership">, facts: Facts): Problem[] {
  const of = clusterOf(facts, pair.id.cluster);
  const { role, member } = pair.id;
  const problems: Problem[] = [];
  if (pair.after && !of.powers.administers(role)) {
    problems.push(
      errorProblem(
        "membership-not-grantable",
        `Admin ${displayName(of.powers.admin)} of cluster ${of.name} may not make ${displayName(member)} a member of ${displayName(role)}.`,
        {
          key: pair.key,
          hint: `Let a superuser, or whoever has ADMIN OPTION on it, run once: GRANT ${quoteIdent(role)} TO ${quoteIdent(of.powers.admin)} WITH ADMIN OPTION;`,
        },
      ),
    );
  }
  const stays = of.passedOn(role, member).filter((r) => r.member !== member && !goesToo(of, r));
  const losesAdmin = surplusRows(of, role, member, pair.after).some((row) => row.admin);
  if (losesAdmin && of.powers.options && stays.length > 0) problems.push(dependents(of, pair, stays));
  return problems;
}

/** A membership that a member passed on goes in the same plan when nobody declared it. */
const goesToo = (of: ClusterFacts, row: MembershipRow): boolean => isInScope(of, row.role, row.member) && !of.declaredRoles.has(row.member);

const dependents = (of: ClusterFacts, pair: Pair<"pg.membership">, rows: readonly MembershipRow[]): Problem =>
  errorProblem(
    "membership-has-dependents",
    `${displayName(pair.id.member)} cannot lose the admin option on ${displayName(pair.id.role)} in cluster ${of.name}: it made ${rows.map((r) => displayName(r.member)).join(", ")} a member.`,
    {
      key: pair.key,
      hint: `Grant those memberships again as another role, then run: ${rows.map((r) => `REVOKE ${quoteIdent(r.role)} FROM ${quoteIdent(r.member)} GRANTED BY ${quoteIdent(r.grantor)};`).join(" ")}`,
    },
  );
