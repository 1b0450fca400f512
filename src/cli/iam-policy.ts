import picomatch from "picomatch";
import { type OwnPurpose, ownPolicies } from "../access/own-policy.js";
import { loadAccessFile } from "../config/load.js";
import type { Declared } from "../model/declared.js";
import { isError } from "../model/problem.js";
import { notesOnPolicies, renderOwnPolicies, renderOwnPoliciesJson } from "../report/own-policy.js";
import { renderProblems } from "../report/problems.js";
import { type CliIo, type CommonOptions, checkoutOf, EXIT } from "./io.js";
import { unmatched } from "./run.js";

export interface IamPolicyOptions extends CommonOptions {
  readonly for: OwnPurpose;
  readonly account?: readonly string[];
  /** The file as it was. */
  readonly was?: string;
}

export async function iamPolicy(io: CliIo, { for: purpose, account: globs, ...options }: IamPolicyOptions): Promise<number> {
  const file = await declaredIn(io, options.file);
  const was = options.was === undefined ? null : await declaredIn(io, options.was);
  if (file === null || (was === null && options.was !== undefined)) return EXIT.error;
  const problems = unmatched("account", globs, [...file.accounts.keys()]);
  if (problems.length > 0) {
    io.err(renderProblems(problems, { color: io.color }));
    return EXIT.error;
  }
  const policies = ownPolicies(purpose, file, was).filter(({ account }) => globs === undefined || picomatch.isMatch(account, [...globs]));
  if (options.format === "json") {
    io.out(renderOwnPoliciesJson(policies));
    return EXIT.done;
  }
  io.out(renderOwnPolicies(policies, purpose));
  io.err(policies.length > 0 ? notesOnPolicies(policies, purpose) : "The file has no account: nothing of AWS is asked.\n");
  return EXIT.done;
}

async function declaredIn(io: CliIo, path: string): Promise<Declared | null> {
  const { declared, problems } = await loadAccessFile(path, path, checkoutOf(io));
  if (declared !== null && !problems.some(isError)) return declared;
  io.err(renderProblems(problems, { color: io.color }));
  return null;
}
