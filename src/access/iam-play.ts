import type { AccountFacts } from "../facts/facts.js";
import type { Operation } from "../model/operation.js";
import type { AccountSnapshot, InlinePolicy } from "../model/snapshot.js";
import { atomKey, atomsOf } from "../policies/atoms.js";
import { awsManagedDocument } from "../policies/aws-managed.js";
import { speaksOf } from "../policies/evaluate.js";

/** What of an account decides who comes through which door. */
export interface Iam {
  /** Documents of customer-managed policies by ARN. */
  readonly policies: Map<string, string>;
  /** ARNs of policies by whoever carries them: IAM roles by their name, IAM users as `user/NAME`. */
  readonly attached: Map<string, Set<string>>;
  /** Inline policies that speak of taking IAM roles, by whoever carries them; those of a user's groups are its own, too. */
  readonly inline: Map<string, readonly InlinePolicy[]>;
  /** ARNs of policies that IAM users have by their groups: no call of a plan changes who is in one. */
  readonly grouped: ReadonlyMap<string, readonly string[]>;
  /** Trusts by IAM role. */
  readonly trusts: Map<string, string>;
}

export function iamOf({ snapshot, iamRoles, iamUsers }: AccountFacts): Iam {
  const { policies, attachments, roles } = snapshot;
  const iam: Iam = {
    policies: new Map([...policies.values()].map((p) => [p.arn, p.document])),
    attached: new Map(),
    inline: inlineOf(snapshot),
    grouped: groupedOf(snapshot),
    trusts: new Map([...roles.values()].map((role) => [role.name, role.trust])),
  };
  for (const { principal, name, policyArn } of attachments) if (principal !== "group") attach(iam, carrierOf(principal, name), policyArn);
  // Of AWS's own those count that the file decides about.
  const holders = [
    ...[...iamRoles.values()].filter((role) => role.exclusive || role.attach.length > 0).map(({ name }) => ["role", name] as const),
    ...[...iamUsers].filter(([, { attach: list }]) => list.length > 0).map(([name]) => ["user", name] as const),
  ];
  for (const [kind, name] of holders)
    for (const arn of snapshot.foreign.get(`${kind}/${name}`)?.attached ?? []) attach(iam, carrierOf(kind, name), arn);
  return iam;
}

function inlineOf({ foreign, users }: AccountSnapshot): Map<string, readonly InlinePolicy[]> {
  const known = new Map<string, boolean>();
  const speaks = ({ document }: InlinePolicy): boolean => {
    const found = known.get(document) ?? speaksOf(document, ["sts:AssumeRole"]);
    known.set(document, found);
    return found;
  };
  const of = (key: string): InlinePolicy[] => (foreign.get(key)?.inline ?? []).filter(speaks);
  const roles = [...foreign.keys()].flatMap((key) => (key.startsWith("role/") ? [[key.slice("role/".length), of(key)] as const] : []));
  const people = [...(users?.values() ?? [])].map(({ name, groups }) => {
    const own = [`user/${name}`, ...groups.map((group) => `group/${group}`)];
    return [carrierOf("user", name), own.flatMap(of)] as const;
  });
  return new Map([...roles, ...people].filter(([, list]) => list.length > 0));
}

function groupedOf({ attachments, users }: AccountSnapshot): Map<string, readonly string[]> {
  const byGroup = new Map<string, string[]>();
  for (const { principal, name, policyArn } of attachments)
    if (principal === "group") byGroup.set(name, [...(byGroup.get(name) ?? []), policyArn]);
  const people = [...(users?.values() ?? [])];
  return new Map(people.map(({ name, groups }) => [carrierOf("user", name), groups.flatMap((group) => byGroup.get(group) ?? [])]));
}

/** No name of an IAM role holds a slash. */
export const carrierOf = (kind: "role" | "user", name: string): string => (kind === "role" ? name : `user/${name}`);
export const kindOf = (carrier: string): { readonly kind: "role" | "user"; readonly name: string } =>
  carrier.startsWith("user/") ? { kind: "user", name: carrier.slice("user/".length) } : { kind: "role", name: carrier };

function attach({ attached, policies }: Iam, role: string, arn: string): void {
  const known = policies.has(arn) ? null : awsManagedDocument(arn);
  if (known !== null) policies.set(arn, known);
  const arns = attached.get(role) ?? new Set();
  attached.set(role, arns.add(arn));
}

/** What is played on it does not touch the other. */
export const copyOf = ({ policies, attached, inline, grouped, trusts }: Iam): Iam => ({
  policies: new Map(policies),
  inline: new Map(inline),
  grouped,
  attached: new Map([...attached].map(([role, arns]) => [role, new Set(arns)])),
  trusts: new Map(trusts),
});

/** What a call does to who may log in; of the others nothing. */
export function playCall(iam: Iam, { args: { action, input } }: Operation<"aws">, { partition, id }: AccountFacts["declared"]): void {
  const text = (key: string): string => String(input[key] ?? "");
  if (action === "CreatePolicy") {
    iam.policies.set(`arn:${partition}:iam::${id}:policy${text("Path")}${text("PolicyName")}`, text("PolicyDocument"));
  } else if (action === "CreatePolicyVersion") iam.policies.set(text("PolicyArn"), text("PolicyDocument"));
  else if (action === "AttachRolePolicy") attach(iam, text("RoleName"), text("PolicyArn"));
  else if (action === "AttachUserPolicy") attach(iam, carrierOf("user", text("UserName")), text("PolicyArn"));
  else if (action === "DetachUserPolicy") iam.attached.get(carrierOf("user", text("UserName")))?.delete(text("PolicyArn"));
  else if (action === "DetachRolePolicy") iam.attached.get(text("RoleName"))?.delete(text("PolicyArn"));
  else if (action === "DeleteRolePolicy") {
    const rest = (iam.inline.get(text("RoleName")) ?? []).filter(({ name }) => name !== text("PolicyName"));
    iam.inline.set(text("RoleName"), rest);
  } else if (action === "CreateRole") iam.trusts.set(text("RoleName"), text("AssumeRolePolicyDocument"));
  else if (action === "UpdateAssumeRolePolicy") iam.trusts.set(text("RoleName"), text("PolicyDocument"));
}

/** A policy that is taken from a role which has all that it says by others in the end goes when those are there. */
export function deferReplaced(operations: readonly Operation[], accounts: Iterable<AccountFacts>): readonly Operation[] {
  const deferred = new Map<Operation, Operation>();
  for (const account of accounts) {
    const { name, declared } = account;
    const calls = operations.filter((o): o is Operation<"aws"> => o.type === "aws" && "account" in o.site && o.site.account === name);
    const detaching = calls.filter((o) => o.args.action === "DetachRolePolicy");
    if (detaching.length === 0) continue;
    const end = iamOf(account);
    for (const call of calls) playCall(end, call, declared);
    for (const call of detaching) if (isReplaced(end, call)) deferred.set(call, { ...call, phase: "replace" });
  }
  return deferred.size === 0 ? operations : operations.map((o) => deferred.get(o) ?? o);
}

function isReplaced(end: Iam, { args: { input } }: Operation<"aws">): boolean {
  const keysOf = (arn: string): string[] => atomsOf(end.policies.get(arn) ?? "").map(atomKey);
  const rest = new Set([...(end.attached.get(String(input["RoleName"])) ?? [])].flatMap(keysOf));
  const own = keysOf(String(input["PolicyArn"]));
  return own.length > 0 && own.every((key) => rest.has(key));
}
