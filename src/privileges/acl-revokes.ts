import type { Acl, AclEntry, Grantee } from "../model/acl.js";
import type { PrivilegeSet } from "../model/privileges.js";
import { granteeKey } from "./grantee.js";

/** Privileges of one row that must go. */
export interface OneRevoke {
  readonly grantee: Grantee;
  readonly grantor: string;
  readonly privileges: PrivilegeSet;
  readonly optionOnly: boolean;
  /** What the grantee passed on goes with it; it is granted again where it shall stay. */
  readonly cascade: boolean;
  /** How far the grantor is from the owner: deeper rows hang on the others and go first, whatever role each statement runs as. */
  readonly depth: number;
}

/** What of one row should go and stays. */
export interface StayingRow {
  readonly to: Grantee;
  readonly grantor: string;
  readonly privileges: PrivilegeSet;
  readonly grantable: PrivilegeSet;
}

/** By grantee: privileges that go whole, and those of which only the grant option goes. */
export type Losses = ReadonlyMap<string, { readonly whole: PrivilegeSet; readonly option: PrivilegeSet }>;

export interface Taken {
  readonly revokes: readonly OneRevoke[];
  /** The ACL behind them; null: nothing went with something else. */
  readonly rest: Acl | null;
  readonly stays: readonly StayingRow[];
}

export interface Roles {
  /** Whether the admin can act as it. */
  readonly may: (role: string) => boolean;
  /** Privileges of which PostgreSQL, for whoever acts as that role, would take what another role gave. */
  readonly hidden: (role: string, acl: Acl) => PrivilegeSet;
  /** Whether it has the other's privileges without SET ROLE: the grant option, too. */
  readonly inherits: (role: string, other: string) => boolean;
}

/** Which rows to revoke, in which order. */
export function takeRows(live: Acl, owner: string, losses: Losses, roles: Roles): Taken {
  if (losses.size === 0) return { revokes: [], rest: null, stays: [] };
  if (live.every((row) => row.grantor === owner)) return takeOwners(live, losses, roles.may(owner) ? ~roles.hidden(owner, live) : 0);
  const all = [...losses.values()].reduce((set, { whole, option }) => set | whole | option, 0);
  const taken = bitsOf(all).map((bit) => takeBit(live, bit, { ...roles, owner, losses }));
  const left = new Map<AclEntry, { privileges: PrivilegeSet; grantable: PrivilegeSet }>();
  for (const { bit, edges } of taken) {
    for (const { row, option } of edges) {
      const has = left.get(row) ?? { privileges: 0, grantable: 0 };
      left.set(row, { privileges: has.privileges | bit, grantable: has.grantable | (option ? bit : 0) });
    }
  }
  return {
    revokes: together(taken.flatMap(({ revokes }) => revokes)),
    rest: live.flatMap((row) => restOf(row, left.get(row), all)),
    stays: stayingOf(taken.flatMap(({ stays }) => stays)),
  };
}

/** Most ACLs: nothing was passed on, so every grantee has one row and nothing goes with it. */
function takeOwners(live: Acl, losses: Losses, reachable: PrivilegeSet): Taken {
  const revokes: OneRevoke[] = [];
  const stays: StayingRow[] = [];
  for (const { grantee, grantor, privileges, grantable } of live) {
    const lost = losses.get(granteeKey(grantee));
    const whole = privileges & (lost?.whole ?? 0);
    const option = grantable & (lost?.option ?? 0);
    const left = (whole | option) & ~reachable;
    if (left) stays.push({ to: grantee, grantor, privileges: left, grantable: grantable & left });
    const one = { grantee, grantor, cascade: false, depth: 0 };
    if (whole & reachable) revokes.push({ ...one, privileges: whole & reachable, optionOnly: false });
    if (option & reachable) revokes.push({ ...one, privileges: option & reachable, optionOnly: true });
  }
  return { revokes, rest: null, stays };
}

/** One privilege that one row gives. */
interface Edge {
  readonly row: AclEntry;
  readonly option: boolean;
}
interface Context extends Roles {
  readonly owner: string;
  readonly losses: Losses;
}
interface TakenBit {
  readonly bit: PrivilegeSet;
  readonly edges: readonly Edge[];
  readonly revokes: readonly OneRevoke[];
  readonly stays: readonly StayingRow[];
}

/**
 * A row whose grantor nobody can be goes only with one above it that goes, too (REVOKE … CASCADE); where that would take what somebody
 * keeps, and the owner cannot give it back, the one above stays as well.
 */
