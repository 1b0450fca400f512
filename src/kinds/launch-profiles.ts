import type { AccountFacts } from "../facts/facts.js";
import type { DeclaredScalingGroup, LaunchSource } from "../model/aws-things.js";
import { type Problem, warningProblem } from "../model/problem.js";

/** Auto Scaling groups that start instances without the profile that the file says: what they start from is never changed. */
export function launchProblems(
  { name: account, snapshot }: AccountFacts,
  groups: readonly DeclaredScalingGroup[],
  profile: { readonly name: string; readonly arn: string },
): Problem[] {
  const { scalingGroups } = snapshot;
  if (!scalingGroups) return [];
  return groups.flatMap(({ name, place }) => {
    const live = scalingGroups.get(name);
    if (!live) {
      const message = `There is no Auto Scaling group ${name} in account ${account}: nothing starts instances with profile ${profile.name}.`;
      return [warningProblem(CODE, message, { place, hint: "Correct its name, or the account's region." })];
    }
    return live.launches.flatMap((launch) => {
      if (launch.profile === profile.name || launch.profile === profile.arn) return [];
      const message = `Auto Scaling group ${name} of account ${account} starts instances without profile ${profile.name}: ${whatOf(launch)}.`;
      return [warningProblem(CODE, message, { place, hint: hintOf(launch, profile.arn) })];
    });
  });
}

const CODE = "launch-template-profile";

function whatOf({ type, name, version, isThere, profile }: LaunchSource): string {
  const noun = `${type} ${name}${version === null ? "" : ` (version ${version})`}`;
  if (!isThere) return `${noun} is not there`;
  return profile === null ? `${noun} names none` : `${noun} names ${profile}`;
}

/** What has started already keeps what it carries. */
function hintOf({ type, version }: LaunchSource, arn: string): string {
  const rest = "Instances that run already keep what they have.";
  if (type === "launch configuration") return `Give the group another one that names ${arn}: none can be changed. ${rest}`;
  const takes = version === "$Latest" ? "" : version === "$Default" ? ", and make it the default version" : ", and give that to the group";
  return `Make a version of the template that names ${arn}${takes}. ${rest}`;
}
