import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createGithub, githubProblem } from "../../../src/github/client.js";
import type { GithubContext } from "../../../src/github/context.js";
import { type Log, type LogFields, NO_LOG } from "../../../src/model/log.js";

const CLI = join(import.meta.dirname, "../../../src/cli");

/** As octokit makes them: without an answer the status is 500 all the same. */
const failure = (status: number, message: string, answered = true): Error =>
  Object.assign(new Error(`${message} - https://docs.github.com/rest`), { status, response: answered ? { status } : undefined });

describe("a call of GitHub's API that failed", () => {
  it.each([
    [failure(401, "Bad credentials"), "github-token-refused", "GitHub answered 401: Bad credentials."],
    [failure(403, "Resource not accessible by integration"), "github-not-permitted", "GitHub answered 403"],
    [
      failure(403, "GitHub Actions is not permitted to create or approve pull requests."),
      "github-may-not-open-pulls",
      "GitHub answered 403: GitHub Actions is not permitted",
    ],
    [failure(403, "You have exceeded a secondary rate limit"), "github-rate-limit", "GitHub answered 403"],
    [failure(429, "API rate limit exceeded"), "github-rate-limit", "GitHub answered 429"],
    [failure(404, "Not Found"), "github-not-permitted", "GitHub answered 404"],
    [failure(404, "Branch not found"), "github-failed", "GitHub answered 404"],
    [failure(422, "Validation Failed"), "github-failed", "GitHub answered 422"],
    [failure(502, "Server Error"), "github-unreachable", "GitHub answered 502"],
    [failure(500, "connect ECONNREFUSED", false), "github-unreachable", "GitHub could not be reached: connect ECONNREFUSED."],
    [new Error("oops"), "github-unreachable", "GitHub could not be reached: oops."],
  ])("%s is %s", (error, code, says) => {
    const problem = githubProblem(error, "Writing the comment");
    expect(problem).toMatchObject({ code, message: expect.stringContaining(`Writing the comment did not work. ${says}`) });
    expect(problem.message).not.toContain("https://");
  });
});

it("each call is logged with its route and request id, and neither token nor values", async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url?.includes("gone") ? 404 : 200, { "content-type": "application/json", "x-github-request-id": "AB:1" });
    response.end("[]");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const lines: LogFields[] = [];
  const log: Log = { write: (level, event, fields) => void lines.push({ level, event, ...fields() }), hiding: () => log };
  const context = { apiUrl: `http://127.0.0.1:${port}`, token: "ghs_planted", owner: "acme", repo: "secret-name" } as GithubContext;
  const { octokit, at } = createGithub(context, { err: () => undefined, log });
  await octokit.rest.issues.listForRepo({ ...at, labels: "hidden" });
  await octokit.rest.git.getRef({ ...at, ref: "heads/gone" }).catch(() => undefined);
  server.close();
  const common = { level: "debug", event: "github", method: "GET", ms: expect.any(Number), request: "AB:1" };
  expect(lines).toEqual([
    { ...common, route: "/repos/{owner}/{repo}/issues", status: 200 },
    { ...common, route: "/repos/{owner}/{repo}/git/ref/{ref}", status: 404 },
  ]);
});

describe("the pauses that GitHub asks for between writes", () => {
  const context = (apiUrl: string): GithubContext => ({
    apiUrl,
    token: "t",
    owner: "acme",
    repo: "access",
    sha: "",
    event: { type: "other", name: "schedule" },
    isPublic: false,
    runUrl: "",
    summaryFile: null,
    outputFile: null,
  });

  it("are kept, and left out only where a caller says so, which no command does", async () => {
    const server = createServer((_, response) => response.setHeader("content-type", "application/json").end("{}"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
    const twoWrites = async (io: Parameters<typeof createGithub>[1]): Promise<number> => {
      const { octokit, at } = createGithub(context(url), io);
      const start = performance.now();
      for (const comment_id of [1, 2]) await octokit.rest.issues.updateComment({ ...at, comment_id, body: "x" });
      return performance.now() - start;
    };
    const err = (): void => undefined;
    const unpaused = await twoWrites({ err, log: NO_LOG, pauses: "none" });
    const paused = await twoWrites({ err, log: NO_LOG });
    server.close();
    expect(paused).toBeGreaterThan(900);
    expect(unpaused).toBeLessThan(paused);
    const commands = readdirSync(CLI).filter((name) => name !== "io.ts");
    expect(commands.filter((name) => readFileSync(join(CLI, name), "utf8").includes("pauses"))).toEqual([]);
  });
});
