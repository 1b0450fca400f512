import type { Effect, Operation, Phase } from "../model/plan.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Attrs, Pair, Resource } from "../model/resource.js";
import type { MembershipRow } from "../model/snapshot.js";
import { type ClusterFacts, clusterOf, type Facts } from "./facts.js";
import { resource } from "./key.js";
import { type KindSpec, plainOp, showAttrs } from "./spec.js";
import { displayName, quoteIdent } from "./sql.js";

export const PG_MEMBERSHIP: KindSpec<"pg.membership"> = {
  isThing: false,
  live: liveMemberships,
  equal: (desired, live) => desired.admin === live.admin && desired.inherit === live.inherit && desired.set === live.set,
  op: plainOp,
  target: (id) => ({ type: "cluster", name: id.cluster }),
  title: (pair, op) => `${op} membership of ${displayName(pair.id.member)} in ${displayName(pair.id.role)}`,
  effects: membershipEffects,
  operations: membershipOperations,
  show: showAttrs,
  obstacles: membershipObstacles,
};

export const RDS_IAM = "rds_iam";

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

function isInScope(cluster: ClusterFacts, role: string, member: string): boolean {
  if (cluster.managed.has(member)) return true;
  return cluster.managed.has(role) && !cluster.isLeftAlone(member);
}

/** The options of several grantors add up. */
const effectiveOptions = (rows: readonly MembershipRow[]): Attrs<"pg.membership"> => ({
  admin: rows.some((r) => r.admin),
  inherit: rows.some((r) => r.inherit),
  set: rows.some((r) => r.set),
});

const OPTIONS = ["admin", "inherit", "set"] as const;

function membershipEffects(pair: Pair<"pg.membership">): Effect[] {
  const { before, after } = pair;
  const list = (have: Attrs<"pg.membership"> | undefined, other: Attrs<"pg.membership"> | undefined): string[] => {
    if (!have) return [];
    // A plain membership inherits and may SET ROLE: only what differs from that is named.
    const whole =
      other === undefined ? ["membership", ...(have.inherit ? [] : ["(inherit false)"]), ...(have.set ? [] : ["(set false)"])] : [];
    const options = OPTIONS.filter((o) => have[o] && !other?.[o] && (other !== undefined || o === "admin"));
    return [...whole, ...options.map((o) => `${o} option`)];
  };
  const on = `role ${displayName(pair.id.role)}`;
  const gains = list(after, before);
  const loses = list(before, after);
  return [
    ...(gains.length > 0 ? [{ effect: "gains", who: pair.id.member, what: gains, preposition: "in", on, fold: null } as const] : []),
    ...(loses.length > 0 ? [{ effect: "loses", who: pair.id.member, what: loses, preposition: "in", on, fold: null } as const] : []),
  ];
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
  const stays = of.snapshot.memberships.filter((r) => r.role === role && r.grantor === member && r.member !== member && !goesToo(of, r));
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
