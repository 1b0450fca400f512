import type { Effect, Operation } from "../model/plan.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Pair, Resource } from "../model/resource.js";
import type { IamPolicySnapshot } from "../model/snapshot.js";
import { type AccountFacts, accountOf, type Facts } from "./facts.js";
import { awsCall, isManaged, ourTags, policyArn, RANK, sameTags, sdkTags } from "./iam.js";
import { resource } from "./key.js";
import { canonicalDocument, describeAllows, documentSize, intersectDocuments, nothingDocument } from "./policy-document.js";
import { type KindSpec, plainOp, showAttrs } from "./spec.js";

export const IAM_POLICY: KindSpec<"iam.policy"> = {
  isThing: true,
  live: livePolicies,
  equal: (desired, live) => desired.document === live.document && desired.path === live.path && sameTags(desired.tags, live.tags),
  op: plainOp,
  target: (id) => ({ type: "account", name: id.account }),
  title: (pair, op) => `${op} IAM policy ${pair.id.name}`,
  effects: policyEffects,
  operations: policyOperations,
  show: showAttrs,
  obstacles: policyObstacles,
};

/** A managed policy has at most this many versions, and at most this many characters without white space (IAM quotas). */
const MAX_VERSIONS = 5;
const MAX_SIZE = 6144;

function* livePolicies(facts: Facts): Generator<Resource<"iam.policy">> {
  for (const account of facts.accounts.values()) {
    for (const policy of account.snapshot.policies.values()) {
      if (!isManaged(facts, account, policy)) continue;
      const document = canonicalDocument(policy.document) ?? policy.document;
      yield resource(
        "iam.policy",
        { account: account.name, name: policy.name },
        { path: policy.path, document, tags: ourTags(policy.tags ?? []) },
      );
    }
  }
}

function policyEffects(pair: Pair<"iam.policy">, facts: Facts): Effect[] {
  const lines = (document: string | undefined) =>
    new Map((document ? describeAllows(document) : []).map((a) => [JSON.stringify([a.action, a.resource, a.condition ?? null]), a]));
  const was = lines(pair.before?.document);
  const will = lines(pair.after?.document);
  const effect = (kind: Effect["effect"], allow: { action: string; resource: string; condition?: string }): Effect => ({
    effect: kind,
    who: `IAM policy ${pair.id.name}`,
    what: [allow.action],
    preposition: DBUSER.test(allow.resource) ? "as" : "on",
    on: `${doorText(allow.resource, facts)}${allow.condition ? ` if ${allow.condition}` : ""}`,
    fold: null,
  });
  return [
    ...[...will].filter(([key]) => !was.has(key)).map(([, allow]) => effect("gains", allow)),
    ...[...was].filter(([key]) => !will.has(key)).map(([, allow]) => effect("loses", allow)),
  ];
}

const DBUSER = /^arn:[^:]+:rds-db:([^:]*):[^:]*:dbuser:([^/]+)\/(.+)$/;

/** `user oltp_ro_user of cluster demo` for an ARN of a declared cluster, else the ARN. */
function doorText(resource: string, facts: Facts): string {
  const [, region, id, user] = DBUSER.exec(resource) ?? [];
  if (!id || !user) return resource;
  const cluster = [...facts.clusters.values()].find((c) => c.snapshot.rds?.resourceId === id);
  if (cluster) return `user ${user} of cluster ${cluster.name}`;
  return id === "*" ? `user ${user} of every cluster in ${region}` : resource;
}

function policyOperations(pair: Pair<"iam.policy">, facts: Facts): Operation[] {
  const account = accountOf(facts, pair.id.account);
  const { before, after } = pair;
  const live = account.snapshot.policies.get(pair.id.name);
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
  const PolicyArn = live?.arn ?? policyArn(account.declared, pair.id.name);
  const tagged = sameTags(before.tags, after.tags)
    ? []
    : [awsCall(pair.key, account, "open", RANK.tag, "TagPolicy", { PolicyArn, Tags: sdkTags(after.tags) })];
  return [...documentOperations(pair, account, live, PolicyArn), ...tagged];
}

function deleteOperations(pair: Pair<"iam.policy">, account: AccountFacts, live: IamPolicySnapshot): Operation[] {
  const PolicyArn = live.arn;
  const old = live.versions.filter((v) => !v.isDefault);
  return [
    ...old.map((v) => awsCall(pair.key, account, "delete", RANK.deletePolicy, "DeletePolicyVersion", { PolicyArn, VersionId: v.id })),
    awsCall(pair.key, account, "delete", RANK.deletePolicy + 1, "DeletePolicy", { PolicyArn }),
  ];
}

/** First what both documents allow, then, behind PostgreSQL's part, the whole: no moment allows more than before or after. */
function documentOperations(
  pair: Pair<"iam.policy">,
  account: AccountFacts,
  live: IamPolicySnapshot | undefined,
  PolicyArn: string,
): Operation[] {
  const { before, after } = pair;
  if (!before || !after || before.document === after.document) return [];
  const narrowed = intersectDocuments(before.document, after.document) ?? nothingDocument();
  const writes: { phase: "close" | "open"; document: string }[] = [];
  if (narrowed !== before.document) writes.push({ phase: "close", document: narrowed });
  if (narrowed !== after.document) writes.push({ phase: "open", document: after.document });
  const versions = live?.versions ?? [];
  const surplus = Math.max(0, versions.length + writes.length - MAX_VERSIONS);
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

const versionNumber = (id: string): number => Number(id.replace(/\D/g, ""));

function policyObstacles(pair: Pair<"iam.policy">, facts: Facts): Problem[] {
  const live = accountOf(facts, pair.id.account).snapshot.policies.get(pair.id.name);
  const { name } = pair.id;
  if (!pair.after && live && live.boundaryUses > 0) {
    return [
      errorProblem(
        "iam-policy-in-use",
        `IAM policy ${name} cannot be deleted: ${live.boundaryUses} principals have it as their permission boundary.`,
        {
          key: pair.key,
          hint: "Give them another boundary, or put the policy back into the file.",
        },
      ),
    ];
  }
  const size = pair.after ? documentSize(pair.after.document) : 0;
  if (size <= MAX_SIZE) return [];
  return [
    errorProblem("iam-policy-too-large", `IAM policy ${name} would have ${size} characters; AWS allows ${MAX_SIZE}.`, {
      key: pair.key,
      hint: "Spread the connect entries over several IAM roles.",
    }),
  ];
}
