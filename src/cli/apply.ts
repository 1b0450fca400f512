import { lockAll, releaseAll } from "../apply/locks.js";
import { runPlan } from "../apply/run.js";
import type { ApplyOutcome } from "../model/outcome.js";
import type { Plan } from "../model/plan.js";
import type { Lock } from "../model/ports.js";
import { type Problem, ProblemsError, stopsAll } from "../model/problem.js";
import type { Snapshot } from "../model/snapshot.js";
import { approvalsOf, unapproved } from "../plan/approval.js";
import { isOnlyNewObjects } from "../plan/follow.js";
import { refusals, unknownAllowances } from "../plan/guards.js";
import { sha256 } from "../reconcile.js";
import { renderOutcomeJson, renderOutcomeText, renderUnitLine } from "../report/outcome.js";
import type { PlanFile } from "../report/plan-file.js";
import { renderProblems } from "../report/problems.js";
import { renderText } from "../report/text.js";
import { type CliIo, EXIT, endOf, type TargetOptions } from "./io.js";
import { logUnit } from "./logged.js";
import { openRun, type Run, withoutThese } from "./run.js";
import { checkDigest, madeFromText, readPlanFile, staleProblem, withSaved } from "./saved-plan.js";

export interface ApplyOptions extends TargetOptions {
  readonly yes?: boolean;
  readonly allow?: readonly string[];
  readonly digest?: string;
  /** `-f` was written: it is not the default. */
  readonly fileGiven?: boolean;
}

/** What is asked for a plan, and nothing else: not y. */
const YES = "yes";

export async function apply(io: CliIo, file: string | undefined, options: ApplyOptions): Promise<number> {
  const work = await prepare(io, file, options).catch((error: unknown) => {
    if (!(error instanceof ProblemsError)) throw error;
    io.err(renderProblems(error.problems, { color: io.color }));
    return notApplied(io);
  });
  if (typeof work === "number") return work;
  try {
    return await carryOut(io, work);
  } finally {
    await releaseAll(work.locks);
  }
}

/** Everything before the first write; a number: how it ended there. */
async function prepare(io: CliIo, file: string | undefined, options: ApplyOptions): Promise<Work | number> {
  checkAllowances(options.allow);
  checkDigest(options.digest);
  const saved = file === undefined ? null : await readPlanFile(file);
  if (saved === null) return await lookLocked(io, options, null);
  const found = "code" in saved ? saved : await withSaved(options, saved, file ?? "");
  if ("code" in saved || "code" in found) {
    io.err(`${renderProblems("code" in found ? [found] : [], { color: io.color })}Refused: nothing was changed.\n`);
    return EXIT.refused;
  }
  // Who gives a file another name shows the command, too: the demo.
  if (options.fileLabel === undefined) io.err(`Applying ${file}, made from ${madeFromText(found)}\n`);
  return await lookLocked(io, found, saved);
}

async function lookLocked(io: CliIo, options: ApplyOptions, saved: PlanFile | null): Promise<Work | number> {
  const run = await openRun(io, options, "admin");
  if (run === null) return notApplied(io);
  const { locks, unlocked } = await lockAll(run.world.ports, [...run.declared.clusters.keys()]);
  try {
    const work = await look(io, withoutThese(run, unlocked), locks, saved, options);
    if (typeof work === "number") await releaseAll(locks);
    return work;
  } catch (error) {
    await releaseAll(locks);
    throw error;
  }
}

function notApplied(io: CliIo): number {
  io.err("Nothing was applied.\n");
  return EXIT.error;
}

/** Before anything is read. */
export function checkAllowances(allow: readonly string[] = []): void {
  const problems = unknownAllowances(allow);
  if (problems.length > 0) throw new ProblemsError(problems);
}

/** A saved plan was looked at when it was saved; whoever is asked sees it again. */
const isNew = (saved: PlanFile | null, { yes }: ApplyOptions): boolean => saved === null || !yes;

