import { accountOf, type Facts } from "../facts/facts.js";
import { isManaged, isOurs, ourTags, sameTags, sdkTags } from "../facts/iam-things.js";
import { resource } from "../model/key.js";
import type { Operation } from "../model/operation.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Pair, Resource } from "../model/resource.js";
import { canonicalDocument, nobodyTrust, sameDocument } from "../policies/document.js";
import { intersectDocuments } from "../policies/intersect.js";
import { awsCall, RANK } from "./aws-call.js";
import { trustDelta } from "./document-rights.js";
import { attributesBut, type KindSpec, plainOp } from "./spec.js";
import { foreignProblems, IAM_PATH, iamRolesOf, isWhole, roleKey, roleTags, trustOf } from "./wanted-iam.js";

export const IAM_ROLE: KindSpec<"iam.role"> = {
  isThing: true,
  wanted: (declared, facts, wishes) => {
    for (const { account, role } of iamRolesOf(declared, facts)) {
      for (const problem of foreignProblems(facts, account, role)) wishes.problem(problem);
      if (!isWhole(declared, facts, account, role)) {
        wishes.leaveOut(roleKey(account, role));
        continue;
      }
      const { document, sources } = trustOf(declared, role);
      const attrs = { path: IAM_PATH, trust: document, tags: roleTags(declared, role) };
      wishes.want(resource("iam.role", { account: account.name, name: role.name }, attrs), sources);
    }
  },
  live: liveRoles,
  equal: (desired, live) => sameDocument(desired.trust, live.trust) && desired.path === live.path && sameTags(desired.tags, live.tags),
  op: plainOp,
  target: (id) => ({ type: "account", name: id.account }),
  subject: ({ id }) => ({ type: "iam-role", name: id.name }),
  delta: ({ id, before, after }, facts, sources) => trustDelta(before?.trust, after?.trust, accountOf(facts, id.account), id.name, sources),
  attributes: attributesBut("trust"),
  operations: roleOperations,
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
  if (!before || !after || sameDocument(before.trust, after.trust)) return [];
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
