import type { ClusterFacts } from "../facts/facts.js";
import { keyOf } from "../model/key.js";
import type { Attrs, Desired } from "../model/resource.js";
import type { MembershipRow } from "../model/snapshot.js";
import { type MembershipRules, type TakenRows, takeMemberships } from "../privileges/membership-rows.js";
import { closure } from "../privileges/powers.js";
import type { Around } from "./spec.js";

export const OPTIONS = ["admin", "inherit", "set"] as const;
type Options = Attrs<"pg.membership">;

/** The options of several grantors add up. */
export const effectiveOptions = (rows: readonly MembershipRow[]): Options => ({
  admin: rows.some((r) => r.admin),
  inherit: rows.some((r) => r.inherit),
  set: rows.some((r) => r.set),
});

/** A role that is dropped takes every member with it: whom we leave alone as well, but for the admin itself. */
export function isInScope({ managed, orphans, powers, isLeftAlone }: ClusterFacts, role: string, member: string): boolean {
  if (managed.has(member)) return true;
  return orphans.has(role) ? member !== powers.admin : managed.has(role) && !isLeftAlone(member);
}

export const wantedOptions = (desired: Desired, cluster: string, role: string, member: string): Options | undefined =>
  desired["pg.membership"].get(keyOf("pg.membership", { cluster, role, member }))?.attrs;

/** A row that gives more than is wanted; any grantor satisfies the rest. */
export function isSurplus(of: ClusterFacts, desired: Desired, row: MembershipRow): boolean {
  if (!isInScope(of, row.role, row.member) || !of.rows(row.role, row.member).includes(row)) return false;
  const wanted = wantedOptions(desired, of.name, row.role, row.member);
  return !wanted || OPTIONS.some((o) => row[o] && !wanted[o]);
}

/** By itself, or as whoever gave it. */
export const mayRevoke = ({ powers }: ClusterFacts, { role, grantor }: MembershipRow): boolean =>
  powers.options ? powers.superuser || powers.reach(grantor) !== null : powers.administers(role);

/** What of all memberships in a role can be taken. Before 16 they have one row each, and none hangs on another. */
export function takenOf(of: ClusterFacts, desired: Desired, role: string): TakenRows {
  const rows = of.snapshot.memberships.filter((row) => row.role === role);
  const { powers } = of;
  const regrants = powers.administers(role);
  const own = closure(of.snapshot, powers.admin, (row) => row.inherit);
  const rules: MembershipRules = {
    isSurplus: (row) => isSurplus(of, desired, row),
    may: (row) => mayRevoke(of, row),
    // What the admin needs for all this it could not give back to itself.
    mayFall: (row) => regrants && !own.has(row.member),
    bootstrap: of.snapshot.bootstrap,
  };
  if (powers.options) return takeMemberships(rows, rules);
  const gone = rows.filter((row) => rules.isSurplus(row) && rules.may(row));
  return { revokes: gone.map((row) => ({ row, depth: 0, fallen: [] })), rest: rows.filter((row) => !gone.includes(row)) };
}

const NOBODY: ReadonlySet<string> = new Set();

/** A role of which a newcomer would get what some role should lose and keeps; null: none. */
export function passesOn(of: ClusterFacts, around: Around, role: string, newcomer?: string): string | null {
  const has = newcomer === undefined ? NOBODY : reached(of, around, newcomer);
  return [...reached(of, around, role)].sort().find((name) => around.keepsTooMuch(of.name, name) && !has.has(name)) ?? null;
}

/** Over the memberships that are there and will be. */
function reached(of: ClusterFacts, { desired, stays }: Around, start: string): ReadonlySet<string> {
  const seen = new Set([start]);
  const lasts = ({ role, member }: MembershipRow): boolean => {
    const key = keyOf("pg.membership", { cluster: of.name, role, member });
    return !isInScope(of, role, member) || desired["pg.membership"].has(key) || stays(key);
  };
  for (const member of seen) {
    for (const row of of.snapshot.memberships) if (row.member === member && !seen.has(row.role) && lasts(row)) seen.add(row.role);
  }
  return seen;
}
