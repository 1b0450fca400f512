import { describe, expect, it } from "vitest";
import { githubProblem } from "../../../src/github/client.js";

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
