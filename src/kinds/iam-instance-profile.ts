import { type AccountFacts, accountOf, type Facts } from "../facts/facts.js";
import { goes, isManaged, managedTags, sameTags, sdkTags } from "../facts/iam-things.js";
import { claimsOf, profileOfArn } from "../facts/instances.js";
import type { Sources } from "../model/expanded.js";
import { keyOf, resource } from "../model/key.js";
import type { Operation } from "../model/operation.js";
import type { Problem } from "../model/problem.js";
import type { Pair, Resource, Tag } from "../model/resource.js";
import type { Delta, DeltaItem } from "../model/right.js";
import { awsCall, iamAttributes, isNote, isReleased, markedOp, markKeys, pathDiffers, RANK, tagsGone, tagsNew } from "./aws-call.js";
import { heldBackIn } from "./held-back.js";
import { quotaProblems, tagProblems } from "./iam-limits.js";
import { createdPath, profileTags } from "./iam-marks.js";
import { type KindSpec, wholeSources, wholly } from "./spec.js";
import { iamRolesOf } from "./wanted-iam.js";

export const IAM_INSTANCE_PROFILE: KindSpec<"iam.instance-profile"> = {
  isThing: true,
  wanted: (declared, facts, wishes) => {
    for (const account of facts.accounts.values()) {
      const held = heldBackIn(declared, facts, account);
      for (const { name, role } of account.snapshot.instanceProfiles.values())
        if (held?.roles.has(role ?? "")) wishes.leaveOut(keyOf("iam.instance-profile", { account: account.name, name }));
    }
    for (const { account, role, isWhole } of iamRolesOf(declared, facts)) {
      if (role.instanceProfile === null) continue;
      const live = account.snapshot.instanceProfiles.get(role.instanceProfile);
      const attrs = { path: createdPath(declared, live), role: role.name, tags: profileTags(declared, role, live) };
      const wanted = resource("iam.instance-profile", { account: account.name, name: role.instanceProfile }, attrs);
      if (isWhole) wishes.want(wanted, wholeSources(role.place, role.until));
      else wishes.leaveOut(wanted.key);
    }
  },
  live: liveProfiles,
  equal: (desired, live) => desired.role === live.role && desired.path === live.path && sameTags(desired.tags, live.tags),
  op: markedOp,
  target: (id) => ({ type: "account", name: id.account }),
  subject: ({ id }) => ({ type: "instance-profile", name: id.name }),
  delta: profileDelta,
  attributes: iamAttributes("role"),
  attain: wholly(profileOperations),
  obstacles: (pair, facts) => {
    const account = accountOf(facts, pair.id.account);
    const live = account.snapshot.instanceProfiles.get(pair.id.name)?.tags;
    const quota = quotaProblems(pair, account, account.declaredProfiles);
    return [...pathObstacle(pair), ...tagProblems(pair, "Instance profile", pair.id.name, live), ...quota];
  },
};

function* liveProfiles(facts: Facts): Generator<Resource<"iam.instance-profile">> {
  for (const account of facts.accounts.values()) {
    for (const profile of account.snapshot.instanceProfiles.values()) {
      if (!isManaged(facts, account, "iam.instance-profile", profile)) continue;
      const { path, role } = profile;
      yield resource(
        "iam.instance-profile",
        { account: account.name, name: profile.name },
        { path, role, tags: managedTags(facts, profile.tags ?? []) },
      );
    }
  }
}

/** What is in it stays in a profile that is released, unless it goes itself. */
function roleAfter(pair: Pair<"iam.instance-profile">, facts: Facts): string | null {
  const { id, before, after } = pair;
  if (!isReleased(pair)) return after?.role ?? null;
  const role = before?.role ?? null;
  return role !== null && goes(facts, accountOf(facts, id.account), role) ? null : role;
}

