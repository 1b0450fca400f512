import type { Acl, AclEntry, Grant, Grantee, Grants } from "../model/acl.js";
import type { PrivilegeSet } from "../model/privileges.js";

/** Rows of an ACL that must go, of one grantor: PostgreSQL keys them by grantee and grantor. */
export interface RowRevoke {
  readonly from: readonly Grantee[];
  readonly grantor: string;
  readonly privileges: PrivilegeSet;
  readonly optionOnly: boolean;
  /** What the grantee passed on goes with it; it is granted again below where it shall stay. */
  readonly cascade: boolean;
}
export interface NewGrant {
  readonly to: readonly Grantee[];
  readonly privileges: PrivilegeSet;
  readonly grantable: boolean;
}
export interface AclDelta {
  readonly revokes: readonly RowRevoke[];
  readonly grants: readonly NewGrant[];
}

/** What one grantee gains and loses. `option` bits are of the grant option alone. */
export interface GrantDiff {
  readonly to: Grantee;
  readonly gained: PrivilegeSet;
  readonly lost: PrivilegeSet;
  /** Of what is lost: what was held with the grant option. */
  readonly lostWithOption: PrivilegeSet;
  readonly gainedOption: PrivilegeSet;
  readonly lostOption: PrivilegeSet;
}

/** Tells grantees apart: no role has an empty name. */
export const granteeKey = (grantee: Grantee): string => (grantee === "PUBLIC" ? "" : grantee.role);
const same = (a: Grantee, b: Grantee): boolean => granteeKey(a) === granteeKey(b);

/** Rows of the managed grantees, merged over grantors; the owner's own row is never managed. */
export function managedGrants(acl: Acl, owner: string, isManaged: (to: Grantee) => boolean): Grants {
  const byGrantee = new Map<string, Grant>();
  for (const { grantee: to, privileges, grantable } of acl) {
    const key = granteeKey(to);
    if (key === owner || !isManaged(to)) continue;
    const before = byGrantee.get(key);
    byGrantee.set(key, { to, privileges: (before?.privileges ?? 0) | privileges, grantable: (before?.grantable ?? 0) | grantable });
  }
  return [...byGrantee.values()].sort(byGranteeKey);
}

export function byGranteeKey(a: { readonly to: Grantee }, b: { readonly to: Grantee }): number {
  const [one, other] = [granteeKey(a.to), granteeKey(b.to)];
  return one < other ? -1 : one > other ? 1 : 0;
}

export const sameGrants = (a: Grants, b: Grants): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every((grant, i) => {
      const other = b[i];
      return (
        other !== undefined && same(grant.to, other.to) && grant.privileges === other.privileges && grant.grantable === other.grantable
      );
    }));

const NOTHING: Grants = [];

/** Per grantee what changes. */
export function diffGrants(before: Grants = NOTHING, after: Grants = NOTHING): GrantDiff[] {
  const was = new Map(before.map((g) => [granteeKey(g.to), g]));
  const will = new Map(after.map((g) => [granteeKey(g.to), g]));
  return [...new Map([...was, ...will])]
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .flatMap(([key, { to }]) => {
      const b = was.get(key) ?? { privileges: 0, grantable: 0 };
      const a = will.get(key) ?? { privileges: 0, grantable: 0 };
      const diff: GrantDiff = {
        to,
        gained: a.privileges & ~b.privileges,
        lost: b.privileges & ~a.privileges,
        lostWithOption: b.grantable & ~a.privileges,
        gainedOption: a.grantable & ~b.grantable,
        lostOption: b.grantable & ~a.grantable & a.privileges,
      };
      return diff.gained | diff.lost | diff.gainedOption | diff.lostOption ? [diff] : [];
    });
}

/** The revokes and grants that lead from the live ACL to the wanted one. What a revoke would take from others is given back by the owner. */
export function aclDelta(live: Acl, owner: string, diffs: readonly GrantDiff[]): AclDelta {
  const grants = diffs.flatMap((d) => newGrants(d));
  if (live.every((row) => row.grantor === owner)) return statementsOf(ownersRevokes(live, diffs), grants);
  const { revokes, rest } = rowRevokes(live, owner, diffs);
  return statementsOf(revokes, [...grants, ...givenBack(live, rest, diffs, grants)]);
}

function statementsOf(revokes: readonly OneRevoke[], grants: readonly OneGrant[]): AclDelta {
  return {
    revokes: joined<Omit<RowRevoke, "from">>(revokes).map(({ one, grantees }) => ({ ...one, from: grantees })),
    grants: joined<Omit<NewGrant, "to">>(grants).map(({ one, grantees }) => ({ ...one, to: grantees })),
  };
}

type OneRevoke = Omit<RowRevoke, "from"> & { readonly grantee: Grantee };
type OneGrant = Omit<NewGrant, "to"> & { readonly grantee: Grantee };

