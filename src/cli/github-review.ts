import { createGithub, type Github } from "../github/client.js";
import { type GithubContext, readContext, writeOutputs, writeSummary } from "../github/context.js";
import { type Subject as MarkSubject, marksOf, subjectText } from "../github/mark.js";
import { defaultBranch } from "../github/merged.js";
import { ACTIONS, ownLogin } from "../github/own-login.js";
import { keptFrom, keyHash, markedBody } from "../github/review-mark.js";
import { type Proposed, type ReviewPlace, readReviewPulls, type Synced, syncReviewPull } from "../github/review-pull.js";
import { DAY_MS, dayOf } from "../model/day.js";
import type { Declared } from "../model/declared.js";
import type { Place } from "../model/place.js";
import { errorProblem, ProblemsError, warningProblem } from "../model/problem.js";
import type { Review, Subject } from "../model/review.js";
import { sha256 } from "../reconcile.js";
import { renderReviewCounts, reviewFooter } from "../report/review-pull.js";
import { renderReview } from "../report/review-table.js";
import { subjectKey } from "../report/review-words.js";
import { counted } from "../report/visible.js";
import { asking, attempt, detailOf, type GithubOptions, say, subjectOf, withoutCommands } from "./github-io.js";
import { type CliIo, EXIT } from "./io.js";

/** A review of the file, and the file as its proposals make it. */
export interface MadeReview {
  readonly review: Review;
  readonly declared: Declared | null;
  /** The file as it was read. */
  readonly was: string;
  readonly text: string;
  readonly ownerOf?: (place: Place) => string | null;
}

/**
 * @param keptUntil when what people decided to keep, by closing a pull request, may be proposed again; null: it may be
 * @returns null where the file or the evidence could not be read: it has said why
 */
export type MakeReview = (keptUntil: (subject: Subject) => number | null) => Promise<MadeReview | null>;

/** Keeps one pull request that proposes to end what nobody uses. */
export async function githubReview(io: CliIo, options: GithubOptions, makeReview: MakeReview, now: number): Promise<number> {
  const context = await readContext(io.env);
  if (context.event.type !== "other" && context.event.type !== "push") throw otherEvent();
  return await withoutCommands(io, async () => {
    const job = await asking("Looking for the pull request of the review", () => readJob(io, options, context));
    const kept = keptFrom(job.pulls, job.marks, now);
    const made = await makeReview((subject) => kept.get(keyHash(subjectKey(subject), sha256)) ?? null);
    // What could not be read is no proposal, and no end of one.
    if (made === null) return EXIT.error;
    const wanted = proposedOf(made, job, detailOf(made.declared, context));
    await writeSummary(context, [wanted.body]);
    await writeOutputs(context, { proposals: made.review.proposals.length });
    const isNothing = made.review.proposals.length === 0 || made.text === made.was;
    const written = await attempt(io, "Writing the pull request", async () =>
      sayEnd(io, job, await syncReviewPull(job.github, job, job.pulls, isNothing ? null : wanted)),
    );
    return written ? EXIT.done : EXIT.error;
  });
}

const otherEvent = (): ProblemsError =>
  new ProblemsError([
    errorProblem("github-event", "github review runs on schedule and workflow_dispatch.", {
      hint: "See the documentation for its workflow.",
    }),
  ]);

interface Job extends ReviewPlace {
  readonly github: Github;
  readonly subject: MarkSubject;
  readonly own: string;
  readonly pulls: Awaited<ReturnType<typeof readReviewPulls>>;
}

async function readJob(io: CliIo, options: GithubOptions, context: GithubContext): Promise<Job> {
  const github = createGithub(context, io);
  const subject = subjectOf(options);
  const branch = branchOf(subject);
  const [own, base] = [await ownLogin(github), await defaultBranch(github)];
  const pulls = await readReviewPulls(github, branch, own);
  return { github, subject, branch, base, own, pulls, marks: marksOf("review", subject, sha256) };
}

/** Another file, or an environment, has a branch of its own. */
const branchOf = ({ file, environment }: MarkSubject): string =>
  file === "access.yaml" && environment === ""
    ? "pgaccord/review"
    : `pgaccord/review-${sha256(JSON.stringify([file, environment])).slice(0, 12)}`;

function proposedOf({ review, was, text, ownerOf }: MadeReview, { subject, own, marks, branch }: Job, detail: "full" | "counts"): Proposed {
  const days = Math.max(1, Math.round((review.now - review.since) / DAY_MS));
  const shown = detail === "full" ? renderReview(review, "markdown", ownerOf ? { ownerOf } : {}) : renderReviewCounts(review);
  const footer = reviewFooter({ branch, days, startsNothing: own === ACTIONS });
  const keys = review.proposals.flatMap(({ because }) => because.map((verdict) => subjectKey(verdict.subject)));
  return {
    title: `pgaccord review (${subjectText(subject)}): ${counted(review.proposals.length, "change")} proposed`,
    body: markedBody(marks, { day: dayOf(review.now), days, keys }, { text: shown, footer }, sha256),
    path: subject.file,
    was,
    text,
  };
}

const WORDS: Readonly<Record<Synced["state"], string>> = {
  opened: "is opened",
  updated: "is updated",
  unchanged: "is up to date",
  closed: "is closed: nothing is proposed any more",
  none: "",
  moved: "",
  held: "",
};

function sayEnd(io: CliIo, { branch, subject, base }: Job, { state, number }: Synced): void {
  if (state === "held") say(io, [held(branch, number)]);
  else if (state === "moved") io.out(`Superseded: ${subjectText(subject)} has changed on ${base} since it was read.\n`);
  else io.out(state === "none" ? "Nothing is proposed.\n" : `Pull request #${number} ${WORDS[state]}.\n`);
}

const held = (branch: string, number: number | null) =>
  warningProblem("review-branch-held", `Pull request #${number} from ${branch} holds what is not pgaccord's: it is left as it is.`, {
    hint: "Merge it or close it: the next run opens a new one.",
  });
