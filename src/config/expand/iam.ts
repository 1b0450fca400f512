import { type AccountFacts, type Facts, ORIGIN_TAG, OWNER_TAG, POLICY_TAG, PROFILE_TAG } from "../../kinds/facts.js";
import { byKey, foldName, isOurs, roleArn, tagValue } from "../../kinds/iam.js";
import { keyOf } from "../../kinds/key.js";
import { connectDocument, trustDocument } from "../../kinds/policy-document.js";
import type { Declared, DeclaredConnect, DeclaredIamRole } from "../../model/declared.js";
import { errorProblem } from "../../model/problem.js";
import type { Key, Tag } from "../../model/resource.js";
import { type Collector, whole } from "./collector.js";

const PATH = "/";

export function expandIam(collector: Collector, declared: Declared, facts: Facts, account: AccountFacts): void {
  for (const role of declared.iamRoles.values()) {
    if (role.account === account.name) expandIamRole(collector, declared, facts, account, role);
  }
}

function expandIamRole(collector: Collector, declared: Declared, facts: Facts, account: AccountFacts, role: DeclaredIamRole): void {
  const at = { account: account.name };
  const arns = doorArns(declared, facts, account, role);
  const attachment = role.policy === null ? null : ({ ...at, principal: "role", name: role.name, policy: role.policy } as const);
  const keys = [
    keyOf("iam.role", { ...at, name: role.name }),
    ...(role.policy === null ? [] : [keyOf("iam.policy", { ...at, name: role.policy })]),
    ...(attachment === null ? [] : [keyOf("iam.attachment", attachment)]),
    ...(role.instanceProfile === null ? [] : [keyOf("iam.instance-profile", { ...at, name: role.instanceProfile })]),
  ];
  // A cluster that could not be read leaves its doors as they are.
  if (arns === null || isForeign(collector, facts, account, role)) {
    for (const key of keys) collector.leaveOut(key);
    return;
  }
  collector.want(
    "iam.role",
    { ...at, name: role.name },
    { path: PATH, trust: trustOf(declared, role), tags: roleTags(declared, role) },
    whole(role.place),
  );
  if (role.policy !== null && attachment !== null) {
    const from = whole(...role.connect.map((c) => c.place));
    collector.want(
      "iam.policy",
      { ...at, name: role.policy },
      { path: PATH, document: connectDocument(arns), tags: marks(declared) },
      from,
    );
    collector.want("iam.attachment", attachment, {}, from);
  }
  if (role.instanceProfile !== null) {
    collector.want(
      "iam.instance-profile",
      { ...at, name: role.instanceProfile },
      { path: PATH, role: role.name, tags: marks(declared) },
      whole(role.place),
    );
  }
}

const marks = (declared: Declared, more: readonly Tag[] = []): Tag[] =>
  [{ key: OWNER_TAG, value: declared.owner }, { key: ORIGIN_TAG, value: "created" }, ...more].sort(byKey);

/** The sweep gives no tags of policies and no empty profiles: the IAM role names what belongs to it. */
const roleTags = (declared: Declared, role: DeclaredIamRole): Tag[] =>
  marks(declared, [
    ...(role.policy === null ? [] : [{ key: POLICY_TAG, value: role.policy }]),
    ...(role.instanceProfile === null ? [] : [{ key: PROFILE_TAG, value: role.instanceProfile }]),
  ]);

function trustOf(declared: Declared, role: DeclaredIamRole): string {
  const services = role.trust.flatMap((t) => (t.type === "service" ? [t.service] : []));
  const roles = role.trust.flatMap((t) => {
    const other = t.type === "role" ? declared.iamRoles.get(t.role) : undefined;
    const of = other ? declared.accounts.get(other.account) : undefined;
    return other && of ? [roleArn(of, other.name)] : [];
  });
  return trustDocument({ services, roles });
}

/** null: one of the clusters was not read, so its resource id is not known. */
function doorArns(declared: Declared, facts: Facts, account: AccountFacts, role: DeclaredIamRole): string[] | null {
  const lists = role.connect.map((connect) => arnsOf(declared, facts, account, connect));
  return lists.some((list) => list === null) ? null : lists.flatMap((list) => list ?? []);
}

function arnsOf(declared: Declared, facts: Facts, account: AccountFacts, connect: DeclaredConnect): string[] | null {
  const { id, partition, region } = account.declared;
  const arn = (place: string, resource: string): string => `arn:${partition}:rds-db:${place}:${id}:dbuser:${resource}/${connect.user}`;
  if (connect.clusters === null) return [arn(region, "*")];
  const list = connect.clusters.map((name) => {
    const rds = facts.clusters.get(name)?.snapshot.rds;
    return rds ? arn(declared.clusters.get(name)?.region ?? region, rds.resourceId) : null;
  });
  return list.some((a) => a === null) ? null : list.flatMap((a) => a ?? []);
}

/** Things of these names that are there and carry no mark of ours are never taken over. */
function isForeign(collector: Collector, facts: Facts, account: AccountFacts, role: DeclaredIamRole): boolean {
  const { roles, policies, instanceProfiles } = account.snapshot;
  const wanted = [
    { noun: "IAM role", name: role.name, kind: "iam.role", live: roles },
    { noun: "IAM policy", name: role.policy, kind: "iam.policy", live: policies },
    { noun: "Instance profile", name: role.instanceProfile, kind: "iam.instance-profile", live: instanceProfiles },
  ] as const;
  const problems = wanted.flatMap(({ noun, name, kind, live }) => {
    if (name === null) return [];
    const found = [...live.values()].find((thing) => foldName(thing.name) === foldName(name));
    if (!found || (isOurs(facts, found.tags) && found.name === name)) return [];
    return [notOurs(facts, noun, found, keyOf(kind, { account: account.name, name }), role, account)];
  });
  for (const problem of problems) collector.problem(problem);
  return problems.length > 0;
}

function notOurs(
  facts: Facts,
  noun: string,
  found: { readonly name: string; readonly tags: readonly Tag[] | null },
  key: Key,
  role: DeclaredIamRole,
  account: AccountFacts,
) {
  const owner = tagValue(found.tags, OWNER_TAG);
  const who =
    owner === undefined
      ? "pgaccord did not make it"
      : owner === facts.owner
        ? "its name differs in case only"
        : `it is managed by ${owner}`;
  return errorProblem("not-ours", `${noun} ${found.name} exists already in account ${account.name}, and ${who}: it is left alone.`, {
    place: role.place,
    key,
    hint: "Choose another name in the file, or delete the existing one.",
  });
}
