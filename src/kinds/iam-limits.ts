import type { AccountFacts, Facts } from "../facts/facts.js";
import { carriedBy, type IamKind, sameTags } from "../facts/iam-things.js";
import { livePartsOf } from "../facts/policy-parts.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import type { Id, Key, Tag } from "../model/resource.js";
import { documentSize } from "../policies/document.js";

/** What IAM takes (IAM user guide, "IAM and AWS STS quotas"), looked at before anything is written. */

/** By default, and with the highest quota that AWS gives. */
const MAX_ATTACHED = 10;
const MAX_ATTACHED_EVER = 20;
const MAX_TAGS = 50;

interface Attached {
  readonly id: Id<"iam.attachment">;
  /** Generated policies of whoever gets it; null: those that are there. */
  readonly parts: readonly string[] | null;
}
interface Carrying {
  readonly facts: Facts;
  readonly account: AccountFacts;
  /** Attached policies that the file decides about, as their ids name them. */
  readonly ours: ReadonlySet<string>;
}

/** Said once for all that somebody gets. */
export function attachedProblems(key: Key, { id, parts }: Attached, { facts, account, ours }: Carrying): Problem[] {
  const { principal, name } = id;
  const wanted = wantedOf(id, facts, account, parts);
  if (id.policy !== wanted.find((policy) => !ours.has(policy))) return [];
  const live = carriedBy(account.snapshot, principal, name).length;
  const count = live - ours.size + wanted.length;
  const quota = principal === "role" ? account.snapshot.quotas?.attachedToRole : account.snapshot.quotas?.attachedToUser;
  // So many are there already: the quota was raised.
  if (count <= Math.max(quota ?? MAX_ATTACHED, live)) return [];
  const most =
    quota === undefined ? `AWS allows ${unlessRaised(MAX_ATTACHED)}, and never more than ${MAX_ATTACHED_EVER}` : ofAccount(quota);
  const message = `IAM ${principal} ${name} would carry ${count} policies; ${most}.`;
  const problem = { key, hint: "Detach one that it no longer needs, or give the doors to an IAM role of their own." };
  return [
    count > (quota ?? MAX_ATTACHED_EVER)
      ? errorProblem("iam-too-many-policies", message, problem)
      : warningProblem("iam-too-many-policies", message, problem),
  ];
}

const unlessRaised = (most: number): string => `${most} unless the account's quota was raised`;
const ofAccount = (quota: number): string => `the account's quota is ${quota}`;

/** Characters of a trust: by default, and with the highest quota that AWS gives. */
export const MAX_TRUST = 2048;
const MAX_TRUST_EVER = 4096;

/** @param live what is there; undefined: nothing */
export function trustProblems(key: Key, name: string, trust: string, live: string | undefined, { snapshot }: AccountFacts): Problem[] {
  const size = documentSize(trust);
  const quota = snapshot.quotas?.trustSize;
  const odd = characterProblems(key, `The trust of IAM role ${name}`, trust);
  // A live trust of that size proves that the quota was raised.
  if (size <= Math.max(quota ?? MAX_TRUST, live === undefined ? 0 : documentSize(live))) return odd;
  const most = quota === undefined ? `AWS allows ${unlessRaised(MAX_TRUST)}` : ofAccount(quota);
  const message = `The trust of IAM role ${name} would have ${size} characters; ${most}.`;
  const problem = { key, hint: "Let fewer roles assume it, or let them assume one role that may." };
  const make = size > (quota ?? MAX_TRUST_EVER) ? errorProblem : warningProblem;
  return [...odd, make("iam-trust-too-large", message, problem)];
}

/** Tab, line feed, carriage return, and U+0020 to U+00FF; JSON's escapes count as what they stand for (IAM API reference, PolicyDocument). */
function characterProblems(key: Key, what: string, document: string): Problem[] {
  const odd = [...document].find((letter) => letter > "\u00ff");
  if (odd === undefined) return [];
  const code = `U+${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  const hint = "Use letters up to U+00FF in its conditions and statements.";
  return [errorProblem("iam-document-characters", `${what} would hold the character ${code}, which IAM does not take.`, { key, hint })];
}

const COUNTED = {
  "iam.role": { quota: "roles", live: "roles", noun: "IAM roles" },
  "iam.policy": { quota: "policies", live: "policies", noun: "IAM policies" },
  "iam.instance-profile": { quota: "profiles", live: "instanceProfiles", noun: "instance profiles" },
} as const;

/** Said once, with the first that is made: what goes, goes at the end. @param declared names of the file in the account */
export function quotaProblems(
  { kind, key, id, before, after }: Made,
  { name, snapshot }: AccountFacts,
  declared: Iterable<string>,
): Problem[] {
  const { quota, live, noun } = COUNTED[kind];
  const use = snapshot.quotas?.[quota];
  if (!use || before || !after) return [];
  const made = [...declared].filter((one) => !snapshot[live].has(one)).sort();
  if (made[0] !== id.name || use.used + made.length <= use.most) return [];
  const message = `Account ${name} has ${use.used} ${noun} of ${use.most} that its quota allows, and the plan makes ${made.length}.`;
  return [errorProblem("iam-quota", message, { key, hint: "Delete some that nobody needs, or have AWS raise the quota." })];
}

interface Made {
  readonly kind: IamKind;
  readonly key: Key;
  readonly id: { readonly name: string };
  readonly before: unknown;
  readonly after: unknown;
}

/** All that the file gives to whoever gets this. */
function wantedOf(
  { principal, name, policy }: Id<"iam.attachment">,
  facts: Facts,
  account: AccountFacts,
  parts: readonly string[] | null,
): readonly string[] {
  const of = principal === "role" ? account.iamRoles.get(name) : account.iamUsers.get(name);
  if (!of) return [policy];
  const live = livePartsOf(facts, account, of.policy).map((one) => one.name);
  const made = parts ?? (of.policy === null ? [] : [of.policy, ...live]);
  return [...new Set([...made, ...of.attach.map(({ arn }) => arn)])];
}

/** Only the account's own are known; and pgaccord's are no one's to name. @param why the file needs it */
export function missingPolicy({ name, declared: { id }, snapshot }: AccountFacts, arn: string, why: string, key: Key): Problem[] {
  if (arn.split(":")[4] !== id || [...snapshot.policies.values()].some((policy) => policy.arn === arn)) return [];
  const message = `There is no IAM policy ${arn} in account ${name}, and ${why}.`;
  return [errorProblem("missing-iam-policy", message, { key, hint: "Make it, or correct its ARN: its path is a part of it." })];
}

interface Tagged {
  readonly before: { readonly tags: readonly Tag[] } | undefined;
  readonly after: { readonly tags: readonly Tag[] } | undefined;
  readonly key: Key;
}

/** New tags are put on before old ones are taken off. @param live all tags that are there */
export function tagProblems(
  { key, before, after }: Tagged,
  noun: string,
  name: string,
  live: readonly Tag[] | null | undefined,
): Problem[] {
  if (!before || !after || sameTags(before.tags, after.tags)) return [];
  const count = new Set([...(live ?? []), ...after.tags].map((tag) => tag.key)).size;
  if (count <= MAX_TAGS) return [];
  return [
    errorProblem("iam-too-many-tags", `${noun} ${name} would carry ${count} tags, with those of pgaccord; AWS allows ${MAX_TAGS}.`, {
      key,
      hint: "Take a tag off it that nobody needs.",
    }),
  ];
}
