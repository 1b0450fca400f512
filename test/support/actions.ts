import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import { reportCrash } from "../../src/cli/crash.js";
import { githubApply } from "../../src/cli/github-apply.js";
import { githubDrift } from "../../src/cli/github-drift.js";
import { githubPlan } from "../../src/cli/github-plan.js";
import { githubPost } from "../../src/cli/github-post.js";
import type { CliIo } from "../../src/cli/io.js";
import { NO_LOG } from "../../src/model/log.js";
import type { Github, Pull } from "./github.js";
import type { CliResult } from "./scene.js";
import { CI, count, learn, watch, watchFolder } from "./secrets/watch.js";

/** What GitHub sends, by its own examples, with the parts of this repository put in. */
export type EventFile = { readonly name: string; readonly payload: object };

interface Example {
  readonly name: string;
  readonly examples: readonly object[];
}
// Its types describe a module, its file is a list.
const EXAMPLES = examples as unknown as readonly Example[];

const example = (name: string, fits: (payload: object) => boolean = () => true): object => {
  const found = EXAMPLES.find((e) => e.name === name)?.examples.find(fits);
  if (!found) throw new Error(`no example of ${name}`);
  return found;
};

/** Deep, `changes` over `base`. */
function over(base: unknown, changes: unknown): unknown {
  const isMap = (v: unknown): v is Record<string, unknown> => typeof v === "object" && v !== null && !Array.isArray(v);
  if (!isMap(base) || !isMap(changes)) return changes;
  const keys = new Set([...Object.keys(base), ...Object.keys(changes)]);
  return Object.fromEntries([...keys].map((key) => [key, key in changes ? over(base[key], changes[key]) : base[key]]));
}
const make = (name: string, changes: object, fits?: (payload: object) => boolean): EventFile => ({
  name,
  payload: Object(over(example(name, fits), changes)),
});

const repository = (isPrivate: boolean) => ({ private: isPrivate, full_name: "acme/access", name: "access", owner: { login: "acme" } });

export const pullEvent = (pull: Pull, { fork = false, isPrivate = true } = {}): EventFile =>
  make(
    "pull_request",
    {
      number: pull.number,
      repository: repository(isPrivate),
      pull_request: {
        number: pull.number,
        head: { sha: pull.headSha, repo: { id: fork ? 2 : 1 } },
        base: { sha: pull.baseSha, ref: pull.base, repo: { id: 1 } },
      },
    },
    (payload) => "action" in payload && payload.action === "synchronize",
  );

export const pushEvent = (before: string, after: string, branch = "main", isPrivate = true): EventFile =>
  make("push", { ref: `refs/heads/${branch}`, before, after, repository: repository(isPrivate) });

export const mergeGroupEvent = (headSha: string, baseSha: string): EventFile =>
  make("merge_group", { repository: repository(true), merge_group: { head_sha: headSha, base_sha: baseSha } });

export const dispatchEvent = (): EventFile => make("workflow_dispatch", { ref: "refs/heads/main", repository: repository(true) });

export const workflowRunEvent = (headSha: string, owner: string, branch: string): EventFile =>
  make("workflow_run", {
    repository: repository(true),
    workflow_run: { head_sha: headSha, head_branch: branch, head_repository: { owner: { login: owner } }, pull_requests: [] },
  });

/** A schedule sends the schedule and nothing else that counts. */
export const scheduleEvent = (isPrivate = true): EventFile => ({
  name: "schedule",
  payload: { schedule: "17 5 * * *", repository: repository(isPrivate) },
});

export interface JobResult extends CliResult {
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Job {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly result: (cli: CliResult) => JobResult;
  readonly remove: () => void;
}

/** A folder with the files that a checkout has, and the variables that a runner sets. */
export function prepareJob(github: Github, event: EventFile, sha: string, files: Readonly<Record<string, string>>): Job {
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-job-"));
  const at = (name: string): string => join(folder, name);
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
  writeFileSync(at("event.json"), JSON.stringify(event.payload));
  for (const name of ["summary.md", "output.txt"]) writeFileSync(at(name), "");
  return {
    folder,
    env: {
      GITHUB_ACTIONS: "true",
      GITHUB_API_URL: github.url,
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_TOKEN: github.token,
      GITHUB_REPOSITORY: `${github.at.owner}/${github.at.repo}`,
      GITHUB_SHA: sha,
      GITHUB_RUN_ID: "42",
      GITHUB_EVENT_NAME: event.name,
      GITHUB_EVENT_PATH: at("event.json"),
      GITHUB_STEP_SUMMARY: at("summary.md"),
      GITHUB_OUTPUT: at("output.txt"),
    },
    result: (cli) => ({
      ...cli,
      summary: readFileSync(at("summary.md"), "utf8"),
      outputs: Object.fromEntries(
        readFileSync(at("output.txt"), "utf8")
          .trim()
          .split("\n")
          .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      ),
    }),
    remove: () => {
      watchFolder(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface JobOptions {
  readonly event: EventFile;
  readonly sha: string;
  readonly files: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** Left out: as the command line reads `args`. */
  readonly work?: (io: CliIo) => Promise<number>;
  readonly env?: Readonly<Record<string, string>>;
}

/** `pgaccord github …` as a step of a job: in this process, without the pauses between writes that the real GitHub asks for. */
export async function runJob(github: Github, { event, sha, files, args, work, env = {} }: JobOptions): Promise<JobResult> {
  const job = prepareJob(github, event, sha, files);
  const before = process.cwd();
  process.chdir(job.folder);
  try {
    return job.result(await runHere(args, { ...process.env, ...CI, ...job.env, ...env }, work));
  } finally {
    process.chdir(before);
    job.remove();
  }
}

async function runHere(args: readonly string[], env: NodeJS.ProcessEnv, work: JobOptions["work"]): Promise<CliResult> {
  const out: string[] = [];
  const err: string[] = [];
  const io: CliIo = {
    env,
    isTTY: false,
    color: false,
    progress: false,
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    log: NO_LOG,
    ask: async () => null,
    pauses: "none",
    onSignal: () => undefined,
  };
  learn(env);
  count("commands");
  const code = await (work ? work(io) : command(io, args)).catch((error: unknown) => reportCrash(io, error));
  watch(`output of pgaccord github ${args[0]}`, `${out.join("")}\n${err.join("")}`);
  return { code, out: out.join(""), err: err.join("") };
}

/** As the command line reads them. */
async function command(io: CliIo, [name = "", ...rest]: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...rest],
    allowPositionals: true,
    options: {
      file: { type: "string", default: "access.yaml" },
      environment: { type: "string", default: "" },
      address: { type: "string", multiple: true, default: [] },
      digest: { type: "string" },
      allow: { type: "string", multiple: true },
      "check-app": { type: "string", default: "github-actions" },
    },
  });
  const { digest, allow, file, environment } = values;
  const address = values.address.map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)] as const);
  const options = { file, environment, ...(address.length > 0 ? { address } : {}) };
  if (name === "plan") return await githubPlan(io, options);
  if (name === "drift") return await githubDrift(io, options);
  if (name === "post") return await githubPost(io, positionals[0] ?? "", options);
  if (name !== "apply") throw new Error(`no command ${name}`);
  const more = { ...(digest === undefined ? {} : { digest }), ...(allow === undefined ? {} : { allow }) };
  return await githubApply(io, { ...options, ...more, checkApp: values["check-app"] });
}
