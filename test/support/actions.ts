import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import type { Github, Pull } from "./github.js";
import { type CliResult, runCli } from "./scene.js";
import { watchFolder } from "./secrets/watch.js";

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
  readonly env?: Readonly<Record<string, string>>;
}

/** `pgaccord github …` as a step of a job. */
export async function runJob(github: Github, { event, sha, files, args, env = {} }: JobOptions): Promise<JobResult> {
  const job = prepareJob(github, event, sha, files);
  try {
    return job.result(await runCli(["github", ...args], job.folder, { ...job.env, ...env }));
  } finally {
    job.remove();
  }
}
