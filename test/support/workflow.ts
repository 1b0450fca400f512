import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { CliResult } from "./scene.js";
import { CI, count, learn, watch } from "./secrets/watch.js";

const ROOT = join(import.meta.dirname, "../..");

export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly "working-directory"?: string;
}
export interface WorkflowJob {
  readonly if?: string;
  readonly needs?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
export interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly jobs: Readonly<Record<string, WorkflowJob>>;
}
export interface Action {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

export const readWorkflow = (name: string): Workflow => load(readFileSync(join(ROOT, ".github/workflows", name), "utf8")) as Workflow;
export const readAction = (): Action => load(readFileSync(join(ROOT, "action.yml"), "utf8")) as Action;

/** Values of expressions: `inputs.digest`, `github.event.pull_request.base.sha`. */
export type Values = Readonly<Record<string, string>>;

/** `${{ a.b || c.d }}` in a text. A name that is not there is the empty text, as in GitHub's language. */
const evaluate = (text: string, values: Values): string =>
  String(text).replace(/\$\{\{(.*?)\}\}/g, (_, expression: string) => {
    const names = expression.split("||").map((part) => part.trim());
    return names.map((name) => values[name] ?? "").find((value) => value !== "") ?? "";
  });

export interface Runner {
  /** What a checkout made: tool/, change/ or the repository itself. */
  readonly folder: string;
  /** Folder of the checkout that `uses: ./x` names. */
  readonly actionAt: (path: string) => string;
  readonly env: Readonly<Record<string, string>>;
  readonly values: Values;
}

/** Runs the `run:` lines of a job, its own and those of the action at `./…`; actions of others are what the test has prepared. */
export async function runWorkflow(workflow: Workflow, job: string, runner: Runner): Promise<CliResult & { readonly ran: number }> {
  const steps = workflow.jobs[job]?.steps ?? [];
  const lines = steps.flatMap((step) => (step.uses?.startsWith("./") ? actionSteps(step, runner) : ownStep(step, runner)));
  let out = "";
  let err = "";
  for (const line of lines) {
    const result = await bash(line.run, line.cwd, line.env);
    out += result.out;
    err += result.err;
    if (result.code !== 0) return { code: result.code, out, err, ran: lines.length };
  }
  return { code: 0, out, err, ran: lines.length };
}

interface Line {
  readonly run: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const ownStep = (step: Step, { folder, env, values }: Runner): Line[] =>
  step.run === undefined
    ? []
    : [{ run: evaluate(step.run, values), cwd: join(folder, step["working-directory"] ?? "."), env: { ...env, ...envOf(step, values) } }];

function actionSteps(step: Step, runner: Runner): Line[] {
  const action = readAction();
  const given = step.with ?? {};
  const unknown = Object.keys(given).filter((name) => !(name in action.inputs));
  if (unknown.length > 0) throw new Error(`the action has no input ${unknown.join(", ")}`);
  const inputs = Object.entries(action.inputs).map(([name, { default: fallback = "" }]): [string, string] => [
    `inputs.${name}`,
    evaluate(given[name] ?? fallback, runner.values),
  ]);
  const values = { ...runner.values, ...Object.fromEntries(inputs) };
  const env = { ...runner.env, GITHUB_ACTION_PATH: runner.actionAt(step.uses ?? "") };
  return action.runs.steps.flatMap((inner) =>
    ownStep(inner, { ...runner, env, values }).map((line) => ({
      ...line,
      cwd: join(runner.folder, evaluate(inner["working-directory"] ?? ".", values)),
    })),
  );
}

const envOf = (step: Step, values: Values): Record<string, string> =>
  Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluate(value, values)]));

/** As the runner calls it. */
const bash = (script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<CliResult> =>
  new Promise((resolve) => {
    learn(env);
    count("commands");
    const child = execFile(
      "bash",
      ["--noprofile", "--norc", "-eo", "pipefail", "-c", script],
      { cwd, env: { ...process.env, ...CI, ...env } },
      (error, out, err) => {
        watch("output of a workflow's step", `${out}\n${err}`);
        resolve({ code: error ? (typeof error.code === "number" ? error.code : 1) : 0, out, err });
      },
    );
    child.stdin?.end();
  });
