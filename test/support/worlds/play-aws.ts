import type { Account, Draft, Policy, Tag } from "./model.js";
import { Refused } from "./play-acl.js";
import { UnknownStatement } from "./tokens.js";

type Input = Readonly<Record<string, unknown>>;
type Call = (account: Draft<Account>, input: Input) => void;

/** Changes the account as AWS would. Throws Refused where it would say no, UnknownStatement for another command. */
export function playAws(account: Draft<Account>, command: string, input: Input): void {
  const call = CALLS[command];
  if (!call) throw new UnknownStatement(`unknown AWS command ${command}`);
  try {
    call(account, input);
  } catch (error) {
    if (error instanceof Refused) throw new Refused(`${command} ${JSON.stringify(input)}\n${error.message}`);
    throw error;
  }
}

const MAX_VERSIONS = 5;

const CALLS: Readonly<Record<string, Call>> = {
  CreateRole: (account, input) => {
    absent(account.roles, text(input, "RoleName"));
    account.roles.push({ name: text(input, "RoleName"), trust: text(input, "AssumeRolePolicyDocument"), tags: tags(input) });
  },
  UpdateAssumeRolePolicy: (account, input) => {
    named(account.roles, text(input, "RoleName")).trust = text(input, "PolicyDocument");
  },
  TagRole: (account, input) => addTags(named(account.roles, text(input, "RoleName")), tags(input)),
  UntagRole: (account, input) => dropTags(named(account.roles, text(input, "RoleName")), input),
  DeleteRole: (account, input) => {
    const { name } = named(account.roles, text(input, "RoleName"));
    const used = account.attachments.some((a) => a.to === "role" && a.name === name) || account.profiles.some((p) => p.role === name);
    if (used) throw new Refused(`IAM role ${name} is in use`);
    account.roles = account.roles.filter((r) => r.name !== name);
  },
  CreatePolicy: (account, input) => {
    absent(account.policies, text(input, "PolicyName"));
    const versions = [{ id: "v1", document: text(input, "PolicyDocument") }];
    account.policies.push({ name: text(input, "PolicyName"), versions, current: "v1", tags: tags(input) });
  },
  CreatePolicyVersion: (account, input) => {
    const policy = policyOf(account, input);
    if (policy.versions.length >= MAX_VERSIONS) throw new Refused(`policy ${policy.name} has ${MAX_VERSIONS} versions`);
    const id = `v${Math.max(...policy.versions.map((v) => Number(v.id.slice(1)))) + 1}`;
    policy.versions.push({ id, document: text(input, "PolicyDocument") });
    if (input["SetAsDefault"] === true) policy.current = id;
  },
  DeletePolicyVersion: (account, input) => {
    const policy = policyOf(account, input);
    const id = text(input, "VersionId");
    if (policy.current === id || !policy.versions.some((v) => v.id === id)) throw new Refused(`version ${id} cannot be deleted`);
    policy.versions = policy.versions.filter((v) => v.id !== id);
  },
  TagPolicy: (account, input) => addTags(policyOf(account, input), tags(input)),
  UntagPolicy: (account, input) => dropTags(policyOf(account, input), input),
  DeletePolicy: (account, input) => {
    const policy = policyOf(account, input);
    const used = account.attachments.some((a) => a.policy === policy.name) || policy.versions.length > 1;
    if (used) throw new Refused(`policy ${policy.name} is in use`);
    account.policies = account.policies.filter((p) => p !== policy);
  },
  AttachRolePolicy: (account, input) => {
    const at = { to: "role", name: named(account.roles, text(input, "RoleName")).name, policy: policyOf(account, input).name } as const;
    if (!isAttached(account, at)) account.attachments.push(at);
  },
  DetachRolePolicy: (account, input) => detach(account, input, "role", "RoleName"),
  DetachUserPolicy: (account, input) => detach(account, input, "user", "UserName"),
  DetachGroupPolicy: (account, input) => detach(account, input, "group", "GroupName"),
  CreateInstanceProfile: (account, input) => {
    absent(account.profiles, text(input, "InstanceProfileName"));
    account.profiles.push({ name: text(input, "InstanceProfileName"), role: null, tags: tags(input) });
  },
  AddRoleToInstanceProfile: (account, input) => {
    const profile = profileOf(account, input);
    if (profile.role !== null) throw new Refused(`profile ${profile.name} has a role`);
    profile.role = named(account.roles, text(input, "RoleName")).name;
  },
  RemoveRoleFromInstanceProfile: (account, input) => {
    const profile = profileOf(account, input);
    if (profile.role !== text(input, "RoleName")) throw new Refused(`profile ${profile.name} has another role`);
    profile.role = null;
  },
  TagInstanceProfile: (account, input) => addTags(profileOf(account, input), tags(input)),
  UntagInstanceProfile: (account, input) => dropTags(profileOf(account, input), input),
  DeleteInstanceProfile: (account, input) => {
    const profile = profileOf(account, input);
    if (profile.role !== null) throw new Refused(`profile ${profile.name} has a role`);
    account.profiles = account.profiles.filter((p) => p !== profile);
  },
};

function text(input: Input, key: string): string {
  const value = input[key];
  if (typeof value !== "string") throw new UnknownStatement(`no ${key} in ${JSON.stringify(input)}`);
  return value;
}

const list = (input: Input, key: string): readonly unknown[] => {
  const value = input[key];
  return Array.isArray(value) ? value : [];
};

const tags = (input: Input): Tag[] =>
  list(input, "Tags").flatMap((tag) =>
    typeof tag === "object" && tag !== null && "Key" in tag && "Value" in tag ? [{ key: String(tag.Key), value: String(tag.Value) }] : [],
  );

function named<T extends { readonly name: string }>(things: readonly T[], name: string): T {
  const found = things.find((t) => t.name === name);
  if (!found) throw new Refused(`${name} does not exist`);
  return found;
}

function absent(things: readonly { readonly name: string }[], name: string): void {
  if (things.some((t) => t.name.toLowerCase() === name.toLowerCase())) throw new Refused(`${name} exists already`);
}

const profileOf = (account: Draft<Account>, input: Input) => named(account.profiles, text(input, "InstanceProfileName"));

function policyOf(account: Draft<Account>, input: Input): Draft<Policy> {
  const arn = text(input, "PolicyArn");
  const prefix = `arn:aws:iam::${account.id}:policy/`;
  if (!arn.startsWith(prefix)) throw new Refused(`${arn} does not exist`);
  return named(account.policies, arn.slice(prefix.length));
}

function addTags(thing: { tags: Draft<Tag>[] }, more: readonly Tag[]): void {
  thing.tags = [...thing.tags.filter((t) => !more.some((m) => m.key === t.key)), ...more];
}

function dropTags(thing: { tags: Draft<Tag>[] }, input: Input): void {
  const keys = list(input, "TagKeys").map(String);
  thing.tags = thing.tags.filter((t) => !keys.includes(t.key));
}

type Attachment = Account["attachments"][number];

const isAttached = (account: Draft<Account>, at: Attachment): boolean =>
  account.attachments.some((a) => a.to === at.to && a.name === at.name && a.policy === at.policy);

function detach(account: Draft<Account>, input: Input, to: Attachment["to"], key: string): void {
  const at = { to, name: text(input, key), policy: policyOf(account, input).name };
  if (!isAttached(account, at)) throw new Refused(`${at.policy} is not attached to ${at.name}`);
  account.attachments = account.attachments.filter((a) => a.to !== to || a.name !== at.name || a.policy !== at.policy);
}
