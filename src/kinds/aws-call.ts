import type { AccountFacts } from "../facts/facts.js";
import { isCreated } from "../facts/iam-things.js";
import type { ChangeOp } from "../model/change.js";
import type { AwsCommandName, Operation, Phase } from "../model/operation.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Key, Tag } from "../model/resource.js";
import { plainOp } from "./spec.js";

/** Ranks inside a phase: what others refer to is made first and removed last. */
export const RANK = {
  role: 10,
  policy: 20,
  profile: 30,
  attachment: 40,
  deleteProfile: 50,
  deletePolicy: 60,
  deleteRole: 70,
  tag: 80,
} as const;

interface TaggedPair {
  readonly before: { readonly tags: readonly Tag[] } | undefined;
  readonly after: unknown;
}

/** Adopted, and no longer in the file: the mark goes, what it gives stays. */
export const isReleased = ({ before, after }: TaggedPair): boolean =>
  before !== undefined && after === undefined && !isCreated(before.tags);

export const markedOp = (pair: TaggedPair): ChangeOp => (isReleased(pair) ? "release" : plainOp(pair));

export const tagKeys = (tags: readonly Tag[]): string[] => tags.map((tag) => tag.key);

export function awsCall(
  change: Key,
  account: AccountFacts,
  phase: Phase,
  rank: number,
  command: AwsCommandName,
  input: Readonly<Record<string, unknown>>,
): Operation {
  return { type: "aws", change, phase, site: { account: account.name }, as: null, rank, args: { command, input } };
}

/** IAM cannot move a thing to another path. */
export const pathDiffers = (noun: string, key: Key, name: string, path: string): Problem =>
  errorProblem("iam-path-differs", `${noun} ${name} has the path ${path}; a path cannot be changed.`, {
    key,
    hint: "Take it out of the file, apply, and put it back.",
  });
