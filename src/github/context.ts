import { appendFile, readFile } from "node:fs/promises";
import { errorProblem, ProblemsError } from "../model/problem.js";
import { type GithubEvent, isPublicEvent, parseEvent } from "./event.js";

type Env = Readonly<Record<string, string | undefined>>;

/** What GitHub Actions says of the run (docs, "Variables reference"). */
export interface GithubContext {
  readonly apiUrl: string;
  readonly token: string;
  readonly owner: string;
  readonly repo: string;
  readonly sha: string;
  readonly event: GithubEvent;
  /** Everybody can read what is written. */
  readonly isPublic: boolean;
  /** Page of the run. */
  readonly runUrl: string;
  readonly summaryFile: string | null;
  readonly outputFile: string | null;
}

export async function readContext(env: Env): Promise<GithubContext> {
  const missing = ["GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REPOSITORY", "GITHUB_SHA"].filter((name) => (env[name] ?? "") === "");
  if (missing.length > 0) {
    throw new ProblemsError([
      errorProblem("github-environment", `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not set.`, {
        hint: "pgaccord github runs inside GitHub Actions; elsewhere use `pgaccord plan` and `pgaccord apply`.",
      }),
    ]);
  }
  const [owner = "", repo = ""] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
  const text = await readFile(env["GITHUB_EVENT_PATH"] ?? "", "utf8").catch(() => "");
  return {
    apiUrl: env["GITHUB_API_URL"] || "https://api.github.com",
    token: env["GITHUB_TOKEN"] ?? "",
    owner,
    repo,
    sha: env["GITHUB_SHA"] ?? "",
    event: parseEvent(env["GITHUB_EVENT_NAME"] ?? "", text),
    isPublic: isPublicEvent(text),
    runUrl: `${env["GITHUB_SERVER_URL"] || "https://github.com"}/${owner}/${repo}/actions/runs/${env["GITHUB_RUN_ID"] ?? ""}`,
    summaryFile: env["GITHUB_STEP_SUMMARY"] || null,
    outputFile: env["GITHUB_OUTPUT"] || null,
  };
}

/** A step's summary over 1 MiB is dropped whole. */
const MAX_SUMMARY = 1_000_000;

/** Adds to the page of the job; it needs no right on anything, so it is written before GitHub's API is asked. */
export async function writeSummary({ summaryFile }: GithubContext, parts: readonly string[]): Promise<void> {
  if (summaryFile === null) return;
  let size = 0;
  const fitting = parts.filter((part) => {
    size += Buffer.byteLength(part);
    return size < MAX_SUMMARY;
  });
  const left = parts.length - fitting.length;
  const note = left > 0 ? `\n${left} more ${left === 1 ? "part is" : "parts are"} too long for this page.\n` : "";
  await appendFile(summaryFile, `${fitting.join("\n")}${note}\n`);
}

/** Values are numbers, digests and our own words: no text of others comes in here. */
export async function writeOutputs({ outputFile }: GithubContext, values: Readonly<Record<string, number | string>>): Promise<void> {
  if (outputFile === null) return;
  const lines = Object.entries(values).map(([name, value]) => `${name}=${String(value).replace(/[^\w:. -]/g, "")}\n`);
  await appendFile(outputFile, lines.join(""));
}