function profileDelta(pair: Pair<"iam.instance-profile">, facts: Facts, { whole }: Sources): Delta {
  const { id, before } = pair;
  const was = before?.role ?? null;
  const will = roleAfter(pair, facts);
  if (was === will) return [];
  const account = accountOf(facts, id.account).snapshot.id;
  const item = (effect: DeltaItem["effect"], role: string): DeltaItem => ({
    effect,
    who: { type: "instance-profile", account, name: id.name },
    verbs: ["role"],
    on: { type: "iam-role", account, name: role },
    terms: {},
    other: null,
    sources: effect === "gains" ? whole : [],
  });
  return [...(will ? [item("gains", will)] : []), ...(was ? [item("loses", was)] : [])];
}

/** A new profile is on no instance, so its role goes in at once; an old one gets its role when the doors are opened. */
function profileOperations(pair: Pair<"iam.instance-profile">, facts: Facts): Operation[] {
  const account = accountOf(facts, pair.id.account);
  const InstanceProfileName = pair.id.name;
  const { before, after } = pair;
  const was = before?.role ?? null;
  const will = roleAfter(pair, facts);
  const operations: Operation[] = [];
  if (!before && after) {
    const input = { InstanceProfileName, Path: after.path, Tags: sdkTags(after.tags) };
    operations.push(awsCall(pair.key, account, "prepare", RANK.profile, "CreateInstanceProfile", input));
  }
  if (was !== null && was !== will) {
    operations.push(
      awsCall(pair.key, account, isReplaced(pair, account) ? "replace" : "close", RANK.profile, "RemoveRoleFromInstanceProfile", {
        InstanceProfileName,
        RoleName: was,
      }),
    );
  }
  if (will !== null && was !== will) {
    const phase = before ? "open" : "prepare";
    operations.push(
      awsCall(pair.key, account, phase, RANK.profile + 1, "AddRoleToInstanceProfile", { InstanceProfileName, RoleName: will }),
    );
  }
  return after ? [...operations, ...tagOperations(pair, account)] : [...operations, endOfProfile(pair, account)];
}

/** One that goes while another comes onto its instances gives what it holds until then. */
const isReplaced = ({ id, after }: Pair<"iam.instance-profile">, account: AccountFacts): boolean =>
  after === undefined &&
  [...claimsOf(account).keys()].some((instance) => {
    const carried = account.snapshot.instances?.get(instance)?.association?.profileArn;
    return carried !== undefined && profileOfArn(account, carried)?.name === id.name;
  });

function tagOperations({ key, id, before, after }: Pair<"iam.instance-profile">, account: AccountFacts): Operation[] {
  if (!before || !after || sameTags(before.tags, after.tags)) return [];
  const InstanceProfileName = id.name;
  const tagged = (phase: "prepare" | "open", tags: readonly Tag[]): Operation[] =>
    tags.length === 0 ? [] : [awsCall(key, account, phase, RANK.tag, "TagInstanceProfile", { InstanceProfileName, Tags: sdkTags(tags) })];
  const fresh = tagsNew(before.tags, after.tags);
  const gone = tagsGone(before.tags, after.tags);
  return [
    ...tagged("prepare", fresh.filter(isNote)),
    ...tagged("open", fresh.every(isNote) ? [] : after.tags),
    ...(gone.length === 0
      ? []
      : [awsCall(key, account, "delete", RANK.tag, "UntagInstanceProfile", { InstanceProfileName, TagKeys: gone })]),
  ];
}

function endOfProfile(pair: Pair<"iam.instance-profile">, account: AccountFacts): Operation {
  const InstanceProfileName = pair.id.name;
  if (!isReleased(pair)) return awsCall(pair.key, account, "delete", RANK.deleteProfile, "DeleteInstanceProfile", { InstanceProfileName });
  const input = { InstanceProfileName, TagKeys: markKeys(pair.before?.tags ?? []) };
  return awsCall(pair.key, account, "delete", RANK.deleteProfile, "UntagInstanceProfile", input);
}

function pathObstacle({ key, id, before, after }: Pair<"iam.instance-profile">): Problem[] {
  return before && after && before.path !== after.path
    ? [pathDiffers("Instance profile", key, id.name, { was: before.path, path: after.path })]
    : [];
}
