import type { AccountFacts, Facts } from "../facts/facts.js";
import { foldName, isAwsPath, isLeftAlone, isManaged, isOurs, isOwnRole, MARK_TAGS, OWNER_TAG, tagValue } from "../facts/iam-things.js";
import type { DeclaredIamRole } from "../model/declared.js";
import { keyOf } from "../model/key.js";
import type { Place } from "../model/place.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import type { Key, Tag } from "../model/resource.js";
import { strangerOf } from "./other-owner.js";

/** IAM things under names of the file that are not ours. */

/** null: nothing of that kind. */
interface Named {
  readonly name: string | null;
  readonly policy: string | null;
  readonly instanceProfile: string | null;
  /** What the hint proposes beside another name. */
  readonly instead: string | null;
  readonly place: Place;
}

export const namedBy = ({ name, policy, instanceProfile, manage, place }: DeclaredIamRole): Named =>
  manage === "policy"
    ? { name: null, policy, instanceProfile, instead: null, place }
    : {
        name,
        policy,
        instanceProfile,
        instead: "take it over with adopt: true, or leave the IAM role itself alone with manage: policy",
        place,
      };

/** Things of these names that are there and carry no mark of ours are never taken over. */
export function foreignProblems(facts: Facts, account: AccountFacts, role: Named): Problem[] {
  const { roles, policies, instanceProfiles } = account.snapshot;
  const wanted = [
    { noun: "IAM role", name: role.name, kind: "iam.role", live: roles },
    { noun: "IAM policy", name: role.policy, kind: "iam.policy", live: policies },
    { noun: "Instance profile", name: role.instanceProfile, kind: "iam.instance-profile", live: instanceProfiles },
  ] as const;
  return wanted.flatMap(({ noun, name, kind, live }) => {
    if (name === null) return [];
    const found = [...live.values()].find((thing) => foldName(thing.name) === foldName(name));
    if (!found || (isManaged(facts, account, kind, found) && found.name === name)) return [];
    if (strangerOf(facts, tagValue(found.tags, OWNER_TAG)) !== null) return [];
    return [notOurs(noun, found, keyOf(kind, { account: account.name, name }), role, account)];
  });
}

/** Our tags count for nothing on what is never ours; somebody should take them off, or they mislead the next reader. */
export function wrongTags(facts: Facts, account: AccountFacts): Problem[] {
  const { roles, policies, instanceProfiles } = account.snapshot;
  const things = [
    ...[...roles.values()].map((thing) => ({ noun: "IAM role", kind: "iam.role", thing }) as const),
    ...[...policies.values()].map((thing) => ({ noun: "IAM policy", kind: "iam.policy", thing }) as const),
    ...[...instanceProfiles.values()].map((thing) => ({ noun: "Instance profile", kind: "iam.instance-profile", thing }) as const),
  ];
  return things
    .filter(({ kind, thing }) => isOurs(facts, thing.tags) && isLeftAlone(facts, account, kind, thing))
    .map(({ noun, kind, thing }) => {
      const other = facts.isProtected(thing.name, "account") ? "safety.protect names it" : "AWS keeps it for itself";
      const why = kind === "iam.role" && isOwnRole(account, thing.name) ? "pgaccord works as it" : other;
      return warningProblem(
        "mark-left-alone",
        `${noun} ${thing.name} in account ${account.name} carries the tag of ${facts.owner} and is not in the file, but ${why}: it is left alone.`,
        {
          key: keyOf(kind, { account: account.name, name: thing.name }),
          hint: `Take the tags whose keys begin with ${MARK_TAGS} off it, if it is not pgaccord's.`,
        },
      );
    });
}

function notOurs(
  noun: string,
  found: { readonly name: string; readonly path: string; readonly tags: readonly Tag[] | null },
  key: Key,
  { instead, place }: Named,
  account: AccountFacts,
): Problem {
  const isFree = tagValue(found.tags, OWNER_TAG) === undefined;
  const other = isFree ? "pgaccord did not make it" : "its name differs in case only";
  const who = isAwsPath(found.path) ? "AWS keeps it for itself" : other;
  const hint =
    isFree && instead !== null && !isAwsPath(found.path)
      ? `Choose another name in the file, ${instead}.`
      : "Choose another name in the file, or delete the existing one.";
  return errorProblem("not-ours", `${noun} ${found.name} exists already in account ${account.name}, and ${who}: it is left alone.`, {
    place,
    key,
    hint,
  });
}

/** Of `manage: policy`: the IAM role must be there, and carry what it is given. */
export function hostProblems(account: AccountFacts, { name, manage, place }: DeclaredIamRole): Problem[] {
  if (manage !== "policy") return [];
  const live = account.snapshot.roles.get(name);
  if (!live)
    return [
      errorProblem("missing-iam-role", `There is no IAM role ${name} in account ${account.name}.`, {
        place,
        hint: "Make it, or take manage: policy out: then pgaccord makes it.",
      }),
    ];
  if (!isAwsPath(live.path)) return [];
  const message = `IAM role ${name} of account ${account.name} is AWS's own: nothing can be attached to it.`;
  return [
    errorProblem("not-ours", message, {
      place,
      hint: "For IAM Identity Center: declare the policy in iam_policies, and name it in the permission set.",
    }),
  ];
}
