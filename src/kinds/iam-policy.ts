import { type AccountFacts, accountOf, type Facts } from "../facts/facts.js";
import { isHolderLeftAlone, isManaged, isPartOfDeclared, managedTags, policyArn, sameTags, sdkTags } from "../facts/iam-things.js";
import type { Declared } from "../model/declared.js";
import { keyOf, resource } from "../model/key.js";
import type { Operation } from "../model/operation.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Id, Pair, Resource } from "../model/resource.js";
import type { IamPolicySnapshot } from "../model/snapshot.js";
import { sameDocument } from "../policies/atoms.js";
import { canonicalDocument, documentSize, nothingDocument } from "../policies/document.js";
import { narrowedTo } from "../policies/intersect.js";
import { awsCall, iamAttributes, isNote, isReleased, markedOp, markKeys, pathDiffers, RANK, tagsGone, tagsNew } from "./aws-call.js";
import { policyDelta } from "./document-rights.js";
import { heldBackIn } from "./held-back.js";
import { quotaProblems, tagProblems } from "./iam-limits.js";
import { createdPath, doorTags, partTags } from "./iam-marks.js";
import { attainPolicy } from "./policy-attain.js";
import { keptNames, partsOf, sizeLimit } from "./policy-parts.js";
import { bothNames } from "./renamed-doors.js";
import type { KindSpec, Wishes } from "./spec.js";
import { doorProblems, iamDoorsOf, type WantedDoor } from "./wanted-door.js";
import { iamRolesOf, type WantedIamRole } from "./wanted-iam.js";

export const IAM_POLICY: KindSpec<"iam.policy"> = {
  isThing: true,
  wanted: (declared, facts, wishes) => {
    for (const id of heldOrphans(declared, facts)) wishes.leaveOut(keyOf("iam.policy", id));
    const ids: Id<"iam.policy">[] = [];
    const want: typeof wishes.want = (one, sources) => {
      ids.push(one.id);
      wishes.want(one, sources);
    };
    for (const one of iamRolesOf(declared, facts)) wantParts(declared, facts, one, { ...wishes, want });
    for (const one of iamDoorsOf(declared, facts)) wantDoor(declared, facts, one, { ...wishes, want });
    for (const problem of madePolicies(facts, ids)) wishes.problem(problem);
  },
  live: livePolicies,
  equal: (desired, live) =>
    sameDocument(desired.document, live.document) && desired.path === live.path && sameTags(desired.tags, live.tags),
  op: markedOp,
  target: (id) => ({ type: "account", name: id.account }),
  subject: ({ id }) => ({ type: "iam-policy", name: id.name }),
  delta: (pair, facts, sources) => {
    const { id, before, after } = pair;
    return isReleased(pair) ? [] : policyDelta(before?.document, after?.document, accountOf(facts, id.account), id.name, sources);
  },
  attributes: iamAttributes("document"),
  attain: (facts, around) => attainPolicy(facts, around, policyOperations),
  obstacles: policyObstacles,
};

/** How many there are is known here alone: one may go on in others. */
const madePolicies = (facts: Facts, ids: readonly Id<"iam.policy">[]): Problem[] =>
  [...facts.accounts.values()].flatMap((account) => {
    const own = ids.filter((id) => id.account === account.name && !account.snapshot.policies.has(id.name));
    const names = own.map(({ name }) => name).sort();
    const first = own.filter(({ name }) => name === names[0]);
    return first.flatMap((id) =>
      quotaProblems({ kind: "iam.policy", key: keyOf("iam.policy", id), id, before: undefined, after: id }, account, names),
    );
  });

function wantDoor(declared: Declared, facts: Facts, { account, door, document }: WantedDoor, wishes: Wishes<"iam.policy">): void {
  for (const problem of doorProblems(facts, account, door)) wishes.problem(problem);
  const id = { account: account.name, name: door.policy };
  if (!document) {
    wishes.leaveOut(keyOf("iam.policy", id));
    return;
  }
  const live = account.snapshot.policies.get(door.policy);
  const own = { path: createdPath(declared, live), tags: doorTags(declared, door, live) };
  wishes.want(resource("iam.policy", id, { ...own, document: document.document }), document.sources);
}

