import pLimit from "p-limit";
import { type Github, isNotFound } from "./client.js";

/** A pull request that was merged. */
export interface Merged {
  readonly number: number;
  /** Name of the branch that it was merged into. */
  readonly base: string;
  readonly headSha: string;
}

const CALLS_AT_ONCE = 5;
/** Commits between two applies that are looked at. */
const MAX_COMMITS = 250;

export async function tipOf({ octokit, at }: Github, branch: string): Promise<string> {
  const { data } = await octokit.rest.repos.getBranch({ ...at, branch });
  return data.commit.sha;
}

export async function defaultBranch({ octokit, at }: Github): Promise<string> {
  const { data } = await octokit.rest.repos.get(at);
  return data.default_branch;
}

/** Where a branch left the other: what it changes is what differs from there. */
export async function mergeBase({ octokit, at }: Github, base: string, head: string): Promise<string> {
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${base}...${head}`, per_page: 1 });
  return data.merge_base_commit.sha;
}

/** Pull requests whose merge is among the commits after `since` up to `sha`; with `since: null` only that of `sha` itself. */
export async function mergedSince(github: Github, since: string | null, sha: string, branch: string): Promise<Merged[]> {
  const { octokit, at } = github;
  const commits = since === null || since === sha ? [sha] : await commitsBetween(github, since, sha);
  const limit = pLimit(CALLS_AT_ONCE);
  const lists = await Promise.all(
    commits.map((commit_sha) => limit(() => octokit.rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha, per_page: 100 }))),
  );
  const pulls = lists.flatMap(({ data }) => data);
  // A commit also belongs to pull requests that only contain it.
  const merged = pulls.filter((p) => p.merged_at && p.base.ref === branch && p.merge_commit_sha && commits.includes(p.merge_commit_sha));
  const found = merged.map((p): Merged => ({ number: p.number, base: p.base.ref, headSha: p.head.sha }));
  return [...new Map(found.map((p) => [p.number, p])).values()].sort((a, b) => a.number - b.number);
}

/** What GitHub no longer knows, because history was rewritten, leaves the newest commit alone: fewer approvals, never more. */
async function commitsBetween({ octokit, at }: Github, since: string, sha: string): Promise<string[]> {
  try {
    const found: string[] = [];
    const pages = octokit.paginate.iterator(octokit.rest.repos.compareCommitsWithBasehead, {
      ...at,
      basehead: `${since}...${sha}`,
      per_page: 100,
    });
    for await (const { data } of pages) {
      // Pages of this endpoint are objects with a list inside.
      const { commits } = data as unknown as { readonly commits: readonly { readonly sha: string }[] };
      found.push(...commits.map((commit) => commit.sha));
    }
    const all = found.slice(-MAX_COMMITS);
    return all.includes(sha) ? all : [...all, sha];
  } catch (error) {
    if (isNotFound(error)) return [sha];
    throw error;
  }
}
