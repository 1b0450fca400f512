import type { Effect, Operation } from "../model/plan.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Pair, Resource } from "../model/resource.js";
import { accountOf, type Facts } from "./facts.js";
import { awsCall, isManaged, isOurs, ourTags, RANK, sameTags, sdkTags } from "./iam.js";
import { resource } from "./key.js";
import { canonicalDocument, intersectDocuments, nobodyTrust, trustedPrincipals } from "./policy-document.js";
import { type KindSpec, plainOp, showAttrs } from "./spec.js";

export const IAM_ROLE: KindSpec<"iam.role"> = {
  isThing: true,
  live: liveRoles,
  equal: (desired, live) => desired.trust === live.trust && desired.path === live.path && sameTags(desired.tags, live.tags),
  op: plainOp,
  target: (id) => ({ type: "account", name: id.account }),
  title: (pair, op) => `${op} IAM role ${pair.id.name}`,
  effects: trustEffects,
  operations: roleOperations,
  show: showAttrs,
  obstacles: deleteObstacles,
};

function* liveRoles(facts: Facts): Generator<Resource<"iam.role">> {
  for (const account of facts.accounts.values()) {
    for (const role of account.snapshot.roles.values()) {
      if (!isManaged(facts, account, role)) continue;
      const trust = canonicalDocument(role.trust) ?? role.trust;
      yield resource("iam.role", { account: account.name, name: role.name }, { path: role.path, trust, tags: ourTags(role.tags) });
    }
  }
}

function trustEffects(pair: Pair<"iam.role">): Effect[] {
  const was = new Set(pair.before ? trustedPrincipals(pair.before.trust) : []);
  const will = new Set(pair.after ? trustedPrincipals(pair.after.trust) : []);
  const on = `IAM role ${pair.id.name}`;
  const effect = (kind: Effect["effect"], who: string): Effect => ({
    effect: kind,
    who,
    what: ["sts:AssumeRole"],
    preposition: "of",
    on,
    fold: null,
  });
  return [
    ...[...will].filter((who) => !was.has(who)).map((who) => effect("gains", who)),
    ...[...was].filter((who) => !will.has(who)).map((who) => effect("loses", who)),
  ];
}

function roleOperations(pair: Pair<"iam.role">, facts: Facts): Operation[] {
  const account = accountOf(facts, pair.id.account);
  const { before, after } = pair;
  const RoleName = pair.id.name;
  if (!after) return [awsCall(pair.key, account, "delete", RANK.deleteRole, "DeleteRole", { RoleName })];
  if (!before) {
    const input = {
      RoleName,
      Path: after.path,
      AssumeRolePolicyDocument: after.trust,
      Description: "Managed by pgaccord",
      Tags: sdkTags(after.tags),
    };
    return [awsCall(pair.key, account, "prepare", RANK.role + facts.trustDepth(account.name, RoleName) / 1000, "CreateRole", input)];
  }
  const operations = trustOperations(pair, facts);
  if (!sameTags(before.tags, after.tags)) {
    // The old policy and profile are found by these tags: they change only when those are gone.
    operations.push(awsCall(pair.key, account, "delete", RANK.tag, "TagRole", { RoleName, Tags: sdkTags(after.tags) }));
    const gone = before.tags.filter((t) => !after.tags.some((a) => a.key === t.key)).map((t) => t.key);
    if (gone.length > 0) operations.push(awsCall(pair.key, account, "delete", RANK.tag, "UntagRole", { RoleName, TagKeys: gone }));
  }
  return operations;
}

/** Narrowed before PostgreSQL's part, widened behind it. */
function trustOperations(pair: Pair<"iam.role">, facts: Facts): Operation[] {
  const account = accountOf(facts, pair.id.account);
  const { before, after } = pair;
  if (!before || !after || before.trust === after.trust) return [];
  const narrowed = intersectDocuments(before.trust, after.trust) ?? nobodyTrust();
  const write = (phase: "close" | "open", trust: string): Operation =>
    awsCall(pair.key, account, phase, RANK.role, "UpdateAssumeRolePolicy", { RoleName: pair.id.name, PolicyDocument: trust });
  if (narrowed === before.trust) return [write("open", after.trust)];
  if (narrowed === after.trust) return [write("close", after.trust)];
  return [write("close", narrowed), write("open", after.trust)];
}

/** DeleteRole fails while anything that is not ours hangs on the role. */
function deleteObstacles(pair: Pair<"iam.role">, facts: Facts): Problem[] {
  if (pair.after) return pathObstacle(pair);
  const { snapshot } = accountOf(facts, pair.id.account);
  const { name } = pair.id;
  const foreign = snapshot.foreign.get(`role/${name}`);
  const ours = new Set([...snapshot.policies.values()].filter((p) => isOurs(facts, p.tags)).map((p) => p.arn));
  const attached = snapshot.attachments
    .filter((a) => a.principal === "role" && a.name === name && !ours.has(a.policyArn))
    .map((a) => a.policyArn);
  const profiles = [...snapshot.instanceProfiles.values()]
    .filter((p) => p.role === name && !isOurs(facts, p.tags))
    .map((p) => `instance profile ${p.name}`);
  const holds = [...(foreign?.inline ?? []).map((n) => `inline policy ${n}`), ...(foreign?.attached ?? []), ...attached, ...profiles];
  if (holds.length === 0) return [];
  return [
    errorProblem(
      "iam-role-in-use",
      `IAM role ${name} cannot be deleted: things that pgaccord did not make hang on it: ${holds.join(", ")}.`,
      {
        key: pair.key,
        hint: "Detach or delete them, or put the role back into the file.",
      },
    ),
  ];
}

function pathObstacle(pair: Pair<"iam.role">): Problem[] {
  if (!pair.before || pair.before.path === pair.after?.path) return [];
  return [
    errorProblem("iam-path-differs", `IAM role ${pair.id.name} has the path ${pair.before.path}; a path cannot be changed.`, {
      key: pair.key,
      hint: "Take the role out of the file, apply, and put it back.",
    }),
  ];
}