function wantParts(declared: Declared, facts: Facts, one: WantedIamRole, wishes: Wishes<"iam.policy">): void {
  const { account, role, connect } = one;
  const parts = partsOf(facts, one);
  for (const name of keptNames(facts, one, parts)) wishes.leaveOut(keyOf("iam.policy", { account: account.name, name }));
  if (!connect) return;
  for (const { name, document } of parts) {
    const live = account.snapshot.policies.get(name);
    const own = { path: createdPath(declared, live), tags: partTags(declared, role, name, live) };
    wishes.want(resource("iam.policy", { account: account.name, name }, { ...own, document }), connect.sources);
  }
}

/** Policies that the file no longer names, and that lead to clusters that were not read. */
const heldOrphans = (declared: Declared, facts: Facts): Id<"iam.policy">[] =>
  [...facts.accounts.values()].flatMap((account) =>
    [...(heldBackIn(declared, facts, account)?.policies.keys() ?? [])]
      .filter((name) => !account.declaredPolicies.has(name) && !isPartOfDeclared(account, name))
      .map((name) => ({ account: account.name, name })),
  );

/** A managed policy has at most this many versions (IAM quotas). */
const MAX_VERSIONS = 5;

function* livePolicies(facts: Facts): Generator<Resource<"iam.policy">> {
  for (const account of facts.accounts.values()) {
    for (const policy of account.snapshot.policies.values()) {
      if (!isManaged(facts, account, "iam.policy", policy)) continue;
      const document = canonicalDocument(policy.document) ?? policy.document;
      yield resource(
        "iam.policy",
        { account: account.name, name: policy.name },
        { path: policy.path, document, tags: managedTags(facts, policy.tags ?? []) },
      );
    }
  }
}

function policyOperations(pair: Pair<"iam.policy">, facts: Facts): Operation[] {
  const account = accountOf(facts, pair.id.account);
  const { before, after } = pair;
  const live = account.snapshot.policies.get(pair.id.name);
  if (!after && before && live && isReleased(pair)) {
    const input = { PolicyArn: live.arn, TagKeys: markKeys(before.tags) };
    return [awsCall(pair.key, account, "delete", RANK.deletePolicy, "UntagPolicy", input)];
  }
  if (!after) return live ? deleteOperations(pair, account, live) : [];
  if (!before) {
    const input = {
      PolicyName: pair.id.name,
      Path: after.path,
      PolicyDocument: after.document,
      Description: "Managed by pgaccord",
      Tags: sdkTags(after.tags),
    };
    return [awsCall(pair.key, account, "prepare", RANK.policy, "CreatePolicy", input)];
  }
  const PolicyArn = live?.arn ?? policyArn(account.declared, pair.id.name, account.iamPath);
  return [...documentOperations(pair, { facts, account, live, PolicyArn }), ...tagOperations(pair, account, PolicyArn)];
}

function tagOperations({ key, before, after }: Pair<"iam.policy">, account: AccountFacts, PolicyArn: string): Operation[] {
  if (!before || !after || sameTags(before.tags, after.tags)) return [];
  const fresh = tagsNew(before.tags, after.tags);
  const gone = tagsGone(before.tags, after.tags);
  const phase = fresh.some(isNote) ? "prepare" : "open";
  return [
    ...(fresh.length === 0 ? [] : [awsCall(key, account, phase, RANK.tag, "TagPolicy", { PolicyArn, Tags: sdkTags(after.tags) })]),
    ...(gone.length === 0 ? [] : [awsCall(key, account, "delete", RANK.tag, "UntagPolicy", { PolicyArn, TagKeys: gone })]),
  ];
}

function deleteOperations(pair: Pair<"iam.policy">, account: AccountFacts, live: IamPolicySnapshot): Operation[] {
  const PolicyArn = live.arn;
  const old = live.versions.filter((v) => !v.isDefault);
  return [
    ...old.map((v) => awsCall(pair.key, account, "delete", RANK.deletePolicy, "DeletePolicyVersion", { PolicyArn, VersionId: v.id })),
    awsCall(pair.key, account, "delete", RANK.deletePolicy + 1, "DeletePolicy", { PolicyArn }),
  ];
}

