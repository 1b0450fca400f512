import { errorProblem, ProblemsError } from "../model/problem.js";
import { type Github, isNotFound } from "./client.js";
import { fileAt } from "./files.js";

/** Of our commit. */
const MESSAGE = "pgaccord review: what nobody uses ends";

export interface ReviewBranch {
  readonly head: string;
  /** Where it left the base. */
  readonly start: string;
  /** Besides merges of the base. */
  readonly commits: number;
  /** Somebody else has committed to it. */
  readonly isOthers: boolean;
}

/** null: it is not there. */
export async function lookAtBranch({ octokit, at }: Github, name: string, tip: string): Promise<ReviewBranch | null> {
  const head = await headOf({ octokit, at }, name);
  if (head === null) return null;
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${tip}...${head}`, per_page: 100 });
  // "Update branch" makes a merge, which is nobody's decision.
  const own = data.commits.filter(({ parents }) => parents.length < 2);
  const isOthers = own.some(({ commit }) => commit.message !== MESSAGE);
  return { head, start: data.merge_base_commit.sha, commits: own.length, isOthers };
}

async function headOf({ octokit, at }: Github, name: string): Promise<string | null> {
  try {
    const { data } = await octokit.rest.git.getRef({ ...at, ref: `heads/${name}` });
    return data.object.sha;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

export interface Brought {
  readonly name: string;
  readonly branch: ReviewBranch | null;
  readonly file: BaseFile;
  readonly was: string;
  readonly text: string;
}

/**
 * One commit on the base's head that changes the file alone. The branch goes from one commit to the next in one step: GitHub closes a pull
 * request whose branch is no more than its base, though it be for a moment. False: it was so already.
 */
export async function bringBranch(github: Github, brought: Brought): Promise<boolean> {
  const { octokit, at } = github;
  const { name, branch } = brought;
  if (branch && (await isSo(github, branch, brought))) return false;
  const sha = await commitOn(github, brought);
  if (branch) await octokit.rest.git.updateRef({ ...at, ref: `heads/${name}`, sha, force: true });
  else await octokit.rest.git.createRef({ ...at, ref: `refs/heads/${name}`, sha });
  return true;
}

/** What else has changed on the base since does not count. */
const isSo = async (github: Github, { head, start, commits, isOthers }: ReviewBranch, { file, was, text }: Brought): Promise<boolean> =>
  commits === 1 && !isOthers && (await fileAt(github, head, file.path)) === text && (await fileAt(github, start, file.path)) === was;

async function commitOn({ octokit, at }: Github, { file, text }: Brought): Promise<string> {
  const entry = { path: file.path, mode: file.mode, type: "blob", content: text } as const;
  const { data: tree } = await octokit.rest.git.createTree({ ...at, base_tree: file.tree, tree: [entry] });
  const { data } = await octokit.rest.git.createCommit({ ...at, message: MESSAGE, tree: tree.sha, parents: [file.tip] });
  return data.sha;
}

/** A file of a commit of the base. */
export interface BaseFile {
  readonly tip: string;
  /** Of the commit. */
  readonly tree: string;
  readonly path: string;
  readonly mode: "100644" | "100755";
}

/** No link: its text would be written over it. */
export async function plainFile({ octokit, at }: Github, tip: string, path: string): Promise<BaseFile> {
  const { data: commit } = await octokit.rest.git.getCommit({ ...at, commit_sha: tip });
  const tree = commit.tree.sha;
  let found: Entry | undefined = { sha: tree };
  for (const name of path.split("/")) found = found?.sha === undefined ? undefined : await entryOf({ octokit, at }, found.sha, name);
  if (found?.mode === "100644" || found?.mode === "100755") return { tip, tree, path, mode: found.mode };
  throw new ProblemsError([
    errorProblem("edit-refused", `${path} is not changed: in the repository it is no plain file.`, {
      hint: "Where it is a link, name the file that it leads to with --file.",
    }),
  ]);
}

interface Entry {
  readonly sha?: string;
  readonly mode?: string;
}

async function entryOf({ octokit, at }: Github, tree_sha: string, name: string): Promise<Entry | undefined> {
  const { data } = await octokit.rest.git.getTree({ ...at, tree_sha });
  return data.tree.find(({ path }) => path === name);
}

/** It may be gone: GitHub then says 422. */
export async function deleteBranch({ octokit, at }: Github, name: string): Promise<void> {
  try {
    await octokit.rest.git.deleteRef({ ...at, ref: `heads/${name}` });
  } catch (error) {
    const isGone = isNotFound(error) || (error instanceof Error && /Reference does not exist/i.test(error.message));
    if (!isGone) throw error;
  }
}
