import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { createGithub, githubProblem } from "../../../src/github/client.js";
import type { GithubContext } from "../../../src/github/context.js";
import type { Log, LogFields } from "../../../src/model/log.js";

/** As octokit makes them: without an answer the status is 500 all the same. */
const failure = (status: number, message: string, answered = true): Error =>
  Object.assign(new Error(`${message} - https://docs.github.com/rest`), { status, response: answered ? { status } : undefined });

describe("a call of GitHub's API that failed", () => {
  it.each([
    [failure(401, "Bad credentials"), "github-token-refused", "GitHub answered 401: Bad credentials."],
    [failure(403, "Resource not accessible by integration"), "github-not-permitted", "GitHub answered 403"],
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