/** Entries that differ in nothing but the grantee, together. */
function joined<R extends object>(entries: readonly (R & { readonly grantee: Grantee })[]) {
  const groups = new Map<string, { one: R; grantees: Grantee[] }>();
  for (const { grantee, ...rest } of entries) {
    // What is left without the grantee is the rest of it.
    const one = rest as unknown as R;
    const key = JSON.stringify(one);
    const group = groups.get(key) ?? { one, grantees: [] };
    groups.set(key, group);
    group.grantees.push(grantee);
  }
  return [...groups.values()];
}

const losses = (diffs: readonly GrantDiff[]): { readonly to: Grantee; readonly wanted: PrivilegeSet; readonly optionOnly: boolean }[] =>
  diffs.flatMap(({ to, lost, lostOption }) => [
    ...(lost ? [{ to, wanted: lost, optionOnly: false }] : []),
    ...(lostOption ? [{ to, wanted: lostOption, optionOnly: true }] : []),
  ]);

/** Most ACLs: nothing was passed on, so every grantee has one row and nothing goes with it. */
function ownersRevokes(live: Acl, diffs: readonly GrantDiff[]): OneRevoke[] {
  const rows = new Map(live.map((row) => [granteeKey(row.grantee), row]));
  return losses(diffs).flatMap(({ to, wanted, optionOnly }) => {
    const row = rows.get(granteeKey(to));
    const privileges = row ? (optionOnly ? row.grantable : row.privileges) & wanted : 0;
    return row && privileges !== 0 ? [{ grantee: row.grantee, grantor: row.grantor, privileges, optionOnly, cascade: false }] : [];
  });
}

function rowRevokes(live: Acl, owner: string, diffs: readonly GrantDiff[]): { revokes: OneRevoke[]; rest: Acl } {
  const revokes: OneRevoke[] = [];
  let rest = live;
  for (const { to, wanted, optionOnly } of losses(diffs)) {
    for (const row of rest.filter((r) => same(r.grantee, to))) {
      const privileges = (optionOnly ? row.grantable : row.privileges) & wanted;
      if (privileges === 0) continue;
      const without = takeFrom(rest, row, privileges, optionOnly);
      rest = cascade(without, owner);
      revokes.push({ grantee: row.grantee, grantor: row.grantor, privileges, optionOnly, cascade: rest !== without });
    }
  }
  return { revokes, rest };
}

function newGrants(d: GrantDiff): OneGrant[] {
  const grantee = d.to;
  const plain = d.gained & ~d.gainedOption;
  return [
    ...(plain ? [{ grantee, privileges: plain, grantable: false }] : []),
    ...(d.gainedOption ? [{ grantee, privileges: d.gainedOption, grantable: true }] : []),
  ];
}

export function takeFrom(acl: Acl, row: AclEntry, privileges: PrivilegeSet, optionOnly: boolean): Acl {
  return acl.flatMap((r) => {
    if (r.grantor !== row.grantor || !same(r.grantee, row.grantee)) return [r];
    const left = optionOnly ? r.privileges : r.privileges & ~privileges;
    return left === 0 ? [] : [{ ...r, privileges: left, grantable: r.grantable & ~privileges }];
  });
}

/** Rows whose grantor no longer holds the grant option vanish, as REVOKE … CASCADE makes them (aclmask and recursive_revoke in acl.c). */
export function cascade(acl: Acl, owner: string): Acl {
  for (const row of acl) {
    if (row.grantor === owner) continue;
    const option = acl.filter((r) => granteeKey(r.grantee) === row.grantor).reduce((set, r) => set | r.grantable, 0);
    const orphaned = row.privileges & ~option;
    if (orphaned !== 0) return cascade(takeFrom(acl, row, orphaned, false), owner);
  }
  return acl;
}

function givenBack(live: Acl, rest: Acl, diffs: readonly GrantDiff[], grants: readonly OneGrant[]): OneGrant[] {
  const held = (acl: Acl, who: Grantee, part: "privileges" | "grantable"): PrivilegeSet =>
    acl.filter((r) => same(r.grantee, who)).reduce((set, r) => set | r[part], 0);
  const given = (who: Grantee): PrivilegeSet => grants.filter((g) => same(g.grantee, who)).reduce((set, g) => set | g.privileges, 0);
  const grantees = live.filter((row, i) => live.findIndex((r) => same(r.grantee, row.grantee)) === i).map((r) => r.grantee);
  return grantees.flatMap((grantee) => {
    const diff = diffs.find((d) => same(d.to, grantee));
    const keep = held(live, grantee, "privileges") & ~(diff?.lost ?? 0);
    const keepOption = held(live, grantee, "grantable") & ~(diff?.lost ?? 0) & ~(diff?.lostOption ?? 0);
    const option = keepOption & ~held(rest, grantee, "grantable");
    const plain = keep & ~held(rest, grantee, "privileges") & ~option & ~given(grantee);
    return [
      ...(plain ? [{ grantee, privileges: plain, grantable: false }] : []),
      ...(option ? [{ grantee, privileges: option, grantable: true }] : []),
    ];
  });
}
