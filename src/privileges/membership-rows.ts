import type { MembershipRow } from "../model/snapshot.js";

export interface MembershipRules {
  /** Should not be there in the end. */
  readonly isSurplus: (row: MembershipRow) => boolean;
  /** The admin can revoke it as whoever gave it. */
  readonly may: (row: MembershipRow) => boolean;
  /** Goes with what it hangs on, and is given again, or not missed. */
  readonly mayFall: (row: MembershipRow) => boolean;
  /** Needs nobody's ADMIN OPTION. */
  readonly bootstrap: string;
}

export interface RowRevoke {
  readonly row: MembershipRow;
  /** How many passed the ADMIN OPTION on to whoever gave it: deeper rows go first. */
  readonly depth: number;
  /** Rows that go with it by CASCADE. */
  readonly fallen: readonly MembershipRow[];
}

export interface TakenRows {
  readonly revokes: readonly RowRevoke[];
  readonly rest: readonly MembershipRow[];
}

/**
 * All rows of one role on 16 and later, where a row hangs on its grantor's ADMIN OPTION (user.c, plan_recursive_revoke): one that nobody
 * can revoke goes only with one above it.
 */
export function takeMemberships(rows: readonly MembershipRow[], rules: MembershipRules): TakenRows {
  const revokes: RowRevoke[] = [];
  let rest = rows;
  // RDS writes rows whose grantor has no ADMIN OPTION: they hang on nothing.
  const hanging = new Set(rows.filter((row) => row.grantor !== rules.bootstrap && rows.some((r) => r.admin && r.member === row.grantor)));
  const surplus = rows.filter(rules.isSurplus).map((row) => ({ row, depth: depthOf(row, rows, rules.bootstrap) }));
  for (const { row, depth } of surplus.sort((a, b) => b.depth - a.depth)) {
    if (!rest.includes(row) || !rules.may(row)) continue;
    const without = rest.filter((other) => other !== row);
    const after = fall(without, hanging);
    const fallen = without.filter((other) => !after.includes(other));
    if (!fallen.every((other) => rules.isSurplus(other) || rules.mayFall(other))) continue;
    revokes.push({ row, depth, fallen });
    rest = after;
  }
  return { revokes, rest };
}

function depthOf(
  row: MembershipRow,
  rows: readonly MembershipRow[],
  bootstrap: string,
  seen: ReadonlySet<MembershipRow> = new Set(),
): number {
  if (row.grantor === bootstrap || seen.has(row)) return 0;
  const above = rows.filter((other) => other.admin && other.member === row.grantor);
  const below = new Set([...seen, row]);
  return above.reduce((most, other) => Math.max(most, 1 + depthOf(other, rows, bootstrap, below)), 0);
}

/** Once its grantor is without ADMIN OPTION a row is gone. */
function fall(rows: readonly MembershipRow[], hanging: ReadonlySet<MembershipRow>): readonly MembershipRow[] {
  const admins = new Set(rows.filter((row) => row.admin).map((row) => row.member));
  const left = rows.filter((row) => !hanging.has(row) || admins.has(row.grantor));
  return left.length === rows.length ? rows : fall(left, hanging);
}
