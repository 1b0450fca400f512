import type { InstanceSnapshot } from "../model/aws-things.js";
import type { DeclaredIamRole } from "../model/declared.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import type { InstanceProfileSnapshot } from "../model/snapshot.js";
import type { AccountFacts, Facts } from "./facts.js";
import { INSTANCES_TAG, isCreated, isManaged, tagValue } from "./iam-things.js";

/** Which EC2 instances the file gives a profile to. */

/** It is not there any more, or will not be in a moment. */
export const isGone = ({ state }: InstanceSnapshot): boolean => state === "terminated" || state === "shutting-down";

/** IAM roles whose profile an instance shall carry, by its id: one, or the file contradicts itself. */
export function claimsOf({ snapshot, iamRoles }: AccountFacts): ReadonlyMap<string, readonly DeclaredIamRole[]> {
  const claims = new Map<string, DeclaredIamRole[]>();
  for (const role of iamRoles.values())
    for (const instance of snapshot.instances?.values() ?? [])
      if (!isGone(instance) && isClaimed(role, instance)) claims.set(instance.id, [...(claims.get(instance.id) ?? []), role]);
  return claims;
}

function isClaimed({ instances }: DeclaredIamRole, { id, tags }: InstanceSnapshot): boolean {
  if (instances === null) return false;
  if (instances.ids.length > 0) return instances.ids.some((one) => one.id === id);
  return instances.tags.every(({ key, value }) => tagValue(tags, key) === value);
}

export const profileOfArn = ({ snapshot }: AccountFacts, arn: string): InstanceProfileSnapshot | undefined => {
  const found = snapshot.instanceProfiles.get(arn.slice(arn.lastIndexOf("/") + 1));
  return found?.arn === arn ? found : undefined;
};

/** Whether the file decides who carries the profile: it says so, or said so once. */
export function decidesCarriers(facts: Facts, account: AccountFacts, profile: InstanceProfileSnapshot): boolean {
  if (!isManaged(facts, account, "iam.instance-profile", profile)) return false;
  const isMarked = tagValue(profile.tags, INSTANCES_TAG) !== undefined;
  if (!account.declaredProfiles.has(profile.name)) return isMarked && isCreated(profile.tags);
  return isMarked || [...account.iamRoles.values()].some((one) => one.instanceProfile === profile.name && one.instances !== null);
}

/** Instances that are not there, and tags that no instance has. */
export function instanceProblems({ name, snapshot }: AccountFacts, role: DeclaredIamRole): Problem[] {
  const { instances } = role;
  if (instances === null || snapshot.instances === null) return [];
  const { ids, tags, place } = instances;
  const missing = ids.flatMap((one) => {
    const live = snapshot.instances?.get(one.id);
    if (live && !isGone(live)) return [];
    const what = live
      ? `EC2 instance ${one.id} of account ${name} is terminated.`
      : `There is no EC2 instance ${one.id} in account ${name}.`;
    const hint = live ? "Take it out of the file, or name the instances by a tag." : "Correct the id, or the account's region.";
    return [errorProblem(live ? "instance-terminated" : "missing-instance", what, { place: one.place, hint })];
  });
  const isFound = ids.length > 0 || [...snapshot.instances.values()].some((one) => !isGone(one) && isClaimed(role, one));
  if (isFound) return missing;
  const words = tags.map(({ key, value }) => `${key}=${value}`).join(" ");
  return [
    warningProblem("no-instance", `No EC2 instance in account ${name} has the tag ${words}: profile ${role.instanceProfile} is on none.`, {
      place,
      hint: "Correct the tag. An instance that gets it later gets the profile with the next apply.",
    }),
  ];
}
