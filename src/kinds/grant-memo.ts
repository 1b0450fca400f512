import type { Effect } from "../model/plan.js";
import { type PrivilegeWord, wordsOf } from "../model/privileges.js";
import type { Acl, Grants } from "../model/resource.js";
import { type AclDelta, aclDelta, diffGrants, type GrantDiff } from "./acl-delta.js";

/** What follows from a pair of interned grant lists, worked out once however many objects share it. Lives as long as one plan. */
export interface GrantMemo {
  readonly effects: (before: Grants | undefined, after: Grants | undefined) => readonly EffectDraft[];
  readonly show: (before: Grants | undefined, after: Grants | undefined) => { readonly before: unknown; readonly after: unknown };
  readonly diff: (before: Grants | undefined, after: Grants | undefined) => readonly GrantDiff[];
  readonly delta: (acl: Acl, owner: string, diffs: readonly GrantDiff[]) => AclDelta;
}
/** An effect without the object that it is on. */
export type EffectDraft = Pick<Effect, "effect" | "who" | "what">;

export function createGrantMemo(): GrantMemo {
  const diff = memoPair(diffGrants);
  const deltaOf = memoPair((acl: Acl | undefined, diffs: readonly GrantDiff[] | undefined) =>
    memoOne((owner: string) => aclDelta(acl ?? [], owner, diffs ?? [])),
  );
  return {
    diff,
    effects: memoPair((before, after) => diff(before, after).flatMap(effectsOf)),
    show: memoPair((before, after) => showDiffs(diff(before, after))),
    delta: (acl, owner, diffs) => deltaOf(acl, diffs)(owner),
  };
}

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

/** One effect for all privileges that a role gains on a thing, one for all that it loses. */
function effectsOf(d: GrantDiff): EffectDraft[] {
  const gains = [...wordsOf(d.gained), ...wordsOf(d.gainedOption).map((w) => `grant option for ${w}`)];
  const loses = [...wordsOf(d.lost), ...wordsOf(d.lostOption).map((w) => `grant option for ${w}`)];
  return [
    ...(gains.length > 0 ? [{ effect: "gains", who: d.role, what: gains } as const] : []),
    ...(loses.length > 0 ? [{ effect: "loses", who: d.role, what: loses } as const] : []),
  ];
}

/** What is taken and what is given, in words. */
function showDiffs(diffs: readonly GrantDiff[]): { before: unknown; after: unknown } {
  const part = (
    role: string,
    privileges: number,
    option: number,
  ): { role: string; privileges: PrivilegeWord[]; grant_option: PrivilegeWord[] }[] =>
    privileges | option ? [{ role, privileges: wordsOf(privileges), grant_option: wordsOf(option) }] : [];
  return {
    before: { remove: diffs.flatMap((d) => part(d.role, d.lost, d.lostOption)) },
    after: { add: diffs.flatMap((d) => part(d.role, d.gained, d.gainedOption)) },
  };
}
