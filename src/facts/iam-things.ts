import type { IamPrincipal } from "../model/principal.js";
import type { Tag } from "../model/resource.js";
import type { AccountSnapshot } from "../model/snapshot.js";
import type { AccountFacts, Facts } from "./facts.js";
import { adoptKey } from "./iam-names.js";

/** The tags that say whose an IAM thing is; the IAM role also names its policy and its profile. */
export const MARK_TAGS = "pgaccord:";
export const OWNER_TAG = `${MARK_TAGS}owner`;
export const ORIGIN_TAG = `${MARK_TAGS}origin`;
export const POLICY_TAG = "pgaccord:policy";
export const PROFILE_TAG = "pgaccord:profile";
/** On a profile: the file says which EC2 instances carry it, or said so once. */
export const INSTANCES_TAG = "pgaccord:instances";
/** The boundary that the file gave an IAM role. */
export const BOUNDARY_TAG = "pgaccord:boundary";
/** One for each policy that `attach` named: on the IAM role, and of an IAM user, which is not ours, on the policy made for it. */
export const ATTACH_TAG = "pgaccord:attach/";
/** The IAM user that the policy was made for, where it has tags of ATTACH_TAG. */
export const USER_TAG = "pgaccord:user";

/** IAM names are unique whatever their case (IAM user guide, "IAM identifiers"). */
export const foldName = (name: string): string => name.toLowerCase();

export const roleArn = (account: { readonly partition: string; readonly id: string }, name: string, path = "/"): string =>
  `arn:${account.partition}:iam::${account.id}:role${path}${name}`;

export const policyArn = (account: { readonly partition: string; readonly id: string }, name: string, path = "/"): string =>
  `arn:${account.partition}:iam::${account.id}:policy${path}${name}`;

/** Of an IAM role that is there, or will be. */
export const roleArnIn = ({ snapshot, declared, iamPath }: AccountFacts, name: string): string =>
  snapshot.roles.get(name)?.arn ?? roleArn(declared, name, iamPath);

/** ARNs of all policies that somebody carries. */
export const carriedBy = ({ attachments, foreign }: AccountSnapshot, principal: IamPrincipal, name: string): string[] => [
  ...attachments.filter((one) => one.principal === principal && one.name === name).map((one) => one.policyArn),
  ...(foreign.get(`${principal}/${name}`)?.attached ?? []),
];

export const isOurs = (facts: Facts, tags: readonly Tag[] | null): boolean =>
  tags?.some((t) => t.key === OWNER_TAG && t.value === facts.owner) ?? false;

/** Kinds of things of IAM that carry our marks. Names are unique within one kind only. */
export type IamKind = "iam.role" | "iam.policy" | "iam.instance-profile";

const DECLARED: Readonly<Record<IamKind | "user" | "group", (account: AccountFacts, name: string) => boolean>> = {
  "iam.role": ({ declaredRoles }, name) => declaredRoles.has(name),
  "iam.policy": (account, name) => account.declaredPolicies.has(name) || isPartOfDeclared(account, name),
  "iam.instance-profile": ({ declaredProfiles }, name) => declaredProfiles.has(name),
  user: ({ declaredUsers }, name) => declaredUsers.has(name),
  group: () => false,
};

/** Marked by us, or by an owner from whom the file takes over what it declares. */
export const isMarkedForUs = (facts: Facts, account: AccountFacts, kind: IamKind, thing: Marked): boolean =>
  isOurs(facts, thing.tags) ||
  (DECLARED[kind](account, thing.name) && facts.ownerWas.has(tagValue(thing.tags, OWNER_TAG) ?? "")) ||
  isAdopted(account, kind, thing);

/** AWS lets nobody carry more than 20 policies. */
const MOST_PARTS = 20;
const MAX_NAME = 128;

/** Names in which a generated policy goes on (policy-parts.ts). */
export const partNames = (name: string): string[] =>
  Array.from({ length: MOST_PARTS - 1 }, (_, i) => `${name}-${i + 2}`).filter((part) => part.length <= MAX_NAME);

/** Whether the file makes the policy that goes on in this one. */
export function isPartOfDeclared({ declaredPolicies, snapshot }: AccountFacts, name: string): boolean {
  const of = tagValue(snapshot.policies.get(name)?.tags ?? null, POLICY_TAG);
  return of !== undefined && declaredPolicies.has(of) && partNames(of).includes(name);
}

interface Marked {
  readonly name: string;
  readonly tags: readonly Tag[] | null;
}

/** Nobody's, and the file takes it over: `adopt: true`. */
const isAdopted = ({ adopts }: AccountFacts, kind: IamKind, { name, tags }: Marked): boolean =>
  tagValue(tags, OWNER_TAG) === undefined && adopts.has(adoptKey(kind, name));

interface Named {
  readonly name: string;
  readonly path: string;
}

/** Ours to change and delete: our tag counts for nothing on what is left alone. */
export const isManaged = (facts: Facts, account: AccountFacts, kind: IamKind, thing: Named & Marked): boolean =>
  isMarkedForUs(facts, account, kind, thing) && !isLeftAlone(facts, account, kind, thing);

/** Only what pgaccord made is ever deleted; a mark that does not say so is no proof. */
export const isCreated = (tags: readonly Tag[] | null): boolean => tagValue(tags, ORIGIN_TAG) === "created";

/** Made here: what nobody marked is somebody else's, whatever origin it names. */
export const isMadeHere = (live: { readonly tags: readonly Tag[] | null } | undefined): boolean =>
  !live || (tagValue(live.tags, OWNER_TAG) !== undefined && isCreated(live.tags));

/** An IAM role that goes with this file. */
export function goes(facts: Facts, account: AccountFacts, role: string): boolean {
  const live = account.snapshot.roles.get(role);
  return live !== undefined && !account.declaredRoles.has(role) && isCreated(live.tags) && isManaged(facts, account, "iam.role", live);
}

/** A protected name that the file does not declare, what AWS keeps for itself, and the IAM roles that pgaccord works as. */
export const isLeftAlone = (facts: Facts, account: AccountFacts, kind: keyof typeof DECLARED, { name, path }: Named): boolean =>
  isAwsPath(path) ||
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
export const isAwsPath = (path: string): boolean => AWS_PATHS.some((start) => path.startsWith(start));

export const tagValue = (tags: readonly Tag[] | null, key: string): string | undefined => tags?.find((t) => t.key === key)?.value;

/** Our tags, and those that the file names: of IAM, the case of a key does not count (IAM user guide, "Tagging"). */
export function managedTags({ iam }: Facts, tags: readonly Tag[]): Tag[] {
  const named = new Map(iam.tags.map(({ key }) => [foldName(key), key]));
  return tags
    .flatMap((tag) => {
      const key = tag.key.startsWith(MARK_TAGS) ? tag.key : named.get(foldName(tag.key));
      return key === undefined ? [] : [{ key, value: tag.value }];
    })
    .sort(byKey);
}

export const byKey = (a: Tag, b: Tag): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

export const sameTags = (a: readonly Tag[], b: readonly Tag[]): boolean =>
  a.length === b.length && a.every((tag, i) => tag.key === b[i]?.key && tag.value === b[i]?.value);

export const sdkTags = (tags: readonly Tag[]): { Key: string; Value: string }[] => tags.map((t) => ({ Key: t.key, Value: t.value }));
