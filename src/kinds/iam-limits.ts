import { accountOf, type Facts } from "../facts/facts.js";
import { sameTags } from "../facts/iam-things.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import type { Id, Key, Tag } from "../model/resource.js";

/** What IAM takes (IAM user guide, "IAM and AWS STS quotas"), looked at before anything is written. */

/** By default, and with the highest quota that AWS gives. */
const MAX_ATTACHED = 10;
const MAX_ATTACHED_EVER = 20;
const MAX_TAGS = 50;

/** @param ours attached policies that the file decides about: one of them in the end */
export function attachedProblems(key: Key, { account, principal, name }: Id<"iam.attachment">, facts: Facts, ours: number): Problem[] {
  const { foreign, attachments } = accountOf(facts, account).snapshot;
  const own = attachments.filter((one) => one.principal === principal && one.name === name).length;
  const live = own + (foreign.get(`${principal}/${name}`)?.attached.length ?? 0);
  const count = live - ours + 1;
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
