import { type ClusterFacts, clusterOf, type Facts } from "../facts/facts.js";
import type { Operation, Phase } from "../model/operation.js";
import { type Problem, warningProblem } from "../model/problem.js";
import type { Attrs, Pair } from "../model/resource.js";
import type { MembershipRow } from "../model/snapshot.js";
import type { RowRevoke, TakenRows } from "../privileges/membership-rows.js";
import { cannotTake } from "../privileges/run-as.js";
import { displayName } from "../privileges/sql.js";
import { RDS_IAM } from "../privileges/system-roles.js";
import { membershipDelta } from "./membership-delta.js";
import { effectiveOptions, isSurplus, mayRevoke, OPTIONS, passesOn, takenOf, wantedOptions } from "./membership-state.js";
import { renderBatch } from "./operations.js";
import { toTake } from "./safe-hint.js";
import type { Around, Attained, Staying } from "./spec.js";

type Membership = Pair<"pg.membership">;
type Options = Attrs<"pg.membership">;

/** Rows of one role hang on each other: they are looked at together, once. */
export function attainMemberships(facts: Facts, around: Around): (pair: Membership) => Attained<"pg.membership"> {
  const known = new Map<string, TakenRows>();
  return (pair) => {
    const of = clusterOf(facts, pair.id.cluster);
    const key = JSON.stringify([of.name, pair.id.role]);
    const taken = known.get(key) ?? takenOf(of, around.desired, pair.id.role);
    known.set(key, taken);
    return attainOne(pair, { facts, of, around, taken });
  };
}

interface Context {
  readonly facts: Facts;
  readonly of: ClusterFacts;
  readonly around: Around;
  readonly taken: TakenRows;
}

function attainOne(pair: Membership, context: Context): Attained<"pg.membership"> {
  const { of, around, taken } = context;
  const { role, member } = pair.id;
  const left = taken.rest.filter((row) => row.member === member && of.rows(role, member).includes(row));
  const stuck = goesWithRole(pair, context) ? [] : left.filter((row) => isSurplus(of, around.desired, row));
  const lacks = pair.after !== undefined && !satisfies(left, pair.after);
  // Whoever comes now would get what the role keeps against the file.
  const passes = pair.before === undefined ? passesOn(of, around, role, member) : null;
  const end = passes === null ? withRows(pair.after, stuck) : undefined;
  const revokes = taken.revokes.filter(({ row }) => row.member === member);
  const operations = operationsOf({ ...pair, after: end }, revokes, lacks && passes === null ? (pair.after ?? null) : null, context);
  const stays = [...stayingRows(pair, stuck, context), ...(passes === null ? [] : [leftOut({ ...pair, before: end }, passes, context)])];
  return { end, operations, stays };
}

const withRows = (options: Options | undefined, rows: readonly MembershipRow[]): Options | undefined =>
  rows.length === 0 ? options : merged(options, effectiveOptions(rows));

const merged = (a: Options | undefined, b: Options): Options =>
  a ? { admin: a.admin || b.admin, inherit: a.inherit || b.inherit, set: a.set || b.set } : b;

/** Rows that give more are surplus, and counted elsewhere. */
const satisfies = (rows: readonly MembershipRow[], want: Options): boolean =>
  rows.length > 0 && OPTIONS.every((o) => !want[o] || rows.some((r) => r[o]));

/** DROP ROLE takes every membership in the role, and of the role, whoever gave it; but from 16 on not what that role passed on. */
function goesWithRole({ id: { cluster, role, member } }: Membership, { of, around, taken }: Context): boolean {
  const isDropped = (name: string): boolean => of.orphans.has(name) && !around.isHeldBack(cluster, name);
  if (isDropped(role)) return true;
  return isDropped(member) && !(of.powers.options && taken.rest.some((row) => row.grantor === member));
}

function operationsOf(pair: Membership, revokes: readonly RowRevoke[], grant: Options | null, { of, around }: Context): Operation[] {
  const { role, member } = pair.id;
  const phase = phaseOf(pair, revokes.length > 0, of);
  const base = { change: pair.key, site: { cluster: of.name, database: of.declared.admin.database }, phase } as const;
  const grantTo = (to: string, { admin, inherit, set }: Options): Operation => ({
    ...base,
    type: "grant-membership",
    as: null,
    rank: 1,
    args: { role, member: to, admin, inherit, set, options: of.powers.options },
  });
  return [
    ...revokes.map(({ row, depth, fallen }): Operation => {
      const args = { role, member, grantor: of.powers.options ? row.grantor : null, cascade: fallen.length > 0 };
      return { ...base, type: "revoke-membership", as: actingRole(of, row), rank: -depth, args };
    }),
    ...givenBack(revokes, of, around).map(([to, options]) => grantTo(to, options)),
    ...(grant === null ? [] : [grantTo(member, grant)]),
  ];
}

