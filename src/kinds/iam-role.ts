import { type AccountFacts, accountOf, type Facts } from "../facts/facts.js";
import { carriedBy, isManaged, managedTags, sameTags, sdkTags } from "../facts/iam-things.js";
import { keyOf, resource } from "../model/key.js";
import type { Operation } from "../model/operation.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Attrs, Pair, Resource, Tag } from "../model/resource.js";
import { sameDocument } from "../policies/atoms.js";
import { canonicalDocument, nobodyTrust } from "../policies/document.js";
import { narrowedTo } from "../policies/intersect.js";
import { awsCall, iamAttributes, isNote, isReleased, markedOp, markKeys, pathDiffers, RANK, tagsGone, tagsNew } from "./aws-call.js";
import { boundaryDelta, trustDelta } from "./document-rights.js";
import { heldBackIn } from "./held-back.js";
import { heldBackProblems } from "./held-back-problems.js";
import { MAX_TRUST, missingPolicy, quotaProblems, tagProblems, trustProblems } from "./iam-limits.js";
import { attachedByUs, createdPath, roleTags, wantedBoundary } from "./iam-marks.js";
import { detailOperations, liveDetails, saidOf, sameDetails } from "./iam-role-details.js";
import { foreignProblems, hostProblems, namedBy, wrongTags } from "./iam-strangers.js";
import { type KindSpec, wholly } from "./spec.js";
import { iamRolesOf, roleKey } from "./wanted-iam.js";
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
      for (const problem of [...foreignProblems(facts, account, namedBy(role)), ...hostProblems(account, role)]) wishes.problem(problem);
      if (!isWhole || role.manage === "policy") {
        wishes.leaveOut(roleKey(account, role));
        continue;
      }
      const { document, sources } = trustOf(declared, facts, account, role);
      const live = account.snapshot.roles.get(role.name);
      const own = {
        path: createdPath(declared, live),
        tags: roleTags(declared, role, live),
        ...wantedBoundary(role, live),
        ...saidOf(role),
      };
      wishes.want(resource("iam.role", { account: account.name, name: role.name }, { ...own, trust: document }), sources);
    }
  },
  live: liveRoles,
  equal: (desired, live) =>
    sameDocument(desired.trust, live.trust) &&
    desired.path === live.path &&
    desired.boundary === live.boundary &&
    sameDetails(desired, live) &&
    sameTags(desired.tags, live.tags),
  op: markedOp,
  target: (id) => ({ type: "account", name: id.account }),
  subject: ({ id }) => ({ type: "iam-role", name: id.name }),
  delta: (pair, facts, sources) => {
    const { id, before, after } = pair;
    if (isReleased(pair)) return [];
    const account = accountOf(facts, id.account);
    return [...trustDelta(before?.trust, after?.trust, account, id.name, sources), ...boundaryDelta(pair, account, sources)];
  },
  attributes: iamAttributes("trust"),
  attain: wholly(roleOperations),
  obstacles: roleObstacles,
};

