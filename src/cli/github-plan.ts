import { readFile } from "node:fs/promises";
import { asOf } from "../config/as-of.js";
import { followBase } from "../config/from-base.js";
import { loadAccessFile } from "../config/load.js";
import { checkName, MAX_CHECK_TEXT, writeCheck } from "../github/checks.js";
import { createGithub, type Github } from "../github/client.js";
import { syncComments } from "../github/comments.js";
import { type GithubContext, readContext, writeOutputs, writeSummary } from "../github/context.js";
import type { GithubEvent } from "../github/event.js";
import { type Marks, marksOf, type Subject } from "../github/mark.js";
import { tipOf } from "../github/merged.js";
import { dayOf } from "../model/day.js";
import type { Declared } from "../model/declared.js";
import { openOf } from "../model/net.js";
import type { Plan } from "../model/plan.js";
import { errorProblem, isError, type Problem, ProblemsError, stopsAll, warningProblem } from "../model/problem.js";
import type { Target } from "../model/resource.js";
import { writeRecord } from "../plan/approval-record.js";
import { refusals } from "../plan/guards.js";
import { planAccess, sha256 } from "../reconcile.js";
import { annotationsOf } from "../report/annotations.js";
import { directionOf, directionTitle } from "../report/headline.js";
import { renderFaults, renderReview, renderUntouched, UNTOUCHED } from "../report/review.js";
import { renderText, shortText } from "../report/text.js";
import { visible } from "../report/visible.js";
import { createWorld } from "../world.js";
import { type AccessAt, changedLines, isUntouched, loadAccessAt } from "./github-base.js";
import { planMerged } from "./github-file-plan.js";
import { asking, attempt, detailOf, type GithubOptions, outputsOf, say, subjectOf, withoutCommands } from "./github-io.js";
import { type CliIo, checkoutOf, EXIT } from "./io.js";
import { passwordsOf } from "./log-mask.js";
import { withEvidence } from "./plan-evidence.js";
import { addressesOf } from "./run.js";

/** Plans a pull request with the readers, and shows it there. */
export async function githubPlan(io: CliIo, options: GithubOptions): Promise<number> {
  const context = await readContext(io.env);
  const { event } = context;
  if (event.type === "pull_request" && event.fork) return await withoutCommands(io, () => validateFork(io, options));
  if (event.type === "pull_request" || event.type === "merge_group")
    return await withoutCommands(io, () => planChange({ io, options, context, event }));
  if (event.type === "push" || (event.type === "other" && event.name === "workflow_dispatch"))
    return await withoutCommands(io, () => planMerged(io, options, context));
  throw new ProblemsError([
    errorProblem("github-event", `github plan does not run on ${event.type === "other" ? event.name : event.type}.`, {
      hint: "It runs on pull_request, merge_group, push and workflow_dispatch; on a schedule use `github drift`.",
    }),
  ]);
}

/** A fork's run has no credentials; its token may not write. A job on workflow_run posts the result (`github post`). */
async function validateFork(io: CliIo, options: GithubOptions): Promise<number> {
  const { validate } = await import("./validate.js");
  io.err("This pull request comes from a fork: its file is checked, no server is read.\n");
  return await validate(io, { file: options.file, format: "text" });
}

interface Job {
  readonly io: CliIo;
  readonly options: GithubOptions;
  readonly context: GithubContext;
  readonly event: Extract<GithubEvent, { readonly type: "pull_request" | "merge_group" }>;
}

/** What is shown, and where. */
interface Shown {
  readonly plan: Plan | null;
  readonly problems: readonly Problem[];
  /** Targets of which nothing is approved. */
  readonly leaveOut: readonly Target[];
  readonly detail: "full" | "counts";
  readonly isChanged: (line: number) => boolean;
}

