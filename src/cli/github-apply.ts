import { lockAll, releaseAll } from "../apply/locks.js";
import { createGithub, type Github } from "../github/client.js";
import { syncComments } from "../github/comments.js";
import { type GithubContext, readContext, writeOutputs, writeSummary } from "../github/context.js";
import { beginDeployment, type Deployment } from "../github/deployments.js";
import { marksOf, type Subject, subjectText } from "../github/mark.js";
import type { Approval } from "../model/approval.js";
import type { Residue } from "../model/net.js";
import type { ApplyOutcome } from "../model/outcome.js";
import type { Plan } from "../model/plan.js";
import type { Lock } from "../model/ports.js";
import { isError, ProblemsError, stopsAll } from "../model/problem.js";
import type { Snapshot } from "../model/snapshot.js";
import { unapproved } from "../plan/approval.js";
import { approvedButStaying } from "../plan/approved-residue.js";
import { refusals } from "../plan/guards.js";
import { netNotShown } from "../plan/net-record.js";
import { sha256 } from "../reconcile.js";
import { netNotReviewed } from "../report/net-not-reviewed.js";
import { type Verdict, verdictParts, verdictText } from "../report/verdict.js";
import { checkAllowances, isFollowUp, runWithSignals } from "./apply.js";
import { asking, attempt, detailOf, type GithubOptions, outputsOf, runOptionsOf, subjectOf, withoutCommands } from "./github-io.js";
import { type MergedWork, readMerged } from "./github-merged.js";
import { type CliIo, EXIT, endOf } from "./io.js";
import { openRun, type Run, withoutThese } from "./run.js";
import { checkDigest } from "./saved-plan.js";

export interface GithubApplyOptions extends GithubOptions {
  readonly digest?: string;
  readonly allow?: readonly string[];
  /** The app whose checks and deployments count. */
  readonly checkApp: string;
}

/** Applies what was merged, if it is what was approved. */
export async function githubApply(io: CliIo, options: GithubApplyOptions): Promise<number> {
  checkAllowances(options.allow);
  checkDigest(options.digest);
  const context = await readContext(io.env);
  return await withoutCommands(io, () => applyMerged(io, options, context));
}

interface Job extends MergedWork {
  readonly io: CliIo;
  readonly options: GithubApplyOptions;
  readonly context: GithubContext;
  readonly github: Github;
  readonly subject: Subject;
}

async function applyMerged(io: CliIo, options: GithubApplyOptions, context: GithubContext): Promise<number> {
  const github = createGithub(context, io);
  const subject = subjectOf(options);
  const found = await asking("Reading what was merged", () => readMerged(github, context, subject, options.checkApp));
  if (found === null) {
    const text = `Superseded: ${context.sha.slice(0, 12)} is no longer the tip of the default branch. The run of the tip applies this, too.\n`;
    io.out(text);
    await writeSummary(context, [text]);
    return EXIT.done;
  }
  const job: Job = { io, options, context, github, subject, ...found };
  const run = await openRun(io, runOptionsOf(options), "admin");
  if (run === null) return await finish(job, null, { type: "broken-file" });
  try {
    const { locks, unlocked } = await lockAll(run.world.ports, [...run.declared.clusters.keys()]);
    try {
      return await applyLocked(job, withoutThese(run, unlocked), locks);
    } finally {
      await releaseAll(locks);
    }
  } catch (error) {
    // A lock that is taken, a server that is down, GitHub that records nothing: all before the first write.
    if (!(error instanceof ProblemsError)) throw error;
    return await finish(job, null, { type: "errors", problems: error.problems }, run);
  }
}

async function applyLocked(job: Job, run: Run, locks: ReadonlyMap<string, Lock>): Promise<number> {
  const { io, options } = job;
  const snapshot = await run.world.inspect();
  const plan = noted(job, run.build(snapshot));
  const nothingDone = plan.problems.some(stopsAll) || (plan.changes.length === 0 && !plan.complete);
  if (nothingDone) return await finish(job, plan, { type: "errors", problems: plan.problems.filter(isError) }, run);
  if (plan.changes.length === 0) return await finish(job, plan, { type: "nothing", undone: undoneOf(job, plan) }, run);
  const baseAt = (read: Snapshot) => () => (job.base === null ? null : run.buildBase(job.base, read));
  const difference = notApproved(job, plan, baseAt(snapshot));
  if (difference.length > 0) return await finish(job, plan, { type: "not-approved", difference }, run);
  const refused = refusals(plan.problems, options.allow ?? []);
  if (refused.length > 0) return await finish(job, plan, { type: "guards", problems: refused }, run);
  const deployment = await asking("Recording the deployment", () => begin(job));
  const mayFollow = (next: Plan, read: Snapshot): boolean =>
    isFollowUp(next, snapshot, options.allow) && notApproved(job, next, baseAt(read)).length === 0;
  const progress = detailOf(run.declared, job.context) === "full";
  const outcome = await runWithSignals(io, { run, plan, locks, mayFollow, progress });
  return await finish(job, plan, { type: "outcome", outcome, undone: undoneOf(job, plan) }, run, deployment);
}

