import { readFile } from "node:fs/promises";
import { reviewOf } from "../access/review/review.js";
import { editAccess } from "../config/edit/edit-access.js";
import { loadAccessFile } from "../config/load.js";
import type { Declared } from "../model/declared.js";
import { isError, type Problem, ProblemsError } from "../model/problem.js";
import type { Proposal, Review } from "../model/review.js";
import { loginFindings } from "../report/login-findings.js";
import { renderProblems } from "../report/problems.js";
import { type ReviewFormat, renderReview } from "../report/review-table.js";
import { editTitle } from "../report/review-words.js";
import { counted, visible } from "../report/visible.js";
import { fileThen } from "./file-then.js";
import { type CliIo, checkoutOf, EXIT } from "./io.js";
import { readEvidence } from "./review-evidence.js";
import { sinceTime } from "./since.js";
import { rewriteFile } from "./whole-file.js";

export interface ReviewOptions {
  readonly file: string;
  /** What the file is called in messages; left out: as it was given. */
  readonly fileLabel?: string;
  readonly format: ReviewFormat;
  readonly since: string;
  readonly evidence?: string;
  readonly was?: string;
  readonly edit?: boolean;
  readonly remove?: boolean;
}

/** What of the file is used, what is not, and what nobody knows; with `edit` the file gets what is proposed. */
export async function review(io: CliIo, options: ReviewOptions): Promise<number> {
  const made = await makeReview(io, options);
  io.out(renderReview(made, options.format, { color: io.color }));
  return options.edit ? editFile(io, options, made.proposals) : EXIT.done;
}

async function makeReview(io: CliIo, options: ReviewOptions): Promise<Review> {
  const now = Date.now();
  const since = sinceTime(options.since, new Date(now));
  const label = options.fileLabel ?? options.file;
  const declared = await declaredIn(io, options.file, label);
  const was = options.was === undefined ? await fileThen(options.file, since) : await declaredIn(io, options.was, options.was);
  const { evidence, problems } = await readEvidence(io, { declared, evidence: options.evidence, since });
  const made = reviewOf({ file: declared, was, evidence, window: { from: since, to: now }, remove: options.remove ?? false });
  return { ...made, problems: [...problems, ...made.problems, ...loginFindings(evidence.logins, declared)] };
}

async function declaredIn(io: CliIo, path: string, label: string): Promise<Declared> {
  const { declared, problems } = await loadAccessFile(path, label, checkoutOf(io));
  if (declared === null || problems.some(isError)) throw new ProblemsError(problems);
  return declared;
}

/** All of it or nothing of one edit; what cannot be made is said, and the rest is made. */
async function editFile(
  io: CliIo,
  { file: path, fileLabel: label = path }: ReviewOptions,
  proposals: readonly Proposal[],
): Promise<number> {
  if (proposals.length === 0) return EXIT.done;
  const text = await readFile(path, "utf8");
  const edited = editAccess(
    text,
    label,
    proposals.map(({ edit }) => edit),
  );
  if (edited.text !== text) await rewriteFile(path, text, edited.text);
  const lines = [...edited.done.map(editTitle), ...edited.left];
  io.err(`${visible(label)}: ${counted(edited.done.length, "change")} made.\n${lines.map((line) => `  ${visible(line)}\n`).join("")}`);
  return said(io, edited.problems);
}

function said(io: CliIo, problems: readonly Problem[]): number {
  if (problems.length === 0) return EXIT.done;
  io.err(renderProblems(problems, { color: io.color }));
  return problems.some(isError) ? EXIT.partial : EXIT.done;
}
