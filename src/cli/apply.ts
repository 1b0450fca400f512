import { readFile } from "node:fs/promises";
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
import { type PlanFile, parsePlanFile } from "../report/plan-file.js";
import { renderProblems } from "../report/problems.js";
import { renderText } from "../report/text.js";
import { titleOf } from "../report/title.js";
import { type CliIo, EXIT, endOf, type TargetOptions } from "./io.js";
import { logUnit } from "./logged.js";
import { openRun, type Run, withoutThese } from "./run.js";

export interface ApplyOptions extends TargetOptions {
  readonly yes?: boolean;
  readonly allow?: readonly string[];
  readonly digest?: string;
}

export async function apply(io: CliIo, file: string | undefined, options: ApplyOptions): Promise<number> {
  checkAllowances(options.allow);
  const saved = file === undefined ? null : await readPlanFile(file);
  if (saved && "code" in saved) {
    io.err(`${renderProblems([saved], { color: io.color })}Refused: nothing was changed.\n`);
    return EXIT.refused;
  }
  const run = await openRun(io, options, "admin");
  if (run === null) return EXIT.error;
  const { locks, unlocked } = await lockAll(run.world.ports, [...run.declared.clusters.keys()]);
  try {
    return await applyLocked(io, withoutThese(run, unlocked), locks, saved, options);
  } finally {
    await releaseAll(locks);
  }
}

/** Before anything is read. */
export function checkAllowances(allow: readonly string[] = []): void {
  const problems = unknownAllowances(allow);
  if (problems.length > 0) throw new ProblemsError(problems);
}

async function applyLocked(
  io: CliIo,
  run: Run,
  locks: ReadonlyMap<string, Lock>,
  saved: PlanFile | null,
  options: ApplyOptions,
): Promise<number> {
  const snapshot = await run.world.inspect();
  const plan = run.build(snapshot);
  if (plan.problems.some(stopsAll)) {
    show(io, plan, options);
    return EXIT.error;
  }
  const stale = staleProblem(plan, saved, options.digest);
  if (stale) return refuse(io, options, plan, [stale]);
  const refused = refusals(plan.problems, options.allow ?? []);
  if (refused.length > 0) {
    show(io, plan, options);
    return refuse(io, options, plan, refused);
  }
  if (plan.changes.length === 0) {
    if (options.format === "json") io.out(renderOutcomeJson("nothing", plan, null));
    else show(io, plan, options);
    return plan.complete ? endOf(plan.residue) : EXIT.error;
  }
  // A saved plan was looked at when it was saved.
  if (options.format === "text" && saved === null) show(io, plan, options);
  if (!options.yes && !(await confirm(io, run, plan))) return EXIT.refused;
  return carryOut(io, { run, plan, locks, saved, snapshot }, options);
}

interface Work {
  readonly run: Run;
  readonly plan: Plan;
  readonly locks: ReadonlyMap<string, Lock>;
  readonly saved: PlanFile | null;
  readonly snapshot: Snapshot;
}

async function carryOut(io: CliIo, { run, plan, locks, saved, snapshot }: Work, options: ApplyOptions): Promise<number> {
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
  const { confirm: ask, isCancel } = await import("@clack/prompts");
  const answer = await ask({ message: "Apply this plan?", initialValue: false });
  if (isCancel(answer) || !answer) {
    io.err("Nothing was changed.\n");
    return false;
  }
  const now = run.build(await run.world.inspect());
  if (now.digest === plan.digest) return true;
  io.err("The servers changed while you were asked, so nothing was changed. Run the command again.\n");
  return false;
}

function staleProblem(plan: Plan, saved: PlanFile | null, digest: string | undefined): Problem | null {
  const expected = digest ?? saved?.digest;
  if (expected === undefined || (expected === plan.digest && (saved === null || saved.digest === plan.digest))) return null;
  const base = { severity: "error", place: null, key: null } as const;
  const hint = "Run `pgaccord plan --out FILE` again, review it, and apply that.";
  if (saved === null)
    return { ...base, code: "digest-differs", message: `The plan of now has the digest ${plan.digest}, not ${expected}.`, hint };
  return { ...base, code: "plan-stale", message: `The saved plan is no longer the plan of now: ${differenceText(plan, saved)}.`, hint };
}

/** Names what came and what went, a few of each. */
function differenceText(plan: Plan, saved: PlanFile): string {
  const was = new Map(saved.changes.map((c) => [c.id, c.title]));
  const is = new Map(plan.changes.map((c) => [c.id, titleOf(c)]));
  const few = (titles: readonly string[]): string =>
    titles.slice(0, 5).join("; ") + (titles.length > 5 ? `; and ${titles.length - 5} more` : "");
  const gone = [...was].filter(([id]) => !is.has(id)).map(([, title]) => title);
  const come = [...is].filter(([id]) => !was.has(id)).map(([, title]) => title);
  const parts = [...(gone.length > 0 ? [`no longer needed: ${few(gone)}`] : []), ...(come.length > 0 ? [`new: ${few(come)}`] : [])];
  return parts.join(". ") || "its owner or its scope differs";
}

async function readPlanFile(path: string): Promise<PlanFile | Problem> {
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw new ProblemsError([
      {
        code: "plan-not-found",
        severity: "error",
        place: null,
        key: null,
        message: `The plan ${path} cannot be read: ${error.message}.`,
        hint: "Make one with `pgaccord plan --out FILE`.",
      },
    ]);
  });
  return parsePlanFile(text, path, sha256);
}