function* liveRoles(facts: Facts): Generator<Resource<"iam.role">> {
  for (const account of facts.accounts.values()) {
    for (const role of account.snapshot.roles.values()) {
      if (!isManaged(facts, account, "iam.role", role)) continue;
      const { name, path, boundary } = role;
      const trust = canonicalDocument(role.trust) ?? role.trust;
      const own = { path, trust, tags: managedTags(facts, role.tags), ...(boundary === undefined ? {} : { boundary }) };
      const attrs = { ...own, ...liveDetails(account, role) };
      yield resource("iam.role", { account: account.name, name }, attrs);
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
    return [awsCall(pair.key, account, "delete", RANK.deleteRole, "UntagRole", { RoleName, TagKeys: markKeys(before.tags) })];
  }
  if (!before) {
    const input = {
      RoleName,
      Path: after.path,
      AssumeRolePolicyDocument: after.trust,
      Description: after.description ?? "Managed by pgaccord",
      ...(after.sessionDuration === undefined ? {} : { MaxSessionDuration: after.sessionDuration }),
      Tags: sdkTags(after.tags),
      ...(after.boundary === undefined ? {} : { PermissionsBoundary: after.boundary }),
    };
    return [awsCall(pair.key, account, "prepare", RANK.role + facts.trustDepth(account.name, RoleName) / 1000, "CreateRole", input)];
  }
  const details = detailOperations(pair, account);
  return [...trustOperations(pair, facts), ...boundaryOperations(pair, account), ...details, ...tagOperations(pair, account)];
}

function tagOperations({ key, id, before, after }: Pair<"iam.role">, account: AccountFacts): Operation[] {
  if (!before || !after || sameTags(before.tags, after.tags)) return [];
  const RoleName = id.name;
  const tagged = (phase: "prepare" | "delete", tags: readonly Tag[]): Operation[] =>
    tags.length === 0 ? [] : [awsCall(key, account, phase, RANK.tag, "TagRole", { RoleName, Tags: sdkTags(tags) })];
  const notes = tagsNew(before.tags, after.tags).filter(isNote);
  const isAllSaid = tagsNew(before.tags, after.tags).every(isNote);
  const gone = tagsGone(before.tags, after.tags);
  return [
    ...tagged("prepare", notes),
    // The old policy and profile are found by these tags: they change only when those are gone.
    ...tagged("delete", isAllSaid ? [] : after.tags),
    ...(gone.length === 0 ? [] : [awsCall(key, account, "delete", RANK.tag, "UntagRole", { RoleName, TagKeys: gone })]),
  ];
}

/** Narrowed before PostgreSQL's part, widened behind it. */
function trustOperations(pair: Pair<"iam.role">, facts: Facts): Operation[] {
  const account = accountOf(facts, pair.id.account);
  const { before, after } = pair;
  if (!before || !after || sameDocument(before.trust, after.trust)) return [];
  const narrowed = narrowedTo(before.trust, after.trust, account.snapshot.quotas?.trustSize ?? MAX_TRUST) ?? nobodyTrust();
  const write = (phase: "close" | "open", trust: string): Operation =>
    awsCall(pair.key, account, phase, RANK.role, "UpdateAssumeRolePolicy", { RoleName: pair.id.name, PolicyDocument: trust });
  if (narrowed === before.trust) return [write("open", after.trust)];
  if (narrowed === after.trust) return [write("close", after.trust)];
  return [write("close", narrowed), write("open", after.trust)];
}

/** A boundary that comes closes, one that goes opens; in place of another it is put where what it lets through is given. */
function boundaryOperations({ key, id, before, after }: Pair<"iam.role">, account: AccountFacts): Operation[] {
  if (!before || !after || before.boundary === after.boundary) return [];
  const RoleName = id.name;
  if (after.boundary === undefined) return [awsCall(key, account, "open", RANK.boundary, "DeleteRolePermissionsBoundary", { RoleName })];
  const input = { RoleName, PermissionsBoundary: after.boundary };
  return [awsCall(key, account, before.boundary === undefined ? "close" : "open", RANK.boundary, "PutRolePermissionsBoundary", input)];
}

/** DeleteRole fails while anything that is not ours hangs on the role. */
function roleObstacles(pair: Pair<"iam.role">, facts: Facts): Problem[] {
  const account = accountOf(facts, pair.id.account);
  if (pair.after) return writtenObstacles(pair, pair.after, account);
  if (isReleased(pair)) return [];
  const { snapshot } = account;
  const { name } = pair.id;
  const foreign = snapshot.foreign.get(`role/${name}`);
  const ours = new Set([...snapshot.policies.values()].filter((p) => isManaged(facts, account, "iam.policy", p)).map((p) => p.arn));
  const taken = new Set(attachedByUs(snapshot.roles.get(name)?.tags ?? null));
  const attached = carriedBy(snapshot, "role", name).filter((arn) => !ours.has(arn) && !taken.has(arn));
  const profiles = [...snapshot.instanceProfiles.values()]
    .filter((p) => p.role === name && !isManaged(facts, account, "iam.instance-profile", p))
    .map((p) => `instance profile ${p.name}`);
  const holds = [...(foreign?.inline ?? []).map(({ name }) => `inline policy ${name}`), ...attached, ...profiles];
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

function writtenObstacles(pair: Pair<"iam.role">, { trust, path }: Attrs<"iam.role">, account: AccountFacts): Problem[] {
  const { key, id, before } = pair;
  const live = account.snapshot.roles.get(id.name)?.tags;
  const made = [...account.iamRoles.values()].flatMap(({ manage, name }) => (manage === "whole" ? [name] : []));
  return [
    ...(before && before.path !== path
      ? [pathDiffers("IAM role", key, id.name, { was: before.path, path })]
      : trustProblems(key, id.name, trust, before?.trust, account)),
    ...boundaryObstacles(pair, account),
    ...tagProblems(pair, "IAM role", id.name, live),
    ...quotaProblems(pair, account, made),
  ];
}

function boundaryObstacles({ key, before, after }: Pair<"iam.role">, account: AccountFacts): Problem[] {
  const boundary = after?.boundary;
  if (boundary === undefined || boundary === before?.boundary) return [];
  return missingPolicy(account, boundary, "defaults.iam.boundary names it", key);
}
