import { grantKey } from "../facts/grant-memo.js";
import type { Grants } from "../model/acl.js";
import type { Day } from "../model/day.js";
import type { DeclaredGrant } from "../model/declared.js";
import { NO_SOURCES, type Sources } from "../model/expanded.js";
import { type PrivilegeSet, wordsOf } from "../model/privileges.js";
import type { Source } from "../model/right.js";
import type { ThingSpec } from "../model/thing.js";
import { byGranteeKey } from "../privileges/acl-delta.js";

/** An entry of the file, and to whom it gives. */
export interface WantedGrant {
  readonly to: { readonly role: string };
  readonly grant: DeclaredGrant;
  /** The last day on which it holds: its own, or that of whom it gives to. */
  readonly until: Day | null;
}

/** What several entries come to on one object. Shared by all objects that the same entries hit. */
export interface MergedGrants {
  readonly grants: Grants;
  readonly sources: Sources;
}
export const NO_GRANTS: MergedGrants = { grants: [], sources: NO_SOURCES };

/** `all` is what a server of this version knows. */
export const privilegesOf = ({ privileges }: DeclaredGrant, spec: ThingSpec, versionNum: number): PrivilegeSet =>
  privileges === "all" ? spec.privileges(versionNum) : privileges;

/** Entries for one object add up; its owner needs none. */
export function mergeGrants(list: readonly WantedGrant[], owner: string, spec: ThingSpec, versionNum: number): MergedGrants {
  const sets = new Map<string, PrivilegeSet>();
  for (const { to, grant } of list) {
    if (to.role !== owner) sets.set(to.role, (sets.get(to.role) ?? 0) | privilegesOf(grant, spec, versionNum));
  }
  const grants = [...sets].flatMap(([role, privileges]) => (privileges === 0 ? [] : [{ to: { role }, privileges, grantable: 0 }]));
  return { grants: grants.sort(byGranteeKey), sources: lazySources(list, (grant) => privilegesOf(grant, spec, versionNum)) };
}

/** Most plans change nothing and ask for no line. Privileges that the same entries give share one list. */
function lazySources(list: readonly WantedGrant[], setOf: (grant: DeclaredGrant) => PrivilegeSet): Sources {
  const lists = new Map<string, readonly Source[]>();
  const found = new Map<string, readonly Source[]>();
  const byRight = new Map<string, number[]>();
  const index = (): void => {
    for (const [i, { to, grant }] of list.entries()) {
      for (const word of wordsOf(setOf(grant))) {
        const key = grantKey(to, word);
        const entries = byRight.get(key);
        if (entries) entries.push(i);
        else byRight.set(key, [i]);
      }
    }
  };
  return {
    whole: [],
    of: (right) => {
      if (byRight.size === 0) index();
      const entries = byRight.get(right) ?? [];
      const which = entries.join();
      const sources = found.get(right) ?? lists.get(which) ?? entries.flatMap((i) => sourceOf(list[i]));
      lists.set(which, sources);
      found.set(right, sources);
      return sources;
    },
  };
}

const sourceOf = (wanted: WantedGrant | undefined): Source[] =>
  wanted ? [{ ...wanted.grant.place, pattern: wanted.grant.on.name === null ? wanted.grant.pattern : null, until: wanted.until }] : [];
