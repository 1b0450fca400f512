import { readCheck } from "../github/checks.js";
import type { Github } from "../github/client.js";
import type { GithubContext } from "../github/context.js";
import { lastApplied, type Start } from "../github/deployments.js";
import type { GithubEvent } from "../github/event.js";
import type { Subject } from "../github/mark.js";
import { defaultBranch, type Merged, mergedSince, tipOf } from "../github/merged.js";
import type { Declared } from "../model/declared.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import type { ApprovalRecord } from "../plan/approval-record.js";
import { loadAccessAt } from "./github-base.js";

/** What GitHub's records say of the commits that are to be applied. */
export interface MergedWork {
  /** The commit after which approvals count. */
  readonly since: string | null;
  readonly pulls: readonly Merged[];
  /** What their checks recorded. */
  readonly approved: readonly ApprovalRecord[];
  /** The file that was applied last; null: none was, or it has errors. */
  readonly base: Declared | null;
}

/**
 * null: the branch has moved on. A run by hand of another branch is refused.
 * @param app whose checks and deployments count
 */
export async function readMerged(github: Github, context: GithubContext, subject: Subject, app: string): Promise<MergedWork | null> {
  const { event, sha } = context;
  const branch = await defaultBranch(github);
  if (event.type === "push" && event.branch !== branch) throw otherBranch(event.branch, branch);
  if ((await tipOf(github, branch)) !== sha) {
    if (event.type === "push") return null;
    throw otherBranch(`commit ${sha.slice(0, 12)}`, branch);
  }
  const start = (await lastApplied(github, subject, app)) ?? startOf(event);
  const pulls = await mergedSince(github, start?.sha ?? null, sha, branch);
  const records = await Promise.all(pulls.map((pull) => readCheck(github, pull, subject, app)));
  const base = start?.applied ? (await loadAccessAt(github, start.sha, subject.file)).declared : null;
  return { since: start?.sha ?? null, pulls, approved: records.flatMap((record) => record ?? []), base };
}

/** The first apply counts from where its push began, which nobody has applied. */
const startOf = (event: GithubEvent): Start | null =>
  event.type === "push" && !/^0+$/.test(event.before) ? { sha: event.before, applied: false } : null;

const otherBranch = (what: string, branch: string): ProblemsError =>
  new ProblemsError([
    errorProblem("github-event", `github apply applies the tip of ${branch} only, and this is ${what}.`, {
      hint: `Run it on push to ${branch}, or by hand on ${branch}.`,
    }),
  ]);