/** With a warning for what the merged pull requests reach only together. A digest by hand was reviewed as a whole. */
function noted({ options, approved }: Job, plan: Plan): Plan {
  if (options.digest !== undefined || approved.length === 0) return plan;
  return { ...plan, problems: [...plan.problems, ...netNotReviewed(plan, netNotShown(plan, approved, sha256))] };
}

/** None when all of it was approved, right by right or as a whole. A digest by hand is that very plan or nothing. */
function notApproved({ options, approved }: Job, plan: Plan, planBase: () => Plan | null): readonly Approval[] {
  if (options.digest !== undefined) return options.digest === plan.digest ? [] : unapproved(plan, new Set(), null, sha256);
  if (approved.some(({ digest }) => digest === plan.digest)) return [];
  return unapproved(plan, new Set(approved.flatMap(({ ids }) => ids ?? [])), planBase(), sha256);
}

/** A loss that was approved, and that nobody at hand can bring about. */
const undoneOf = ({ approved }: Job, plan: Plan): readonly Residue[] =>
  approvedButStaying(plan, new Set(approved.flatMap(({ ids }) => ids ?? [])), sha256);

/** Says it in the log, on the page of the job, on the pull requests, and in the deployment. */
async function finish(job: Job, plan: Plan | null, verdict: Verdict, run?: Run, deployment?: Deployment): Promise<number> {
  const { io, context, github, subject, pulls } = job;
  const detail = detailOf(run?.declared ?? null, context);
  const marks = marksOf("apply", subject, sha256);
  const title = `pgaccord apply (${subjectText(subject)})`;
  const footer = `Commit ${context.sha.slice(0, 12)}. [Run](${context.runUrl})`;
  const parts = verdictParts(plan, verdict, { title, detail, markOf: marks, footer });
  io.out(verdictText(plan, verdict, detail));
  await writeSummary(context, parts);
  await writeOutputs(context, outputsOf(plan));
  const code = exitOf(verdict, plan);
  const recorded = await attempt(io, "Recording the deployment", () => record(job, verdict, deployment));
  for (const { number } of pulls) await attempt(io, `Writing to pull request ${number}`, () => syncComments(github, number, marks, parts));
  if (recorded || (code !== EXIT.done && code !== EXIT.residue)) return code;
  // Not an error, which would say that nothing was changed.
  return verdict.type === "outcome" ? EXIT.partial : EXIT.error;
}

const begin = ({ github, subject, since, context }: Job): Promise<Deployment> =>
  beginDeployment(github, subject, { sha: context.sha, since, runUrl: context.runUrl });

/** Nothing to do is a success, too: what was merged so far needs no approval again. */
async function record(job: Job, verdict: Verdict, begun: Deployment | undefined): Promise<void> {
  if (verdict.type !== "nothing" && verdict.type !== "outcome") return;
  const deployment = begun ?? (await begin(job));
  const good = verdict.undone.length === 0 && (verdict.type === "nothing" || isApplied(verdict.outcome));
  await deployment.end(good ? "success" : "failure", good ? "applied" : "applied in part");
}

const isApplied = (outcome: ApplyOutcome): boolean => outcome.status === "applied";

function exitOf(verdict: Verdict, plan: Plan | null): number {
  if (verdict.type === "nothing") return verdict.undone.length > 0 ? EXIT.partial : endOf(plan?.residue ?? []);
  if (verdict.type === "outcome")
    return verdict.undone.length === 0 && isApplied(verdict.outcome) ? endOf(verdict.outcome.residue) : EXIT.partial;
  return verdict.type === "not-approved" || verdict.type === "guards" ? EXIT.refused : EXIT.error;
}
