import type { Plan } from "../model/plan.js";
import { errorProblem, isError } from "../model/problem.js";
import { sha256 } from "../reconcile.js";
import { renderJson } from "../report/json.js";
import { renderMarkdown } from "../report/markdown.js";
import { renderProblems } from "../report/problems.js";
import { renderSql } from "../report/sql.js";
import { renderText } from "../report/text.js";
import { writeWholeFile } from "../store/whole-file.js";
import { type CliIo, EXIT, endOf, type TargetOptions } from "./io.js";
import { applyCommand } from "./next-command.js";
import { withEvidence } from "./plan-evidence.js";
import { openRun } from "./run.js";
import { madeFrom } from "./saved-plan.js";

export interface PlanOptions extends TargetOptions {
  readonly out?: string;
  readonly detailedExitcode?: boolean;
  /** Folder of `evidence collect`: what it knows of whoever loses something is said. */
  readonly evidence?: string;
  /** false: the text does not end in the command that applies it. */
  readonly next?: boolean;
}

export async function plan(io: CliIo, options: PlanOptions): Promise<number> {
  const run = await openRun(io, options, "reader");
  if (run === null) return EXIT.error;
  const snapshot = await run.world.inspect();
  const built = await withEvidence(run.build(snapshot), snapshot, options.evidence);
  io.out(renderPlan(built, options, io.color));
  if (built.problems.some(isError)) {
    if (options.out !== undefined) io.err(`The plan has errors, so ${options.out} was not written.\n`);
    return EXIT.error;
  }
  if (options.out !== undefined && !(await savePlan(io, built, options, options.out))) return EXIT.error;
  if (options.format === "text" && built.changes.length > 0 && options.next !== false) io.out(`Next: ${applyCommand(options)}\n`);
  if (!options.detailedExitcode) return EXIT.done;
  return built.changes.length > 0 ? EXIT.pending : endOf(built.residue);
}

export function renderPlan(built: Plan, options: Pick<TargetOptions, "format" | "verbose">, color: boolean): string {
  if (options.format === "json") return renderJson(built, sha256);
  if (options.format === "markdown") return renderMarkdown(built);
  if (options.format === "sql") return renderSql(built);
  return renderText(built, { color, verbose: options.verbose ?? false });
}

async function savePlan(io: CliIo, built: Plan, options: PlanOptions, path: string): Promise<boolean> {
  try {
    await writeWholeFile(path, renderJson(built, sha256, await madeFrom(options)), 0o600);
    return true;
  } catch (error) {
    const message = `The plan could not be written to ${path}: ${reasonOf(error)}.`;
    const hint = "Name a file in a folder that you may write to.";
    io.err(renderProblems([errorProblem("out-not-written", message, { hint })], { color: io.color }));
    return false;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist",
  EISDIR: "it is a folder",
  ENOTEMPTY: "it is a folder",
  EACCES: "you may not write there",
  EROFS: "that file system is read-only",
  ENOSPC: "no space is left",
  ENOTDIR: "a part of its path is not a folder",
};

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return REASONS[code] ?? code;
};