async function planChange(job: Job): Promise<number> {
  const { io, options, context, event } = job;
  const subject = subjectOf(options);
  const github = createGithub(context, io);
  // Without it nothing may be read: whose connections would be followed?
  const base = await asking(`Reading ${subject.file} of the base branch`, () => loadAccessAt(github, event.baseSha, subject.file));
  const head = await loadAccessFile(
    options.file,
    subject.file,
    checkoutOf(io, (ca) => base.runnersCa.has(ca)),
  );
  const text = await readFile(options.file, "utf8").catch(() => "");
  const mine = { text, declared: head.declared };
  if (isUntouched(mine, base) && (await isUntouchedNow(github, event, mine, subject.file)))
    return await showUntouched(job, github, subject);
  // Who logs in when is for those alone who may read the repository.
  const detail = detailOf(base.declared, context);
  const shown: Shown = {
    ...(head.declared
      ? await planFollowed(job, head.declared, base.declared, head.problems, detail === "full" ? options.evidence : undefined)
      : { plan: null, problems: head.problems, leaveOut: [] }),
    detail,
    isChanged: changedLines(text, base.text),
  };
  return await show(job, github, subject, shown);
}

async function planFollowed(
  { io, options }: Job,
  head: Declared,
  base: Declared | null,
  fileProblems: readonly Problem[],
  evidence: string | undefined,
): Promise<Pick<Shown, "plan" | "problems" | "leaveOut">> {
  const { declared, problems, notFollowed } = followBase(head, base);
  // The workflow may have a tunnel for a cluster that is not followed yet.
  const address = (options.address ?? []).filter(([name]) => declared.clusters.has(name) || !head.clusters.has(name));
  const now = new Date();
  const world = createWorld({
    declared: asOf(declared, dayOf(now)),
    env: io.env,
    addresses: addressesOf(declared, { address }),
    readAs: "reader",
    log: io.log.hiding(passwordsOf(declared, io.env)),
  });
  const all = [...fileProblems, ...problems, ...readersMissing(declared)];
  const snapshot = await world.inspect();
  const plan = await withEvidence(planAccess({ declared, snapshot, problems: all, now }), snapshot, evidence);
  return { plan, problems: plan.problems, leaveOut: notFollowed };
}

const readersMissing = (declared: Declared): Problem[] =>
  [...declared.clusters.values()]
    .filter((cluster) => cluster.reader === null)
    .map((cluster) =>
      warningProblem("no-reader", `Cluster ${cluster.name} has no reader: this pull request is planned as its admin.`, {
        place: cluster.place,
        hint: "Add reader: { user: access_reader, auth: iam }, a user with LOGIN and CONNECT and nothing else.",
      }),
    );

async function show(job: Job, github: Github, subject: Subject, shown: Shown): Promise<number> {
  const { io, context, event } = job;
  const { plan, problems, detail } = shown;
  const marks = marksOf("plan", subject, sha256);
  const parts = partsOf(shown, subject, marks, context);
  io.out(logText(shown));
  if (plan === null) say(io, problems);
  const refused = plan === null ? [] : refusals(problems, []);
  const failed = plan === null || problems.some(isError);
  await writeSummary(context, parts);
  await writeOutputs(context, outputsOf(plan));
  const number = event.type === "pull_request" ? event.number : null;
  const written = [
    number === null || (await attempt(io, "Writing the comment", () => syncComments(github, number, marks, parts))),
    await attempt(io, "Writing the check", () =>
      writeCheck(github, {
        sha: event.headSha,
        subject,
        conclusion: failed || refused.length > 0 ? "failure" : isNeutral(plan, problems) ? "neutral" : "success",
        title: titleOf(plan, refused, detail),
        summary: parts[0] ?? "",
        text: recordOf(job, problems.some(stopsAll) ? null : plan, shown.leaveOut),
        annotations: detail === "full" ? annotationsOf(plan, problems, subject.file, shown.isChanged) : [],
        detailsUrl: context.runUrl,
      }),
    ),
  ];
  if (failed || written.includes(false)) return EXIT.error;
  return refused.length > 0 ? EXIT.refused : EXIT.done;
}

