import { accountOf, type Facts } from "../facts/facts.js";
import { isManaged, ourTags, sameTags, sdkTags } from "../facts/iam-things.js";
import { keyOf, resource } from "../model/key.js";
import type { Operation } from "../model/operation.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import type { Pair, Resource } from "../model/resource.js";
import { sameDocument } from "../policies/atoms.js";
import { canonicalDocument, documentSize, nobodyTrust } from "../policies/document.js";
import { narrowedTo } from "../policies/intersect.js";
import { awsCall, isReleased, markedOp, pathDiffers, RANK, tagKeys } from "./aws-call.js";
import { trustDelta } from "./document-rights.js";
import { heldBackIn } from "./held-back.js";
import { heldBackProblems } from "./held-back-problems.js";
import { tagProblems } from "./iam-limits.js";
import { attributesBut, type KindSpec, wholly } from "./spec.js";
import { foreignProblems, IAM_PATH, iamRolesOf, roleKey, roleTags, wrongTags } from "./wanted-iam.js";
import { trustOf } from "./wanted-trust.js";

export const IAM_ROLE: KindSpec<"iam.role"> = {
  isThing: true,
  wanted: (declared, facts, wishes) => {
    for (const account of facts.accounts.values()) {
      for (const problem of wrongTags(facts, account)) wishes.problem(problem);
      for (const name of heldBackIn(declared, facts, account)?.roles ?? [])
        wishes.leaveOut(keyOf("iam.role", { account: account.name, name }));
    }
    for (const problem of heldBackProblems(declared, facts)) wishes.problem(problem);
    for (const { account, role, isWhole } of iamRolesOf(declared, facts)) {
      for (const problem of foreignProblems(facts, account, role)) wishes.problem(problem);
      if (!isWhole) {
        wishes.leaveOut(roleKey(account, role));
        continue;
      }
      const { document, sources } = trustOf(declared, account, role);
      const attrs = { path: IAM_PATH, trust: document, tags: roleTags(declared, role, account.snapshot.roles.get(role.name)) };
      wishes.want(resource("iam.role", { account: account.name, name: role.name }, attrs), sources);
    }
  },
  live: liveRoles,
  equal: (desired, live) => sameDocument(desired.trust, live.trust) && desired.path === live.path && sameTags(desired.tags, live.tags),
  op: markedOp,
  target: (id) => ({ type: "account", name: id.account }),
  subject: ({ id }) => ({ type: "iam-role", name: id.name }),
  delta: (pair, facts, sources) => {
    const { id, before, after } = pair;
    return isReleased(pair) ? [] : trustDelta(before?.trust, after?.trust, accountOf(facts, id.account), id.name, sources);
  },
  attributes: attributesBut("trust"),
  attain: wholly(roleOperations),
  obstacles: roleObstacles,
};

function* liveRoles(facts: Facts): Generator<Resource<"iam.role">> {
  for (const account of facts.accounts.values()) {
    for (const role of account.snapshot.roles.values()) {
      if (!isManaged(facts, account, "iam.role", role)) continue;
      const trust = canonicalDocument(role.trust) ?? role.trust;
      yield resource("iam.role", { account: account.name, name: role.name }, { path: role.path, trust, tags: ourTags(role.tags) });
    }
  }
}

function roleOperations(pair: Pair<"iam.role">, facts: Facts): Operation[] {
  const account = accountOf(facts, pair.id.account);
  const { before, after } = pair;
  const RoleName = pair.id.name;
  if (!after) {
    const release = before && isReleased(pair);
    if (!release) return [awsCall(pair.key, account, "delete", RANK.deleteRole, "DeleteRole", { RoleName })];
    return [awsCall(pair.key, account, "delete", RANK.deleteRole, "UntagRole", { RoleName, TagKeys: tagKeys(before.tags) })];
  }
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

/** Characters of a trust: by default, and with the highest quota that AWS gives (IAM quotas). */
const MAX_TRUST = 2048;
const MAX_TRUST_EVER = 4096;

/** Narrowed before PostgreSQL's part, widened behind it. */
function trustOperations(pair: Pair<"iam.role">, facts: Facts): Operation[] {
  const account = accountOf(facts, pair.id.account);
  const { before, after } = pair;
  if (!before || !after || sameDocument(before.trust, after.trust)) return [];
  const narrowed = narrowedTo(before.trust, after.trust, MAX_TRUST) ?? nobodyTrust();
  const write = (phase: "close" | "open", trust: string): Operation =>
    awsCall(pair.key, account, phase, RANK.role, "UpdateAssumeRolePolicy", { RoleName: pair.id.name, PolicyDocument: trust });
  if (narrowed === before.trust) return [write("open", after.trust)];
  if (narrowed === after.trust) return [write("close", after.trust)];
  return [write("close", narrowed), write("open", after.trust)];
}

/** DeleteRole fails while anything that is not ours hangs on the role. */
function roleObstacles(pair: Pair<"iam.role">, facts: Facts): Problem[] {
  if (pair.after) {
    const live = accountOf(facts, pair.id.account).snapshot.roles.get(pair.id.name)?.tags;
    return [...trustObstacles(pair), ...tagProblems(pair, "IAM role", pair.id.name, live)];
  }
  if (isReleased(pair)) return [];
  const account = accountOf(facts, pair.id.account);
  const { snapshot } = account;
  const { name } = pair.id;
  const foreign = snapshot.foreign.get(`role/${name}`);
  const ours = new Set([...snapshot.policies.values()].filter((p) => isManaged(facts, account, "iam.policy", p)).map((p) => p.arn));
  const attached = snapshot.attachments
    .filter((a) => a.principal === "role" && a.name === name && !ours.has(a.policyArn))
    .map((a) => a.policyArn);
  const profiles = [...snapshot.instanceProfiles.values()]
    .filter((p) => p.role === name && !isManaged(facts, account, "iam.instance-profile", p))
    .map((p) => `instance profile ${p.name}`);
  const holds = [
    ...(foreign?.inline ?? []).map(({ name }) => `inline policy ${name}`),
    ...(foreign?.attached ?? []),
    ...attached,
    ...profiles,
  ];
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

function trustObstacles({ key, id, before, after }: Pair<"iam.role">): Problem[] {
  if (before && after && before.path !== after.path) return [pathDiffers("IAM role", key, id.name, before.path)];
  const size = after ? documentSize(after.trust) : 0;
  // A live trust of that size proves that the quota was raised.
  if (size <= Math.max(MAX_TRUST, before ? documentSize(before.trust) : 0)) return [];
  const message = `The trust of IAM role ${id.name} would have ${size} characters; AWS allows ${MAX_TRUST} unless the account's quota was raised.`;
  const problem = { key, hint: "Let fewer roles assume it, or let them assume one role that may." };
  return [
    size > MAX_TRUST_EVER ? errorProblem("iam-trust-too-large", message, problem) : warningProblem("iam-trust-too-large", message, problem),
  ];
}
