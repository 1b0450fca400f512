import type { ClusterFacts, Facts } from "../facts/facts.js";
import { foldName, OWNER_TAG, tagValue } from "../facts/iam-things.js";
import type { Declared } from "../model/declared.js";
import type { Place } from "../model/place.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Tag } from "../model/resource.js";
import { type ParsedMark, parseMark } from "../privileges/mark.js";
import { displayName } from "../privileges/sql.js";

/** The mark that an owner of `owner_was` left on this very cluster: the file takes it over. */
export function formerMark({ ownerWas }: Facts, cluster: ClusterFacts, comment: string | null): ParsedMark | null {
  const mark = parseMark(comment);
  return mark && mark.cluster === cluster.name && ownerWas.has(mark.owner) ? mark : null;
}

/** Whose it is, if neither ours nor taken over. */
export const strangerOf = ({ owner, ownerWas }: Facts, of: string | undefined): string | null =>
  of === undefined || of === owner || ownerWas.has(of) ? null : of;

/** Something of the file that another owner manages. */
interface Held {
  readonly by: string;
  readonly noun: string;
  readonly name: string;
  readonly where: string;
  readonly place: Place;
}

/** So many are named. */
const FEW = 3;

/** One problem for each other owner, however much of the file carries its mark: changing `owner` in place is one mistake. */
export function foreignOwnerProblems(declared: Declared, facts: Facts): Problem[] {
  const held = [...heldRoles(declared, facts), ...heldIamThings(declared, facts)];
  return [...new Set(held.map(({ by }) => by))].map((by) => {
    const all = held.filter((one) => one.by === by);
    const shown = all.slice(0, FEW).map(({ noun, name, where }) => `${noun} ${name} ${where}`);
    const more = all.length - shown.length;
    const list = `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
    return errorProblem("other-owner", `${capital(list)} ${all.length === 1 ? "is" : "are"} managed by ${by}, not by ${declared.owner}.`, {
      place: all[0]?.place ?? null,
      hint: `To take over, keeping all: add owner_was: [${by}], apply, and only then take it out of the file of ${by}, if that is another file. To leave it there: take it out of this file.`,
    });
  });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const heldRoles = (declared: Declared, facts: Facts): Held[] =>
  [...facts.clusters.values()].flatMap((cluster) =>
    [...declared.roles.values()].flatMap(({ name, clusters, place }) => {
      const mark = clusters.includes(cluster.name) ? parseMark(cluster.snapshot.roles.get(name)?.comment ?? null) : null;
      const by = cluster.untouchable.has(name) ? null : strangerOf(facts, mark?.owner);
      return by === null ? [] : [{ by, noun: "role", name: displayName(name), where: `on cluster ${cluster.name}`, place }];
    }),
  );

const heldIamThings = (declared: Declared, facts: Facts): Held[] =>
  [...declared.iamRoles.values(), ...declared.iamDoors.map((door) => ({ ...door, name: null, instanceProfile: null }))].flatMap(
    ({ account, name, policy, instanceProfile, place }) => {
      const snapshot = facts.accounts.get(account)?.snapshot;
      const one = (noun: string, live: ReadonlyMap<string, Tagged> | undefined, wanted: string | null): Held[] => {
        const found = [...(live?.values() ?? [])].find((thing) => wanted !== null && foldName(thing.name) === foldName(wanted));
        const by = strangerOf(facts, tagValue(found?.tags ?? null, OWNER_TAG));
        return found && by !== null ? [{ by, noun, name: found.name, where: `in account ${account}`, place }] : [];
      };
      return [
        ...one("IAM role", snapshot?.roles, name),
        ...one("IAM policy", snapshot?.policies, policy),
        ...one("instance profile", snapshot?.instanceProfiles, instanceProfile),
      ];
    },
  );

interface Tagged {
  readonly name: string;
  readonly tags: readonly Tag[] | null;
}