/** The event's base may be behind the branch: what puts an older file back is a change. */
async function isUntouchedNow(github: Github, event: Job["event"], head: Omit<AccessAt, "runnersCa">, file: string): Promise<boolean> {
  if (event.type === "merge_group") return true;
  const tip = await asking(`Reading ${event.base}`, () => tipOf(github, event.base));
  return (
    tip === event.baseSha || isUntouched(head, await asking(`Reading ${file} of ${event.base}`, () => loadAccessAt(github, tip, file)))
  );
}

/** A required check must report, whatever a change is about; a comment of an earlier plan is taken back. */
async function showUntouched(job: Job, github: Github, subject: Subject): Promise<number> {
  const { io, context, event } = job;
  const marks = marksOf("plan", subject, sha256);
  const [summary = ""] = renderUntouched({ title: checkName(subject), detail: "counts", markOf: marks });
  io.out(`${UNTOUCHED}.\n`);
  await writeSummary(context, [summary]);
  await writeOutputs(context, { ...outputsOf(null), changes: 0, gains: 0, loses: 0, destroys: 0, verdict: "neutral" });
  const taken =
    event.type !== "pull_request" || (await attempt(io, "Taking back the comment", () => syncComments(github, event.number, marks, [])));
  const written = await attempt(io, "Writing the check", () =>
    writeCheck(github, {
      sha: event.headSha,
      subject,
      conclusion: "success",
      title: UNTOUCHED,
      summary,
      text: recordOf(job, null, []),
      annotations: [],
      detailsUrl: context.runUrl,
    }),
  );
  return taken && written ? EXIT.done : EXIT.error;
}

/** It is not all seen, or what differs is not ours to change. */
const isNeutral = (plan: Plan | null, problems: readonly Problem[]): boolean =>
  problems.some((p) => p.code === "connection-changed") || (plan !== null && plan.changes.length === 0 && openOf(plan.residue).length > 0);

/** A merge queue's run belongs to no pull request: it shows, and approves nothing. */
function recordOf({ event }: Job, plan: Plan | null, leaveOut: readonly Target[]): string {
  if (event.type === "merge_group") return "";
  const binding = { pull: event.number, base: event.base, headSha: event.headSha };
  const unread = plan?.leftOut.map(({ target }) => target) ?? [];
  return writeRecord(plan, binding, { hash: sha256, room: MAX_CHECK_TEXT, leaveOut: [...leaveOut, ...unread] });
}

function partsOf({ plan, problems, leaveOut, detail }: Shown, subject: Subject, markOf: Marks, context: GithubContext): string[] {
  const title = checkName(subject);
  if (plan === null) return renderFaults(problems, { title, detail: "full", markOf });
  const after = plan.complete ? AFTER_MERGE : AFTER_PART;
  const footer = `${leaveOut.length === 0 ? after : AFTER_MOVE} [Run](${context.runUrl})`;
  return renderReview(plan, { title, detail, markOf, footer });
}

const AFTER_MERGE = "After the merge exactly this is applied; anything else is refused.";
const AFTER_PART =
  "What could not be read is not approved by this pull request: plan it again when it answers. After a merge the rest is applied, and the apply ends as a failure.";
/** Names nothing: it stands in public comments, too. */
const AFTER_MOVE =
  "This pull request changes a connection: what it does on that server and in its AWS account is not approved by it. After the merge, review the plan and run `github apply --digest`.";

function logText({ plan, detail }: Shown): string {
  if (plan === null) return "";
  return detail === "full" ? renderText(plan, { color: false, verbose: false }) : shortText(plan);
}

/** A page of checks shows less, and GitHub may refuse more. */
const MAX_TITLE = 250;

function titleOf(plan: Plan | null, refused: readonly Problem[], detail: "full" | "counts"): string {
  if (plan === null) return "The file has errors";
  if (plan.problems.some(stopsAll)) return "The plan has errors";
  if (!plan.complete) return "The plan is incomplete";
  if (refused.length > 0) return `Refused by ${[...new Set(refused.map((p) => p.code))].join(", ")}; ${directionOf(plan)}`;
  return visible(plan.changes.length === 0 ? shortText(plan).trim() : directionTitle(plan, detail)).slice(0, MAX_TITLE);
}