async function look(
  io: CliIo,
  run: Run,
  locks: ReadonlyMap<string, Lock>,
  saved: PlanFile | null,
  options: ApplyOptions,
): Promise<Work | number> {
  const snapshot = await run.world.inspect();
  const plan = run.build(snapshot);
  if (plan.problems.some(stopsAll)) {
    show(io, plan, options);
    return notApplied(io);
  }
  const stale = staleProblem(plan, saved, options.digest);
  // What could not be read is why it differs, and what to mend.
  if (stale && !plan.complete) {
    show(io, plan, options);
    return notApplied(io);
  }
  if (stale) return refuse(io, options, plan, [stale]);
  const refused = refusals(plan.problems, options.allow ?? []);
  if (refused.length > 0) {
    show(io, plan, options);
    return refuse(io, options, plan, refused);
  }
  if (plan.changes.length === 0) {
    if (options.format === "json") io.out(renderOutcomeJson("nothing", plan, null));
    else show(io, plan, options);
    return plan.complete ? endOf(plan.residue) : notApplied(io);
  }
  if (options.format === "text" && isNew(saved, options)) show(io, plan, options);
  if (!options.yes && !(await confirm(io, run, plan))) return EXIT.refused;
  return { run, plan, locks, saved, snapshot, options };
}

interface Work {
  readonly run: Run;
  readonly plan: Plan;
  readonly locks: ReadonlyMap<string, Lock>;
  readonly saved: PlanFile | null;
  readonly snapshot: Snapshot;
  readonly options: ApplyOptions;
}

async function carryOut(io: CliIo, { run, plan, locks, saved, snapshot, options }: Work): Promise<number> {
  // Whoever gave a digest has seen that plan, and what its own wildcards give; else it is the file that is applied.
  const shown = saved || options.digest ? new Set(approvalsOf(plan, sha256).map(({ id }) => id)) : null;
  const mayFollow = (next: Plan): boolean =>
    isFollowUp(next, snapshot, options.allow) && (shown === null || unapproved(next, shown, null, sha256).length === 0);
  const outcome = await runWithSignals(io, { run, plan, locks, mayFollow, progress: options.format === "text" });
  report(io, plan, outcome, options);
  return outcome.status === "applied" ? endOf(outcome.residue) : EXIT.partial;
}

/** Nothing but new objects under wildcards of the file, and no guard speaks. */
export const isFollowUp = (next: Plan, before: Snapshot, allow: readonly string[] = []): boolean =>
  isOnlyNewObjects(next, before) && refusals(next.problems, allow).length === 0;

export interface CarryOut {
  readonly run: Run;
  readonly plan: Plan;
  readonly locks: ReadonlyMap<string, Lock>;
  readonly mayFollow: (plan: Plan, snapshot: Snapshot) => boolean;
  /** A line for each unit. */
  readonly progress: boolean;
}

/** Ctrl-C finishes the step under way. */
export async function runWithSignals(io: CliIo, { run, plan, locks, mayFollow, progress }: CarryOut): Promise<ApplyOutcome> {
  let stopped = false;
  io.onSignal((signal) => {
    stopped = true;
    io.err(`\n${signal}: finishing the step under way, then stopping. Nothing else is begun.\n`);
  });
  return await runPlan({
    plan,
    ports: run.world.ports,
    locks,
    rebuild: run.build,
    mayFollow,
    onUnit: (event) => {
      if (event.type !== "end") return;
      logUnit(io, event.outcome);
      if (progress) io.err(renderUnitLine(event.outcome, { color: io.color }));
    },
    stopped: () => stopped,
  });
}

function report(io: CliIo, plan: Plan, outcome: ApplyOutcome, options: ApplyOptions): void {
  if (options.format === "json") io.out(renderOutcomeJson(outcome.status, plan, outcome));
  else io.out(renderOutcomeText(plan, outcome, { color: io.color }));
}

const show = (io: CliIo, plan: Plan, options: ApplyOptions): void => {
  const text = renderText(plan, { color: io.color, verbose: options.verbose ?? false });
  if (options.format === "json") io.err(text);
  else io.out(text);
};

function refuse(io: CliIo, options: ApplyOptions, plan: Plan, problems: readonly Problem[]): number {
  io.err(`${renderProblems(problems, { color: io.color })}Refused: nothing was changed.\n`);
  if (options.format === "json") io.out(renderOutcomeJson("refused", plan, null));
  return EXIT.refused;
}

/** Somebody has looked at the plan meanwhile: what they saw must still be true. */
async function confirm(io: CliIo, run: Run, plan: Plan): Promise<boolean> {
  if (!io.isTTY) {
    io.err("Nobody can be asked here, so nothing was changed. Pass --yes to apply without asking.\n");
    return false;
  }
  const answer = await io.ask(`Apply this plan? Only "${YES}" does: `);
  if (answer?.trim() !== YES) {
    io.err(`${answer === null ? "\n" : ""}Nothing was changed.\n`);
    return false;
  }
  const now = run.build(await run.world.inspect());
  if (now.digest === plan.digest) return true;
  io.err("The servers changed while you were asked, so nothing was changed. Run the command again.\n");
  return false;
}
