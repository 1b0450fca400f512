import type { Annotation } from "../model/annotation.js";
import { type ApprovalRecord, readRecord } from "../plan/approval-record.js";
import type { Github } from "./client.js";
import { type Subject, subjectText } from "./mark.js";
import type { Merged } from "./merged.js";

export interface Check {
  readonly sha: string;
  readonly subject: Subject;
  readonly conclusion: "success" | "failure" | "neutral";
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  readonly annotations: readonly Annotation[];
  readonly detailsUrl: string;
}

/** Name of the check, as a branch rule requires it. */
export const checkName = (subject: Subject): string => `pgaccord plan (${subjectText(subject)})`;

/** Bytes that a summary or a text may have. */
export const MAX_CHECK_TEXT = 65_000;
/** Annotations that one request takes; further ones are added by updates. */
const PER_REQUEST = 50;
const MAX_ANNOTATIONS = 200;

export async function writeCheck({ octokit, at }: Github, check: Check): Promise<void> {
  const annotations = check.annotations.slice(0, MAX_ANNOTATIONS);
  const output = (from: number) => ({
    title: check.title,
    summary: cut(check.summary),
    text: check.text,
    annotations: annotations.slice(from, from + PER_REQUEST).map((a) => ({ ...a, message: a.message.slice(0, 2000) })),
  });
  const { data } = await octokit.rest.checks.create({
    ...at,
    name: checkName(check.subject),
    head_sha: check.sha,
    status: "completed",
    conclusion: check.conclusion,
    details_url: check.detailsUrl,
    output: output(0),
  });
  for (let from = PER_REQUEST; from < annotations.length; from += PER_REQUEST) {
    await octokit.rest.checks.update({ ...at, check_run_id: data.id, output: output(from) });
  }
}

function cut(text: string): string {
  if (Buffer.byteLength(text) <= MAX_CHECK_TEXT) return text;
  const room = Buffer.from(text)
    .subarray(0, MAX_CHECK_TEXT - 100)
    .toString("utf8");
  return `${room.slice(0, room.lastIndexOf("\n"))}\n\nThe rest is in the comment.\n`;
}

/**
 * What the newest check of a merged pull request recorded; null: none, or one that is not whole. Checks of other apps do not count. The
 * newest of the commit may be another pull request's: all are looked at for what is bound to this one.
 */
export async function readCheck({ octokit, at }: Github, merged: Merged, subject: Subject, app: string): Promise<ApprovalRecord | null> {
  const { number: pull, base, headSha } = merged;
  const runs = await octokit.paginate(octokit.rest.checks.listForRef, {
    ...at,
    ref: headSha,
    check_name: checkName(subject),
    filter: "all",
    per_page: 100,
  });
  const ours = runs.filter((run) => run.app?.slug === app && run.head_sha === headSha && run.name === checkName(subject));
  const newestFirst = ours.sort((a, b) => b.id - a.id);
  const records = newestFirst.flatMap((run) => readRecord(run.output.text ?? "", { pull, base, headSha }) ?? []);
  return records[0] ?? null;
}
