import type { AccountFacts } from "../facts/facts.js";
import { carriedBy, sameTags } from "../facts/iam-things.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import type { Id, Key, Tag } from "../model/resource.js";

/** What IAM takes (IAM user guide, "IAM and AWS STS quotas"), looked at before anything is written. */

/** By default, and with the highest quota that AWS gives. */
const MAX_ATTACHED = 10;
const MAX_ATTACHED_EVER = 20;
const MAX_TAGS = 50;

/** Said once for all that somebody gets. @param ours attached policies that the file decides about, as their ids name them */
export function attachedProblems(key: Key, id: Id<"iam.attachment">, account: AccountFacts, ours: ReadonlySet<string>): Problem[] {
  const { principal, name } = id;
  const wanted = wantedOf(id, account);
  if (id.policy !== wanted.find((policy) => !ours.has(policy))) return [];
  const live = carriedBy(account.snapshot, principal, name).length;
  const count = live - ours.size + wanted.length;
  // So many are there already: the quota was raised.
  if (count <= Math.max(MAX_ATTACHED, live)) return [];
  const message = `IAM ${principal} ${name} would carry ${count} policies; AWS allows ${MAX_ATTACHED} unless the account's quota was raised, and never more than ${MAX_ATTACHED_EVER}.`;
  const problem = { key, hint: "Detach one that it no longer needs, or give the doors to an IAM role of their own." };
  return [
    count > MAX_ATTACHED_EVER
      ? errorProblem("iam-too-many-policies", message, problem)
      : warningProblem("iam-too-many-policies", message, problem),
  ];
}

/** All that the file gives to whoever gets this. */
function wantedOf({ principal, name, policy }: Id<"iam.attachment">, { iamRoles, iamUsers }: AccountFacts): readonly string[] {
  const of = principal === "role" ? iamRoles.get(name) : iamUsers.get(name);
  return of ? [...(of.policy === null ? [] : [of.policy]), ...of.attach.map(({ arn }) => arn)] : [policy];
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