/** From 16 on a row goes by its grantor's own REVOKE; a superuser may name it. */
const actingRole = (of: ClusterFacts, { grantor }: MembershipRow): string | null =>
  !of.powers.options || of.powers.superuser || grantor === of.powers.admin ? null : grantor;

/** What fell with a revoke and should stay. A membership that changes has a difference of its own, which gives it. */
function givenBack(revokes: readonly RowRevoke[], of: ClusterFacts, { desired }: Around): [string, Options][] {
  const fallen = revokes.flatMap((revoke) => revoke.fallen).filter((row) => !isSurplus(of, desired, row));
  const members = [...new Set(fallen.map((row) => row.member))];
  return members.flatMap((member): [string, Options][] => {
    const role = fallen[0]?.role ?? "";
    const had = effectiveOptions(of.snapshot.memberships.filter((row) => row.role === role && row.member === member));
    const wanted = wantedOptions(desired, of.name, role, member);
    return wanted && OPTIONS.some((o) => wanted[o] !== had[o]) ? [] : [[member, had]];
  });
}

/**
 * A login that moves between password and IAM keeps one way in: `rds_iam` comes after the door is open and goes
 * before it is closed. Everything else: taken early, given late.
 */
function phaseOf(pair: Membership, takes: boolean, of: ClusterFacts): Phase {
  const couldLogIn = of.snapshot.roles.get(pair.id.member)?.login ?? false;
  const switches = pair.id.role === RDS_IAM && couldLogIn && of.declaredRoles.has(pair.id.member);
  if (!pair.after) return switches ? "leave" : "remove";
  if (!pair.before) return switches ? "join" : "add";
  return takes ? "remove" : "add";
}

/** One for each grantor. */
function stayingRows(pair: Membership, rows: readonly MembershipRow[], context: Context): Staying[] {
  const { facts, of, taken } = context;
  const { role, member } = pair.id;
  const grantors = [...new Set(rows.map((row) => row.grantor))];
  return grantors.map((grantor) => {
    const own = rows.filter((row) => row.grantor === grantor);
    const passedOn = taken.rest.filter((row) => row.grantor === member);
    const cascade = of.powers.options && own.some((row) => row.admin) && passedOn.length > 0;
    const args = { role, member, grantor: of.powers.options ? grantor : null, cascade };
    const site = { cluster: of.name, database: of.declared.admin.database };
    const base = { change: pair.key, site, phase: "remove", as: null, rank: 0, type: "revoke-membership" } as const;
    const statements = renderBatch([{ ...base, args }], facts.things);
    return {
      delta: membershipDelta({ ...pair, before: withRows(pair.after, own) }, facts),
      grantor,
      statements,
      problem: own.every((row) => mayRevoke(of, row))
        ? hasDependents(of, passedOn, statements)
        : { ...cannotTake(of.name, of.powers, grantor, statements), ...toTake(of, grantor, site.database, statements) },
      // What a dropped role is a member of goes with it, what it passed on does not.
      names: of.powers.options ? [grantor, ...(passedOn.length > 0 ? [member] : [])] : [],
      waits: null,
    };
  });
}

const hasDependents = (of: ClusterFacts, passedOn: readonly MembershipRow[], statements: readonly string[]): Problem =>
  warningProblem(
    "membership-has-dependents",
    `on cluster ${of.name} it made ${passedOn.map((row) => displayName(row.member)).join(", ")} a member, and admin ${displayName(of.powers.admin)} could not give that back.`,
    { hint: `Let a superuser run once, and grant those memberships again: ${statements.join("; ")};` },
  );

/** The file wants it, and it would give more than the file wants. */
function leftOut(pair: Membership, keeps: string, { facts, of }: Context): Staying {
  const { role, member } = pair.id;
  return {
    delta: membershipDelta(pair, facts),
    grantor: null,
    statements: [],
    problem: warningProblem(
      "would-pass-on",
      `on cluster ${of.name} ${displayName(keeps)} keeps what it should lose, and ${displayName(member)} would get that through ${displayName(role)}.`,
      { hint: "It is given once that is taken: see what else stays different." },
    ),
    names: [],
    waits: null,
  };
}
