import type { Acl, Grantee, Grants } from "../model/acl.js";
import type { Sources } from "../model/expanded.js";
import type { Principal } from "../model/principal.js";
import { wordsOf } from "../model/privileges.js";
import type { Delta, DeltaItem, Source, Terms } from "../model/right.js";
import { type AclDelta, aclDelta, diffGrants, type GrantDiff, withoutLacking, withStaying } from "../privileges/acl-delta.js";
import type { Roles } from "../privileges/acl-revokes.js";
import { granteeKey } from "../privileges/grantee.js";
import type { ActingPlace } from "./acting.js";

/** What follows from a pair of interned grant lists, worked out once however many objects share it. Lives as long as one plan. */
export interface GrantMemo {
  readonly delta: (before: Grants | undefined, after: Grants | undefined, sources: Sources) => Delta;
  readonly diff: (before: Grants | undefined, after: Grants | undefined) => readonly GrantDiff[];
  readonly attain: (on: GrantsOn, before: Grants | undefined, after: Grants | undefined) => AttainedGrants;
  /** The same where some grantors are out of reach on this very object. */
  readonly attainWithout: (
    on: GrantsOn,
    grantors: ReadonlySet<string>,
    before: Grants | undefined,
    after: Grants | undefined,
  ) => AttainedGrants;
}
export interface GrantsOn extends ActingPlace {
  readonly acl: Acl;
}
export interface AttainedGrants extends AclDelta {
  /** `after`, and what stays beside it. */
  readonly wanted: Grants | undefined;
  /** The list that the statements lead to: what cannot be given is not there. */
  readonly end: Grants | undefined;
}

/** How the sources of a right on an ACL are found again. */
export const grantKey = (to: Grantee, word: string): string => `${granteeKey(to)} ${word}`;

/** @param rolesAt who may act as whom at a place */
export function createGrantMemo(cluster: string, rolesAt: (place: ActingPlace) => Roles): GrantMemo {
  const diff = memoPair(diffGrants);
  const deltas = memoPair((before: Grants | undefined, after: Grants | undefined) =>
    memoOne((sources: Sources): Delta => diff(before, after).flatMap((d) => itemsOf(d, principalOf(d.to, cluster), sources))),
  );
  const statements = memoPair((acl: Acl | undefined, diffs: readonly GrantDiff[] | undefined) =>
    memoOne((owner: string) =>
      memoOne((database: string) =>
        memoOne((schemas: readonly string[]) => aclDelta(acl ?? [], owner, diffs ?? [], rolesAt({ database, schemas, owner }))),
      ),
    ),
  );
  const attained = memoPair((delta: AclDelta | undefined, after: Grants | undefined) => endOf(delta ?? NO_DELTA, after));
  return {
    diff,
    delta: (before, after, sources) => deltas(before, after)(sources),
    attain: ({ acl, owner, database, schemas }, before, after) =>
      attained(statements(acl, diff(before, after))(owner)(database)(schemas), after),
    attainWithout: ({ acl, ...place }, grantors, before, after) => {
      const roles = rolesAt(place);
      const may = (role: string): boolean => !grantors.has(role) && roles.may(role);
      return endOf(aclDelta(acl, place.owner, diff(before, after), { ...roles, may }), after);
    },
  };
}

const NO_DELTA: AclDelta = { revokes: [], grants: [], stays: [], lacks: [] };

function endOf(delta: AclDelta, after: Grants | undefined): AttainedGrants {
  const wanted = withStaying(after, delta.stays);
  return { ...delta, wanted, end: withoutLacking(wanted, delta.lacks) };
}

export const principalOf = (to: Grantee, cluster: string): Principal =>
  to === "PUBLIC" ? { type: "public", cluster } : { type: "role", cluster, name: to.role };

function memoOne<A, R>(work: (a: A) => R): (a: A) => R {
  const memo = new Map<A, R>();
  return (a) => {
    const known = memo.get(a);
    if (known !== undefined) return known;
    const made = work(a);
    memo.set(a, made);
    return made;
  };
}

/** By identity: equal lists are the same object. */
function memoPair<A, B, R>(work: (a: A | undefined, b: B | undefined) => R): (a: A | undefined, b: B | undefined) => R {
  const byFirst = memoOne((a: A | undefined) => memoOne((b: B | undefined) => work(a, b)));
  return (a, b) => byFirst(a)(b);
}

const PLAIN: Terms = {};
const OPTION: Terms = { grantable: true };

/** The grant option is a term of the privilege: gaining it alone, the same privilege was held without. */
function itemsOf(d: GrantDiff, who: Principal, sources: Sources): DeltaItem[] {
  const gains = (set: number, terms: Terms, other: Terms | null): DeltaItem[] =>
    bySources(wordsOf(set), (word) => sources.of(grantKey(d.to, word))).map(({ verbs, from }) => ({
      effect: "gains",
      who,
      verbs,
      terms,
      other,
      sources: from,
    }));
  const loses = (set: number, terms: Terms, other: Terms | null): DeltaItem[] =>
    set === 0 ? [] : [{ effect: "loses", who, verbs: wordsOf(set), terms, other, sources: NONE }];
  return [
    ...gains(d.gained & ~d.gainedOption, PLAIN, null),
    ...gains(d.gained & d.gainedOption, OPTION, null),
    ...gains(d.gainedOption & ~d.gained, OPTION, PLAIN),
    ...loses(d.lost & ~d.lostWithOption, PLAIN, null),
    ...loses(d.lostWithOption, OPTION, null),
    ...loses(d.lostOption, OPTION, PLAIN),
  ];
}

const NONE: readonly Source[] = [];

/** Words with the very same lines behind them stay together. */
function bySources(
  words: readonly string[],
  sourcesOf: (word: string) => readonly Source[],
): { readonly verbs: readonly string[]; readonly from: readonly Source[] }[] {
  const groups = new Map<readonly Source[], string[]>();
  for (const word of words) {
    const from = sourcesOf(word);
    const group = groups.get(from);
    if (group) group.push(word);
    else groups.set(from, [word]);
  }
  return [...groups].map(([from, verbs]) => ({ from, verbs }));
}
