import type { Tag } from "../model/resource.js";
import type { AccountSnapshot } from "../model/snapshot.js";
import type { AccountFacts, Facts } from "./facts.js";

/** The tags that say whose an IAM thing is; the IAM role also names its policy and its profile. */
export const MARK_TAGS = "pgaccord:";
export const OWNER_TAG = `${MARK_TAGS}owner`;
export const ORIGIN_TAG = `${MARK_TAGS}origin`;
export const POLICY_TAG = "pgaccord:policy";
export const PROFILE_TAG = "pgaccord:profile";

/** IAM names are unique whatever their case (IAM user guide, "IAM identifiers"). */
export const foldName = (name: string): string => name.toLowerCase();

export const roleArn = (account: { readonly partition: string; readonly id: string }, name: string, path = "/"): string =>
  `arn:${account.partition}:iam::${account.id}:role${path}${name}`;

export const policyArn = (account: { readonly partition: string; readonly id: string }, name: string, path = "/"): string =>
  `arn:${account.partition}:iam::${account.id}:policy${path}${name}`;

export const isOurs = (facts: Facts, tags: readonly Tag[] | null): boolean =>
  tags?.some((t) => t.key === OWNER_TAG && t.value === facts.owner) ?? false;

/** Kinds of things of IAM that carry our marks. Names are unique within one kind only. */
export type IamKind = "iam.role" | "iam.policy" | "iam.instance-profile";

const DECLARED: Readonly<Record<IamKind | "user" | "group", (account: AccountFacts, name: string) => boolean>> = {
  "iam.role": ({ declaredRoles }, name) => declaredRoles.has(name),
  "iam.policy": ({ declaredPolicies }, name) => declaredPolicies.has(name),
  "iam.instance-profile": ({ declaredProfiles }, name) => declaredProfiles.has(name),
  user: ({ declaredUsers }, name) => declaredUsers.has(name),
  group: () => false,
};

/** Marked by us, or by an owner from whom the file takes over what it declares. */
export const isMarkedForUs = (
  facts: Facts,
  account: AccountFacts,
  kind: IamKind,
  { name, tags }: { readonly name: string; readonly tags: readonly Tag[] | null },
): boolean => isOurs(facts, tags) || (DECLARED[kind](account, name) && facts.ownerWas.has(tagValue(tags, OWNER_TAG) ?? ""));

interface Named {
  readonly name: string;
  readonly path: string;
}

/** Ours to change and delete: our tag counts for nothing on what is left alone. */
export const isManaged = (
  facts: Facts,
  account: AccountFacts,
  kind: IamKind,
  thing: Named & { readonly tags: readonly Tag[] | null },
): boolean => isMarkedForUs(facts, account, kind, thing) && !isLeftAlone(facts, account, kind, thing);

/** Only what pgaccord made is ever deleted; a mark that does not say so is no proof. */
export const isCreated = (tags: readonly Tag[] | null): boolean => tagValue(tags, ORIGIN_TAG) === "created";

/** An IAM role that goes with this file. */
export function goes(facts: Facts, account: AccountFacts, role: string): boolean {
  const live = account.snapshot.roles.get(role);
  return live !== undefined && !account.declaredRoles.has(role) && isCreated(live.tags) && isManaged(facts, account, "iam.role", live);
}

/** A protected name that the file does not declare, what AWS keeps for itself, and the IAM roles that pgaccord works as. */
export const isLeftAlone = (facts: Facts, account: AccountFacts, kind: keyof typeof DECLARED, { name, path }: Named): boolean =>
  AWS_PATHS.some((start) => path.startsWith(start)) ||
  (kind === "iam.role" && isOwnRole(account, name)) ||
  (facts.isProtected(name, "account") && !DECLARED[kind](account, name));

export const isOwnRole = ({ declared: { planRole, applyRole } }: AccountFacts, name: string): boolean =>
  [planRole, applyRole].some((arn) => arn !== null && foldName(arn.slice(arn.lastIndexOf("/") + 1)) === foldName(name));

/** Whoever carries a policy: only of roles the path is known. */
export const isHolderLeftAlone = (
  facts: Facts,
  account: AccountFacts,
  { principal, name }: AccountSnapshot["attachments"][number],
): boolean =>
  principal === "role"
    ? isLeftAlone(facts, account, "iam.role", { name, path: account.snapshot.roles.get(name)?.path ?? "/" })
    : isLeftAlone(facts, account, principal, { name, path: "/" });

/** Only AWS changes roles under these paths: those of IAM Identity Center, and service-linked ones. */
const AWS_PATHS = ["/aws-reserved/", "/aws-service-role/"];

export const tagValue = (tags: readonly Tag[] | null, key: string): string | undefined => tags?.find((t) => t.key === key)?.value;

export const ourTags = (tags: readonly Tag[]): Tag[] => tags.filter((t) => t.key.startsWith(MARK_TAGS)).sort(byKey);

export const byKey = (a: Tag, b: Tag): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

export const sameTags = (a: readonly Tag[], b: readonly Tag[]): boolean =>
  a.length === b.length && a.every((tag, i) => tag.key === b[i]?.key && tag.value === b[i]?.value);

export const sdkTags = (tags: readonly Tag[]): { Key: string; Value: string }[] => tags.map((t) => ({ Key: t.key, Value: t.value }));
