import type { Github } from "./client.js";
import { fileAt } from "./files.js";
import type { Marks } from "./mark.js";
import { tipOf } from "./merged.js";
import { bringBranch, deleteBranch, lookAtBranch, plainFile } from "./review-branch.js";
import { isMarked, type ReviewPull, withoutKeys } from "./review-mark.js";

export interface ReviewPlace {
  readonly branch: string;
  /** Branch that it is to be merged into. */
  readonly base: string;
  readonly marks: Marks;
}

export interface Proposed {
  readonly title: string;
  /** Begins with the mark. */
  readonly body: string;
  /** Of the file, in the repository. */
  readonly path: string;
  /** The file as it was read, and as it is proposed. */
  readonly was: string;
  readonly text: string;
}

export interface Synced {
  /** moved: the base has another file by now than was read. held: somebody else has put something there. */
  readonly state: "opened" | "updated" | "unchanged" | "closed" | "none" | "moved" | "held";
  readonly number: number | null;
}

/** All that there were, open and closed. */
export async function readReviewPulls({ octokit, at }: Github, branch: string, own: string): Promise<ReviewPull[]> {
  const query = { ...at, state: "all", head: `${at.owner}:${branch}`, per_page: 100 } as const;
  const list = await octokit.paginate(octokit.rest.pulls.list, query);
  return list.map((pull) => ({
    number: pull.number,
    // The owner can have a fork of the same name of branch.
    byUs: pull.user?.login === own && pull.head.repo?.id === pull.base.repo.id,
    open: pull.state === "open",
    merged: pull.merged_at !== null,
    closedAt: pull.closed_at === null ? null : Date.parse(pull.closed_at),
    base: pull.base.ref,
    title: pull.title,
    body: pull.body ?? "",
  }));
}

/** One pull request through its life: opened, changed in place, closed with a note. `wanted: null`: there is nothing to propose. */
export async function syncReviewPull(
  github: Github,
  place: ReviewPlace,
  pulls: readonly ReviewPull[],
  wanted: Proposed | null,
): Promise<Synced> {
  const isOurs = (pull: ReviewPull): boolean => pull.byUs && isMarked(pull, place.marks);
  const open = pulls.filter((pull) => pull.open).sort((a, b) => a.number - b.number);
  const [first, ...others] = open.filter(isOurs);
  if (wanted === null && !first) return { state: "none", number: null };
  const foreign = open.find((pull) => !isOurs(pull));
  if (foreign) return { state: "held", number: foreign.number };
  const tip = await tipOf(github, place.base);
  const branch = await lookAtBranch(github, place.branch, tip);
  if (first && branch?.isOthers) return { state: "held", number: first.number };
  if (wanted === null) return await closeAll(github, place, open, branch !== null);
  const file = await plainFile(github, tip, wanted.path);
  if ((await fileAt(github, tip, wanted.path)) !== wanted.was) return { state: "moved", number: first?.number ?? null };
  for (const pull of others) await close(github, pull);
  const moved = await bringBranch(github, { name: place.branch, branch, file, ...wanted });
  return await bringPull(github, place, { first, wanted, moved });
}

interface Bringing {
  readonly first: ReviewPull | undefined;
  readonly wanted: Proposed;
  /** The branch has a new commit. */
  readonly moved: boolean;
}

async function bringPull({ octokit, at }: Github, { branch, base }: ReviewPlace, { first, wanted, moved }: Bringing): Promise<Synced> {
  const { title, body } = wanted;
  if (!first) {
    const { data } = await octokit.rest.pulls.create({ ...at, head: branch, base, title, body });
    return { state: "opened", number: data.number };
  }
  const isSame = first.title === title && plain(first.body) === plain(body) && first.base === base;
  if (!isSame) await octokit.rest.pulls.update({ ...at, pull_number: first.number, title, body, ...(first.base === base ? {} : { base }) });
  return { state: moved || !isSame ? "updated" : "unchanged", number: first.number };
}

/** As GitHub's own page may have saved it. */
const plain = (text: string): string => text.replaceAll("\r\n", "\n").trim();

async function closeAll(github: Github, { branch }: ReviewPlace, open: readonly ReviewPull[], isThere: boolean): Promise<Synced> {
  const [first] = open;
  if (!first) return { state: "none", number: null };
  for (const pull of open) await close(github, pull);
  if (isThere) await deleteBranch(github, branch);
  return { state: "closed", number: first.number };
}

const CLOSED = "Nothing is proposed any more: what this named is used, kept, or gone from the file. So nothing of it counts as kept.";

/** In one call: closed by us with its list in it, it would read as somebody's decision. */
async function close({ octokit, at }: Github, { number, body }: ReviewPull): Promise<void> {
  await octokit.rest.pulls.update({ ...at, pull_number: number, state: "closed", body: withoutKeys(body) });
  await octokit.rest.issues.createComment({ ...at, issue_number: number, body: CLOSED });
}