interface Written {
  readonly facts: Facts;
  readonly account: AccountFacts;
  readonly live: IamPolicySnapshot | undefined;
  readonly PolicyArn: string;
}

/**
 * First what both documents allow, then, behind PostgreSQL's part, the whole: no moment allows more than before or after. In front of all,
 * doors of users that are renamed get their new names beside the old ones.
 */
function documentOperations(pair: Pair<"iam.policy">, { facts, account, live, PolicyArn }: Written): Operation[] {
  const { before, after } = pair;
  if (!before || !after || sameDocument(before.document, after.document)) return [];
  const both = bothNames(facts, account, before.document, after.document, sizeLimit(account));
  const start = both ?? before.document;
  const narrowed = narrowedTo(start, after.document, sizeLimit(account)) ?? nothingDocument();
  const writes: { phase: "both" | "close" | "open"; document: string }[] = [];
  if (both !== null) writes.push({ phase: "both", document: both });
  if (narrowed !== start) writes.push({ phase: "close", document: narrowed });
  if (narrowed !== after.document) writes.push({ phase: "open", document: after.document });
  const versions = live?.versions ?? [];
  const surplus = Math.max(0, versions.length + writes.length - (account.snapshot.quotas?.versions ?? MAX_VERSIONS));
  const oldest = versions.filter((v) => !v.isDefault).sort((a, b) => versionNumber(a.id) - versionNumber(b.id));
  const phase = writes[0]?.phase ?? "open";
  return [
    ...oldest
      .slice(0, surplus)
      .map((v) => awsCall(pair.key, account, phase, RANK.policy - 1, "DeletePolicyVersion", { PolicyArn, VersionId: v.id })),
    ...writes.map((w) =>
      awsCall(pair.key, account, w.phase, RANK.policy, "CreatePolicyVersion", {
        PolicyArn,
        PolicyDocument: w.document,
        SetAsDefault: true,
      }),
    ),
  ];
}

/** What the plan does not take away, and keeps AWS from deleting the policy. */
function usesOf({ id }: Pair<"iam.policy">, facts: Facts): { readonly text: string; readonly hint: string }[] {
  const account = accountOf(facts, id.account);
  const live = account.snapshot.policies.get(id.name);
  if (!live) return [];
  const boundary = {
    text: `${live.boundaryUses} principals have it as their permission boundary`,
    hint: "Give them another boundary, or put the policy back into the file.",
  };
  const left = account.snapshot.attachments.filter((a) => a.policyArn === live.arn && isHolderLeftAlone(facts, account, a));
  const attached = {
    text: `it is attached to ${left.map((a) => `${a.principal} ${a.name}`).join(", ")}, which pgaccord leaves alone`,
    hint: "Detach it there by hand, or put the policy back into the file.",
  };
  return [...(live.boundaryUses > 0 ? [boundary] : []), ...(left.length > 0 ? [attached] : [])];
}

const inUse = ({ key, id }: Pair<"iam.policy">, why: string, hint: string): Problem =>
  errorProblem("iam-policy-in-use", `IAM policy ${id.name} cannot be deleted: ${why}.`, { key, hint });

const versionNumber = (id: string): number => Number(id.replace(/\D/g, ""));

function policyObstacles(pair: Pair<"iam.policy">, facts: Facts): Problem[] {
  const { key, id } = pair;
  if (isReleased(pair)) return [];
  if (!pair.after) return usesOf(pair, facts).map(({ text, hint }) => inUse(pair, text, hint));
  const paths = { was: pair.before?.path ?? pair.after.path, path: pair.after.path };
  if (paths.was !== paths.path) return [pathDiffers("IAM policy", key, id.name, paths)];
  const account = accountOf(facts, id.account);
  const size = documentSize(pair.after.document);
  const max = sizeLimit(account);
  const large = errorProblem("iam-policy-too-large", `IAM policy ${id.name} would have ${size} characters; AWS allows ${max}.`, {
    key,
    hint: "Spread the connect entries over several policies.",
  });
  return [...tagProblems(pair, "IAM policy", id.name, account.snapshot.policies.get(id.name)?.tags), ...(size <= max ? [] : [large])];
}