function takeBit(live: Acl, bit: PrivilegeSet, context: Context): TakenBit {
  const { owner, losses, may } = context;
  const takes = (grantor: string): boolean => may(grantor) && (context.hidden(grantor, live) & bit) === 0;
  let edges: readonly Edge[] = live.flatMap((row) => (row.privileges & bit ? [{ row, option: (row.grantable & bit) !== 0 }] : []));
  const isWhole = ({ row }: Edge): boolean => ((losses.get(granteeKey(row.grantee))?.whole ?? 0) & bit) !== 0;
  const isTarget = (edge: Edge): boolean =>
    isWhole(edge) || (edge.option && ((losses.get(granteeKey(edge.row.grantee))?.option ?? 0) & bit) !== 0);
  const targets = edges.filter(isTarget).map((edge) => ({ edge, depth: depthOf(edge, edges, owner) }));
  // What a column's grantor holds on the table is not seen here: such a row hangs on nothing.
  const hanging = new Set(edges.flatMap(({ row }) => (holdsOption(row.grantor, edges, context) && row.grantor !== owner ? [row] : [])));
  const revokes: OneRevoke[] = [];
  for (const { edge: target, depth } of targets.sort((a, b) => b.depth - a.depth)) {
    const edge = edges.find((e) => e.row === target.row);
    if (!edge || !isTarget(edge) || !takes(edge.row.grantor)) continue;
    const optionOnly = !isWhole(edge);
    const without = edges.flatMap((e) => (e !== edge ? [e] : optionOnly ? [{ ...e, option: false }] : []));
    const after = cascade(without, hanging, context);
    if (!may(owner) && without.some((e) => !after.includes(e) && !isWhole(e) && !isHeld(e, after))) continue;
    const { grantee, grantor } = edge.row;
    revokes.push({ grantee, grantor, privileges: bit, optionOnly, cascade: after.length < without.length, depth });
    edges = after;
  }
  const stays = edges.filter(isTarget).map(({ row, option }) => ({
    to: row.grantee,
    grantor: row.grantor,
    privileges: bit,
    grantable: option ? bit : 0,
  }));
  return { bit, edges, revokes, stays };
}

/** Whoever it was given to has it otherwise, too. */
const isHeld = ({ row, option }: Edge, edges: readonly Edge[]): boolean =>
  edges.some((e) => granteeKey(e.row.grantee) === granteeKey(row.grantee) && (e.option || !option));

/** The longest way from the owner: whoever gave it holds it by rows that are less deep. PostgreSQL lets no circle arise. */
function depthOf(edge: Edge, edges: readonly Edge[], owner: string, seen: ReadonlySet<Edge> = new Set()): number {
  if (edge.row.grantor === owner || seen.has(edge)) return 0;
  const above = edges.filter((e) => e.option && granteeKey(e.row.grantee) === edge.row.grantor);
  const below = new Set([...seen, edge]);
  return 1 + above.reduce((most, e) => Math.max(most, depthOf(e, edges, owner, below)), 0);
}

/** Rows whose grantor no longer holds the grant option vanish, as REVOKE … CASCADE makes them (recursive_revoke in acl.c). */
function cascade(edges: readonly Edge[], hanging: ReadonlySet<AclEntry>, context: Context): readonly Edge[] {
  const left = edges.filter(({ row }) => !hanging.has(row) || holdsOption(row.grantor, edges, context));
  return left.length === edges.length ? edges : cascade(left, hanging, context);
}

/** By itself, through a membership, or as somebody who has the owner's privileges (aclmask in acl.c). */
const holdsOption = (role: string, edges: readonly Edge[], { owner, inherits }: Context): boolean =>
  inherits(role, owner) || edges.some(({ row, option }) => option && inherits(role, granteeKey(row.grantee)));

function restOf(row: AclEntry, left: { privileges: PrivilegeSet; grantable: PrivilegeSet } | undefined, all: PrivilegeSet): Acl {
  const privileges = (row.privileges & ~all) | (left?.privileges ?? 0);
  return privileges === 0 ? [] : [{ ...row, privileges, grantable: (row.grantable & ~all) | (left?.grantable ?? 0) }];
}

const bitsOf = (set: PrivilegeSet): PrivilegeSet[] => Array.from({ length: 31 }, (_, i) => 1 << i).filter((bit) => set & bit);

/** Privileges that go in the same way from the same row are one statement; deeper ones first. */
function together(revokes: readonly OneRevoke[]): OneRevoke[] {
  const rows = new Map<string, OneRevoke>();
  for (const one of revokes) {
    const key = JSON.stringify([one.grantee, one.grantor, one.optionOnly, one.cascade, one.depth]);
    rows.set(key, { ...one, privileges: one.privileges | (rows.get(key)?.privileges ?? 0) });
  }
  return [...rows.values()].sort((a, b) => b.depth - a.depth);
}

function stayingOf(rows: readonly StayingRow[]): StayingRow[] {
  const found = new Map<string, StayingRow>();
  for (const row of rows) {
    const key = JSON.stringify([row.to, row.grantor]);
    const has = found.get(key);
    found.set(key, { ...row, privileges: row.privileges | (has?.privileges ?? 0), grantable: row.grantable | (has?.grantable ?? 0) });
  }
  return [...found.values()];
}
