import type { Effect, Operation } from "../model/plan.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Pair, Resource } from "../model/resource.js";
import { accountOf, type Facts } from "./facts.js";
import { awsCall, isManaged, ourTags, RANK, sameTags, sdkTags } from "./iam.js";
import { resource } from "./key.js";
import { type KindSpec, plainOp, showAttrs } from "./spec.js";

export const IAM_INSTANCE_PROFILE: KindSpec<"iam.instance-profile"> = {
  isThing: true,
  live: liveProfiles,
  equal: (desired, live) => desired.role === live.role && desired.path === live.path && sameTags(desired.tags, live.tags),
  op: plainOp,
  target: (id) => ({ type: "account", name: id.account }),
  title: (pair, op) => `${op} instance profile ${pair.id.name}`,
  effects: profileEffects,
  operations: profileOperations,
  show: showAttrs,
  obstacles: pathObstacle,
};

function* liveProfiles(facts: Facts): Generator<Resource<"iam.instance-profile">> {
  for (const account of facts.accounts.values()) {
    for (const profile of account.snapshot.instanceProfiles.values()) {
      if (!isManaged(facts, account, profile)) continue;
      const { path, role } = profile;
      yield resource(
        "iam.instance-profile",
        { account: account.name, name: profile.name },
        { path, role, tags: ourTags(profile.tags ?? []) },
      );
    }
  }
}

function profileEffects(pair: Pair<"iam.instance-profile">): Effect[] {
  const was = pair.before?.role ?? null;
  const will = pair.after?.role ?? null;
  if (was === will) return [];
  const who = `instance profile ${pair.id.name}`;
  const effect = (kind: Effect["effect"], role: string): Effect => ({
    effect: kind,
    who,
    what: [`IAM role ${role}`],
    preposition: "in",
    on: `account ${pair.id.account}`,
    fold: null,
  });
  return [...(will ? [effect("gains", will)] : []), ...(was ? [effect("loses", was)] : [])];
}

/** A new profile is on no instance, so its role goes in at once; an old one gets its role when the doors are opened. */
function profileOperations(pair: Pair<"iam.instance-profile">, facts: Facts): Operation[] {
  const account = accountOf(facts, pair.id.account);
  const InstanceProfileName = pair.id.name;
  const { before, after } = pair;
  const was = before?.role ?? null;
  const will = after?.role ?? null;
  const operations: Operation[] = [];
  if (!before && after) {
    const input = { InstanceProfileName, Path: after.path, Tags: sdkTags(after.tags) };
    operations.push(awsCall(pair.key, account, "prepare", RANK.profile, "CreateInstanceProfile", input));
  }
  if (was !== null && was !== will) {
    operations.push(
      awsCall(pair.key, account, "close", RANK.profile, "RemoveRoleFromInstanceProfile", { InstanceProfileName, RoleName: was }),
    );
  }
  if (will !== null && was !== will) {
    const phase = before ? "open" : "prepare";
    operations.push(
      awsCall(pair.key, account, phase, RANK.profile + 1, "AddRoleToInstanceProfile", { InstanceProfileName, RoleName: will }),
    );
  }
  if (before && after && !sameTags(before.tags, after.tags)) {
    operations.push(awsCall(pair.key, account, "open", RANK.tag, "TagInstanceProfile", { InstanceProfileName, Tags: sdkTags(after.tags) }));
  }
  if (!after) operations.push(awsCall(pair.key, account, "delete", RANK.deleteProfile, "DeleteInstanceProfile", { InstanceProfileName }));
  return operations;
}

function pathObstacle(pair: Pair<"iam.instance-profile">): Problem[] {
  if (!pair.before || !pair.after || pair.before.path === pair.after.path) return [];
  return [
    errorProblem("iam-path-differs", `Instance profile ${pair.id.name} has the path ${pair.before.path}; a path cannot be changed.`, {
      key: pair.key,
      hint: "Take the profile out of the file, apply, and put it back.",
    }),
  ];
}
