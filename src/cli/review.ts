import { readFile } from "node:fs/promises";
import { reviewOf } from "../access/review/review.js";
import { type EditedAccess, editAccess } from "../config/edit/edit-access.js";
import type { Declared } from "../model/declared.js";
import { distinctProblems, isError } from "../model/problem.js";
import type { Review, Subject } from "../model/review.js";
import { loginFindings } from "../report/login-findings.js";
import { renderProblems } from "../report/problems.js";
import { type ReviewFormat, renderReview } from "../report/review-table.js";
import { editTitle } from "../report/review-words.js";
import { counted, visible } from "../report/visible.js";
import { rewriteFile } from "../store/whole-file.js";
import { fileThen } from "./file-then.js";
import { type CliIo, EXIT } from "./io.js";
import { neededFile } from "./needed-file.js";
import { readEvidence } from "./review-evidence.js";
import { sinceTime } from "./since.js";

export interface ReviewAsked {
  readonly file: string;
  /** What the file is called in messages; left out: as it was given. */
  readonly fileLabel?: string;
  readonly since: string;
  readonly evidence?: string;
  readonly trail?: boolean;
  readonly advisor?: boolean;
  readonly activity?: boolean;
  readonly address?: readonly (readonly [string, string])[];
  readonly was?: string;
  readonly remove?: boolean;
  /** Whether somebody said that it is needed. */
  readonly isKept?: (subject: Subject) => boolean;
}

export interface ReviewOptions extends ReviewAsked {
  readonly format: ReviewFormat;
  readonly edit?: boolean;
}

/** What of the file is used, what is not, and what nobody knows; with `edit` the file gets what is proposed. */
export async function review(io: CliIo, options: ReviewOptions): Promise<number> {
  const { review: made, text } = await makeReview(io, options);
  io.out(renderReview(made, options.format, { color: io.color }));
  // A table has no place for them.
  if (options.format === "csv" && made.problems.length > 0) io.err(renderProblems(made.problems, { color: io.color }));
  const code = made.problems.some(isError) ? EXIT.error : EXIT.done;
  if (!options.edit || made.proposals.length === 0) return code;
  const edited = editedBy(made, text, options);
  await rewriteFile(options.file, text, edited.text);
  return Math.max(code, sayEdits(io, edited, options));
}

export interface ReviewMade {
  readonly review: Review;
  readonly declared: Declared;
  /** The file that was reviewed. */
  readonly text: string;
}

/** Reads the file, the evidence, and what the file was when the window began. */
export async function makeReview(io: CliIo, asked: ReviewAsked): Promise<ReviewMade> {
  const now = Date.now();
  // Most logs count whole seconds.
  const since = Math.floor(sinceTime(asked.since, new Date(now)) / 1000) * 1000;
  const declared = await neededFile(io, asked.file, asked.fileLabel);
  const text = await readFile(asked.file, "utf8");
  const was = asked.was === undefined ? await fileThen(asked.file, since) : await neededFile(io, asked.was);
  const read = await readEvidence(io, {
    declared,
    folder: asked.evidence,
    trail: asked.trail ?? true,
    advisor: asked.advisor ?? false,
    activity: asked.activity ?? true,
    address: asked.address,
    since,
    now,
  });
  const { evidence } = read;
  const made = reviewOf({
    file: declared,
    was,
    evidence,
    window: { from: since, to: now },
    remove: asked.remove ?? false,
    ...(asked.isKept ? { isKept: asked.isKept } : {}),
  });
  return {
    review: { ...made, problems: distinctProblems([...read.problems, ...made.problems, ...loginFindings(evidence.logins, declared)]) },
    declared,
    text,
  };
}

/** The file with all that is proposed; what cannot be changed by itself is a problem. */
export const editedBy = ({ proposals }: Review, text: string, { file, fileLabel }: ReviewAsked): EditedAccess =>
  editAccess(
    text,
    fileLabel ?? file,
    proposals.map(({ edit }) => edit),
  );

function sayEdits(io: CliIo, { done, left, problems }: EditedAccess, { file, fileLabel = file }: ReviewAsked): number {
  const lines = [...done.map(editTitle), ...left];
  io.err(`${visible(fileLabel)}: ${counted(done.length, "change")} made.\n${lines.map((line) => `  ${visible(line)}\n`).join("")}`);
  if (problems.length > 0) io.err(renderProblems(problems, { color: io.color }));
  return problems.some(isError) ? EXIT.partial : EXIT.done;
}
