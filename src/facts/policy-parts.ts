import type { IamPolicySnapshot } from "../model/snapshot.js";
import type { AccountFacts, Facts } from "./facts.js";
import { foldName, isLeftAlone, isManaged, POLICY_TAG, partNames, tagValue } from "./iam-things.js";

/** A generated policy that has no room for all doors goes on in NAME-2, NAME-3 …, which carry NAME in the tag POLICY_TAG. */

/** The one of that name, and those in which it goes on; empty: none is there. */
export function livePartsOf(facts: Facts, account: AccountFacts, name: string | null): readonly IamPolicySnapshot[] {
  const first = account.snapshot.policies.get(name ?? "");
  if (name === null) return [];
  const more = partNames(name).flatMap((part) => account.snapshot.policies.get(part) ?? []);
  const own = more.filter(
    ({ tags, ...rest }) => tagValue(tags, POLICY_TAG) === name && isManaged(facts, account, "iam.policy", { tags, ...rest }),
  );
  return [...(first ? [first] : []), ...own];
}

/** Names in which it may go on: nobody has them, the file gives them to nothing else, and they are not protected. */
export function freePartNames(facts: Facts, account: AccountFacts, name: string): string[] {
  const taken = new Set([...account.snapshot.policies.keys(), ...account.declaredPolicies].map(foldName));
  const isFree = (part: string): boolean =>
    !taken.has(foldName(part)) && !isLeftAlone(facts, account, "iam.policy", { name: part, path: account.iamPath });
  return partNames(name).filter(isFree);
}
