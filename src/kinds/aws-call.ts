import type { AccountFacts } from "../facts/facts.js";
import { ATTACH_TAG, BOUNDARY_TAG, INSTANCES_TAG, isCreated, MARK_TAGS, OWNER_TAG, tagValue, USER_TAG } from "../facts/iam-things.js";
import type { AwsActions } from "../model/aws-call.js";
import type { Attributes, ChangeOp } from "../model/change.js";
import type { Operation, Phase } from "../model/operation.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Key, Pair, Tag } from "../model/resource.js";
import { attributesBut, plainOp } from "./spec.js";

/** Ranks inside a phase: what others refer to is made first and removed last. */
export const RANK = {
  dissociation: 5,
  role: 10,
  boundary: 15,
  policy: 20,
  profile: 30,
  attachment: 40,
  deleteProfile: 50,
  deletePolicy: 60,
  deleteRole: 70,
  tag: 80,
  association: 90,
} as const;

interface TaggedPair {
  readonly before: { readonly tags: readonly Tag[] } | undefined;
  readonly after: unknown;
}

/** Adopted, and no longer in the file: the mark goes, what it gives stays. */
export const isReleased = ({ before, after }: TaggedPair): boolean =>
  before !== undefined && after === undefined && !isCreated(before.tags);

/** Nobody's until now. */
const isAdopted = ({ before, after }: TaggedPair): boolean =>
  before !== undefined && after !== undefined && tagValue(before.tags, OWNER_TAG) === undefined;

export function markedOp(pair: TaggedPair): ChangeOp {
  if (isAdopted(pair)) return "adopt";
  return isReleased(pair) ? "release" : plainOp(pair);
}

/** Of what is released only the marks go: the file's own tags stay with it. */
export const markKeys = (tags: readonly Tag[]): string[] => tags.map((tag) => tag.key).filter((key) => key.startsWith(MARK_TAGS));

/** Those that are gone, and those that are new or changed. */
export const tagsGone = (before: readonly Tag[], after: readonly Tag[]): string[] =>
  before.filter((tag) => !after.some((one) => one.key === tag.key)).map((tag) => tag.key);
export const tagsNew = (before: readonly Tag[], after: readonly Tag[]): Tag[] =>
  after.filter((tag) => !before.some((one) => one.key === tag.key && one.value === tag.value));

/** What they say must be known before it is done: whoever is killed in between leaves nothing that nobody knows of. */
export const isNote = ({ key }: Tag): boolean => key.startsWith(ATTACH_TAG) || [USER_TAG, BOUNDARY_TAG, INSTANCES_TAG].includes(key);

/** What a thing begins with beside its rights; undefined: nothing, or it is ours already. One that is adopted keeps its path and boundary. */
function creationOf(pair: TaggedPair & { readonly after: Created | undefined }): Attributes["creation"] {
  const { before, after } = pair;
  if (after === undefined || (before !== undefined && !isAdopted(pair))) return undefined;
  const tags = after.tags.filter(({ key }) => !key.startsWith(MARK_TAGS));
  const more = {
    ...(after.path === "/" || before !== undefined ? {} : { path: after.path }),
    ...(after.boundary === undefined || before !== undefined ? {} : { boundary: after.boundary }),
    ...(tags.length === 0 ? {} : { tags }),
  };
  return Object.keys(more).length === 0 ? undefined : more;
}
interface Created {
  readonly path: string;
  readonly tags: readonly Tag[];
  readonly boundary?: string;
}

/** All attributes of an IAM thing but its document, which is rights. */
export const iamAttributes =
  (rights: string) =>
  <K extends "iam.role" | "iam.policy" | "iam.instance-profile">(pair: Pair<K>): Attributes => {
    const creation = creationOf(pair);
    return { ...attributesBut(rights)(pair), ...(creation ? { creation } : {}) };
  };

export function awsCall(
  change: Key,
  account: AccountFacts,
  phase: Phase,
  rank: number,
  action: AwsActions["iam"],
  input: Readonly<Record<string, unknown>>,
): Operation {
  return {
    type: "aws",
    change,
    phase,
    site: { account: account.name },
    as: null,
    rank,
    args: { service: "iam", action, region: account.declared.region, input },
  };
}

/**
 * IAM moves nothing to another path, and a name is taken whatever the path: under the same name the old one would have to go first, and
 * who has it would be without it until the new one is there. Under another name the new one comes first.
 */
export const pathDiffers = (noun: keyof typeof NAMED_BY, key: Key, name: string, paths: { was: string; path: string }): Problem =>
  errorProblem("iam-path-differs", `${noun} ${name} has the path ${paths.was}, and by the file ${paths.path}: AWS changes no path.`, {
    key,
    hint: `Give it another name (${NAMED_BY[noun]}): the new one is made first, and the old one deleted last. Or write path: ${paths.was} in defaults.iam.`,
  });

const NAMED_BY = {
  "IAM role": "name: at the IAM role",
  "IAM policy": "policy: at the IAM role or user, name: in iam_policies",
  "Instance profile": "instance_profile.name",
} as const;
