import { Octokit } from "octokit";
import { isFields } from "../model/json.js";
import { type Log, type LogFields, since } from "../model/log.js";
import { errorProblem, type Problem, ProblemsError } from "../model/problem.js";
import type { GithubContext } from "./context.js";

/** One repository on GitHub, or on a GitHub Enterprise server. */
export interface Github {
  readonly octokit: Octokit;
  readonly at: { readonly owner: string; readonly repo: string };
}

/** A wait is taken so often, and when it is no longer than this, in seconds. */
const MAX_RETRIES = 4;
const MAX_WAIT = 120;

interface GithubIo {
  /** Gets a line for each wait. */
  readonly err: (text: string) => void;
  /** Each request. */
  readonly log: Log;
  /** Left out but where a test has a GitHub of its own, which asks for none between writes and after failures. */
  readonly pauses?: "none";
}

/** What octokit queues writes in; this one lets all through. */
const NO_QUEUE = { key: () => ({ schedule: async (_: object, work: () => Promise<unknown>) => await work() }) };

/** Waits out rate limits, tries failures of the server again. */
export function createGithub(context: GithubContext, io: GithubIo): Github {
  if (context.token === "") {
    throw new ProblemsError([
      errorProblem("github-token", "GITHUB_TOKEN is not set.", { hint: "Give the step the run's own token, github.token, in its env." }),
    ]);
  }
  const wait = (kind: string) => (after: number, options: object, _: unknown, retries: number) => {
    const goesOn = retries < MAX_RETRIES && after <= MAX_WAIT;
    io.err(`GitHub's ${kind}: ${goesOn ? `waiting ${after} s` : "giving up"} (${"method" in options ? String(options.method) : ""}).\n`);
    return goesOn;
  };
  const unpaused = io.pauses === "none";
  const octokit = new Octokit({
    auth: context.token,
    baseUrl: context.apiUrl,
    userAgent: "pgaccord",
    retry: { retries: MAX_RETRIES, ...(unpaused ? { retryAfterBaseValue: 0 } : {}) },
    throttle: {
      onRateLimit: wait("rate limit"),
      onSecondaryRateLimit: wait("secondary rate limit"),
      ...(unpaused ? { retryAfterBaseValue: 0, write: NO_QUEUE, notifications: NO_QUEUE } : {}),
    },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  octokit.hook.wrap("request", (request, options) => logged(io.log, options, async () => await request(options)));
  return { octokit, at: { owner: context.owner, repo: context.repo } };
}

/** The route as its documentation names it: no value, no header but the request's id. */
async function logged<T>(log: Log, { method, url }: { readonly method: string; readonly url: string }, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const write = (answer: unknown): void =>
    log.write("debug", "github", () => ({ method, route: url.replace(/\?.*/s, ""), ms: since(start), ...answerOf(answer) }));
  try {
    const answer = await work();
    write(answer);
    return answer;
  } catch (error) {
    write(isFields(error) ? error["response"] : null);
    throw error;
  }
}

function answerOf(answer: unknown): LogFields {
  if (!isFields(answer)) return { error: "no answer" };
  const { status, headers } = answer;
  const id = isFields(headers) ? headers["x-github-request-id"] : undefined;
  return { status: typeof status === "number" ? status : null, request: typeof id === "string" ? id : null };
}

export const isNotFound = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "status" in error && error.status === 404;

interface Row {
  readonly code: string;
  readonly when: (status: number, message: string) => boolean;
  readonly hint: string;
}

const ROWS: readonly Row[] = [
  { code: "github-token-refused", when: (s) => s === 401, hint: "Is GITHUB_TOKEN this run's token, or one that has not expired?" },
  {
    code: "github-rate-limit",
    when: (s, m) => (s === 403 || s === 429) && /rate limit|abuse/i.test(m),
    hint: "Run the job again later.",
  },
  {
    code: "github-may-not-open-pulls",
    when: (s, m) => s === 403 && /not permitted to create or approve pull requests/i.test(m),
    hint: 'Turn on "Allow GitHub Actions to create and approve pull requests" (Settings > Actions > General, of the repository and of its organisation), or give the step the token of an app.',
  },
  {
    code: "github-not-permitted",
    when: (s, m) => s === 403 || (s === 404 && !/branch|commit/i.test(m)),
    hint: "Give the job the `permissions` that the documentation lists for this command.",
  },
  { code: "github-unreachable", when: (s) => s >= 500 || s === 0, hint: "Run the job again; see githubstatus.com." },
  { code: "github-failed", when: () => true, hint: "Run the job again; if it stays, report it." },
];

/** A failed call as a problem: `doing` is what did not work, as a clause. The token is in no message of GitHub's. */
export function githubProblem(error: unknown, doing: string): Problem {
  if (error instanceof ProblemsError && error.problems[0]) return error.problems[0];
  // octokit says 500 of a call that nobody answered, too; only an answer has a response.
  const answered = typeof error === "object" && error !== null && "status" in error && "response" in error && error.response !== undefined;
  const status = answered ? Number(error.status) : 0;
  const message = error instanceof Error ? error.message.split(" - https://")[0]?.slice(0, 300) : String(error);
  const row = ROWS.find((r) => r.when(status, message ?? ""));
  const said = status > 0 ? `GitHub answered ${status}: ${message}` : `GitHub could not be reached: ${message}`;
  return errorProblem(row?.code ?? "github-failed", `${doing} did not work. ${said}.`, { hint: row?.hint ?? "" });
}
