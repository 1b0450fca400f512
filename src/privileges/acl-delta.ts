import type { Acl, Grant, Grantee, Grants } from "../model/acl.js";
import type { PrivilegeSet } from "../model/privileges.js";
import { type Losses, type OneRevoke, type Roles, type StayingRow, takeRows } from "./acl-revokes.js";
import { granteeKey } from "./grantee.js";

/** Rows of an ACL that must go, of one grantor: PostgreSQL keys them by grantee and grantor. */
export type RowRevoke = Omit<OneRevoke, "grantee"> & { readonly from: readonly Grantee[] };
export interface NewGrant {
  readonly to: readonly Grantee[];
  readonly privileges: PrivilegeSet;
  readonly grantable: boolean;
}
export interface AclDelta {
  readonly revokes: readonly RowRevoke[];
  readonly grants: readonly NewGrant[];
  /** Rows that should go and stay: nobody at hand can be their grantor. */
  readonly stays: readonly StayingRow[];
  /** What should come and does not: nobody at hand can be the owner. */
  readonly lacks: readonly Grant[];
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

/**
 * The revokes and grants that lead from the live ACL as near to the wanted one as can be. What a revoke would take from others is given
 * back by the owner.
 */
export function aclDelta(live: Acl, owner: string, diffs: readonly GrantDiff[], roles: Roles): AclDelta {
  const wanted = diffs.flatMap((d) => newGrants(d));
  const gives = wanted.length > 0 && roles.may(owner);
  const grants = gives ? wanted : [];
  const { revokes, rest, stays } = takeRows(live, owner, lossesOf(diffs), roles);
  const back = rest === null || !roles.may(owner) ? [] : givenBack(live, rest, diffs, grants);
  return {
    revokes: joined<Omit<RowRevoke, "from">>(revokes).map(({ one, grantees }) => ({ ...one, from: grantees })),
    grants: joined<Omit<NewGrant, "to">>([...grants, ...back]).map(({ one, grantees }) => ({ ...one, to: grantees })),
    stays,
    lacks: gives ? [] : diffs.flatMap(lackingOf),
  };
}

/** What is wanted, with what stays beside it. The very list where nothing does. */
export function withStaying(wanted: Grants | undefined, stays: readonly StayingRow[]): Grants | undefined {
  if (stays.length === 0) return wanted;
  const byGrantee = new Map((wanted ?? []).map((grant) => [granteeKey(grant.to), grant]));
  for (const { to, privileges, grantable } of stays) {
    const has = byGrantee.get(granteeKey(to)) ?? { to, privileges: 0, grantable: 0 };
    byGrantee.set(granteeKey(to), { to, privileges: has.privileges | privileges, grantable: has.grantable | grantable });
  }
  return [...byGrantee.values()].sort(byGranteeKey);
}

/** Without what nobody can give; no empty grant is left, and no empty list. The very list where nothing lacks. */
export function withoutLacking(wanted: Grants | undefined, lacks: readonly Grant[]): Grants | undefined {
  if (lacks.length === 0 || wanted === undefined) return wanted;
  const left = wanted.flatMap((grant): Grant[] => {
    const lack = lacks.find((one) => same(one.to, grant.to));
    const privileges = grant.privileges & ~(lack?.privileges ?? 0);
    return privileges === 0 ? [] : [{ ...grant, privileges, grantable: grant.grantable & ~(lack?.grantable ?? 0) }];
  });
  return left.length === 0 ? undefined : left;
}

const lackingOf = ({ to, gained, gainedOption }: GrantDiff): Grant[] =>
  gained | gainedOption ? [{ to, privileges: gained, grantable: gainedOption }] : [];

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

const lossesOf = (diffs: readonly GrantDiff[]): Losses =>
  new Map(
    diffs.flatMap(({ to, lost, lostOption }) =>
      lost | lostOption ? [[granteeKey(to), { whole: lost, option: lostOption }] as const] : [],
    ),
  );

function newGrants(d: GrantDiff): OneGrant[] {
  const grantee = d.to;
  const plain = d.gained & ~d.gainedOption;
  return [
    ...(plain ? [{ grantee, privileges: plain, grantable: false }] : []),
    ...(d.gainedOption ? [{ grantee, privileges: d.gainedOption, grantable: true }] : []),
  ];
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
