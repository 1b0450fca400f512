import type { AccountFacts } from "../facts/facts.js";
import type { AwsCommandName, Operation, Phase } from "../model/operation.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Key } from "../model/resource.js";

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
