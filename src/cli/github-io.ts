import { randomUUID } from "node:crypto";
import { normalize } from "node:path/posix";
import type { GithubContext } from "../github/context.js";
import type { Subject } from "../github/mark.js";
import type { Declared } from "../model/declared.js";
import { openOf } from "../model/net.js";
import type { Plan } from "../model/plan.js";
import { type Problem, ProblemsError } from "../model/problem.js";
import { destroyed } from "../report/counts.js";
import { directionOf } from "../report/headline.js";
import { renderProblems } from "../report/problems.js";
import type { CliIo, TargetOptions } from "./io.js";

export interface GithubOptions extends Pick<TargetOptions, "file" | "address"> {
  /** Tells runs of one file against several worlds apart. */
  readonly environment?: string;
  /** Of plan and review: what `evidence collect` kept. */
  readonly evidence?: string;
}

/**
 * The runner takes a line that begins with `::` or holds `##[` for a command: while `work` writes, it is told not to (docs, "Stopping
 * and starting workflow commands").
 */
export async function withoutCommands(io: CliIo, work: () => Promise<number>): Promise<number> {
  const token = randomUUID();
  io.out(`::stop-commands::${token}\n`);
  try {
    return await work();
  } catch (error) {
    // Here, because messages hold names, too.
    const { reportCrash } = await import("./crash.js");
    return reportCrash(io, error);
  } finally {
    io.out(`::${token}::\n`);
  }
}

/** The file's path in the repository, with forward slashes. */
export const subjectOf = ({ file, environment = "" }: GithubOptions): Subject => ({
  file: normalize(file.replaceAll("\\", "/")),
  environment,
});

/** The options of the run that a job makes of its file. */
export const runOptionsOf = (options: GithubOptions): TargetOptions => ({
  file: options.file,
  fileLabel: subjectOf(options).file,
  format: "text",
  ...(options.address ? { address: options.address } : {}),
});

export const detailOf = (declared: Declared | null, context: GithubContext): "full" | "counts" =>
  declared?.githubDetail ?? (context.isPublic ? "counts" : "full");

export const say = (io: CliIo, problems: readonly Problem[]): void => io.err(renderProblems(problems, { color: io.color }));

/** Does it, or fails with what GitHub said. */
export async function asking<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { githubProblem } = await import("../github/client.js");
    throw new ProblemsError([githubProblem(error, doing)], { cause: error });
  }
}

export const outputsOf = (plan: Plan | null): Readonly<Record<string, number | string>> => ({
  changes: plan?.changes.length ?? "",
  residue: plan ? openOf(plan.residue).length : "",
  digest: plan?.digest ?? "",
  gains: plan?.counts.gains ?? "",
  loses: plan?.counts.loses ?? "",
  destroys: plan ? destroyed(plan) : "",
  verdict: plan ? directionOf(plan) : "",
});

/** Does it, or says why not: what is written to GitHub never hides what was done to the servers. */
export async function attempt(io: CliIo, doing: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const { githubProblem } = await import("../github/client.js");
    say(io, [githubProblem(error, doing)]);
    return false;
  }
}
