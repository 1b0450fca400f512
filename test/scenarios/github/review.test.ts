import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { githubReview, type MadeReview } from "../../../src/cli/github-review.js";
import type { CliIo } from "../../../src/cli/io.js";
import { editAccess } from "../../../src/config/edit/edit-access.js";
import { fileAt } from "../../../src/github/files.js";
import type { Proposal, Review, Subject, Verdict } from "../../../src/model/review.js";
import { type JobResult, pullEvent, runJob, scheduleEvent } from "../../support/actions.js";
import { type Github, startGithub } from "../../support/github.js";

const DAY = 86_400_000;
const BRANCH = "pgaccord/review";
const FILE = `version: 1
# who logs in
users:
  ann: { login: password, password_env: ANN }   # the boss
  bob: { login: password, password_env: BOB }
  eve: { login: password, password_env: EVE }
`;

let github: Github;
beforeAll(async () => {
  github = await startGithub();
  await github.commit("main", { "access.yaml": FILE });
});
afterAll(async () => await github?.stop());

const login = (user: string): Subject => ({ type: "login", user, cluster: "demo" });
const quiet = (user: string): Verdict => ({
  subject: login(user),
  verdict: "quiet",
  last: null,
  sources: ["rds-log"],
  why: `No login of ${user} in 90 days.`,
  place: { file: "access.yaml", line: 4, column: 3 },
});
const proposal = (user: string): Proposal => ({
  edit: { action: "expire", what: { type: "user", name: user }, until: "2026-12-25" },
  because: [quiet(user)],
});

interface Asked {
  readonly path?: string;
  /** Nobody uses them. */
  readonly users: readonly string[];
  readonly file?: string;
  readonly now?: number;
  readonly isPrivate?: boolean;
  readonly token?: string;
}

/** Left to the matrix: what takes the same paths again. */
const more = it.runIf(process.env["PGACCORD_MATRIX"]);

/** As the real review: what is kept is not proposed, and the file is changed by the editor. */
const made = (
  { users, path = "access.yaml", file = FILE, now = Date.now() }: Asked,
  keptUntil: (subject: Subject) => number | null,
): MadeReview => {
  const proposals = users.filter((user) => keptUntil(login(user)) === null).map(proposal);
  const review: Review = { since: now - 90 * DAY, now, verdicts: users.map(quiet), proposals, problems: [] };
  const edited = editAccess(
    file,
    path,
    proposals.map(({ edit }) => edit),
  );
  expect(edited.problems).toEqual([]);
  return { review, declared: null, was: file, text: edited.text };
};

const review = async (asked: Asked): Promise<JobResult> =>
  runJob(github, {
    event: scheduleEvent(asked.isPrivate ?? true),
    sha: await github.tip(),
    files: {},
    args: ["review"],
    ...(asked.token === undefined ? {} : { env: { GITHUB_TOKEN: asked.token } }),
    work: (io) => githubReview(io, { file: asked.path ?? "access.yaml" }, async (kept) => made(asked, kept), asked.now ?? Date.now()),
  });

const pulls = async () => (await github.owner.rest.pulls.list({ ...github.at, state: "all", direction: "asc" })).data;
const lastPull = async () => {
  const last = (await pulls()).at(-1);
  if (!last) throw new Error("no pull request");
  return last;
};
const fileOf = async (ref: string): Promise<string | null> => await fileAt({ octokit: github.owner, at: github.at }, ref, "access.yaml");
const head = async (): Promise<string | null> =>
  await github.owner.rest.git.getRef({ ...github.at, ref: `heads/${BRANCH}` }).then(
    ({ data }) => data.object.sha,
    () => null,
  );
const parentsOf = async (commit_sha: string): Promise<string[]> =>
  (await github.owner.rest.git.getCommit({ ...github.at, commit_sha })).data.parents.map(({ sha }) => sha);
const writes = (): string[] => github.proxy.calls.filter((call) => /^(POST|PATCH|PUT|DELETE)/.test(call) && !call.endsWith("/graphql"));
const close = async (pull_number: number): Promise<unknown> =>
  await github.owner.rest.pulls.update({ ...github.at, pull_number, state: "closed" });
const expiring = (user: string): RegExp => new RegExp(`${user}: .*expires: 2026-12-25`);

describe("github review", () => {
  it("nothing to propose: nothing is opened", async () => {
    github.proxy.calls.length = 0;
    expect(await review({ users: [] })).toMatchObject({ code: 0, err: "", out: expect.stringContaining("Nothing is proposed.") });
    expect([writes(), await pulls()]).toEqual([[], []]);
  });

  it("what cannot be read, and a pull request's event, change nothing", async () => {
    github.proxy.calls.length = 0;
    const sha = await github.tip();
    const job = { sha, files: {}, args: ["review"], work: (io: CliIo) => githubReview(io, { file: "access.yaml" }, async () => null, 0) };
    expect((await runJob(github, { ...job, event: scheduleEvent() })).code).toBe(1);
    const event = pullEvent({ number: 1, headSha: sha, baseSha: sha, base: "main" });
    expect(await runJob(github, { ...job, event })).toMatchObject({ code: 1, err: expect.stringContaining("[github-event]") });
    expect(writes()).toEqual([]);
  });

  it("opens one pull request whose one commit changes the file alone; an unchanged run writes nothing", async () => {
    const now = Date.now();
    const result = await review({ users: ["bob"], now });
    expect(result).toMatchObject({ code: 0, err: "", outputs: { proposals: "1" } });
    const pull = await lastPull();
    expect(pull).toMatchObject({
      title: "pgaccord review (access.yaml): 1 change proposed",
      state: "open",
      user: { login: "github-actions[bot]" },
      head: { ref: BRANCH },
      base: { ref: "main" },
    });
    expect(pull.body).toContain("No login of bob in 90 days.");
    expect(pull.body).toContain("GitHub starts no workflow for it");
    expect(result.summary).toContain("No login of bob in 90 days.");
    expect(await fileOf(BRANCH)).toMatch(expiring("bob"));
    const sha = (await head()) ?? "";
    expect(await parentsOf(sha)).toEqual([await github.tip()]);
    const { data } = await github.owner.rest.repos.compareCommitsWithBasehead({ ...github.at, basehead: `main...${sha}` });
    expect(data.files?.map(({ filename }) => filename)).toEqual(["access.yaml"]);

    github.proxy.calls.length = 0;
    expect((await review({ users: ["bob"], now })).out).toContain(`Pull request #${pull.number} is up to date.`);
    expect(writes()).toEqual([]);
  });

  it("is changed in place: another text is one new commit on the base of then, and it stays open meanwhile", async () => {
    const { number } = await lastPull();
    await github.commit("main", { "README.md": "moved on" });
    const before = await head();
    expect((await review({ users: ["bob"] })).out).toContain("is u");
    expect(await head()).toBe(before);
    await review({ users: ["bob", "eve"] });
    const pull = await lastPull();
    expect([pull.number, pull.state, pull.title]).toEqual([number, "open", "pgaccord review (access.yaml): 2 changes proposed"]);
    expect(await fileOf(BRANCH)).toMatch(expiring("eve"));
    expect(await parentsOf((await head()) ?? "")).toEqual([await github.tip()]);
  });

  it("leaves a branch alone to which somebody else has committed", async () => {
    const text = String(await fileOf(BRANCH));
    const sha = await github.commit(BRANCH, { "access.yaml": text.replace(/(eve: .*), expires: 2026-12-25/, "$1") });
    github.proxy.calls.length = 0;
    const result = await review({ users: ["bob", "eve"] });
    expect([result.code, result.err]).toEqual([0, expect.stringContaining("[review-branch-held]")]);
    expect((await review({ users: [] })).err).toContain("[review-branch-held]");
    expect([writes(), await head()]).toEqual([[], sha]);
  });

  it("merged: what it did counts as no decision to keep", async () => {
    const { number } = await lastPull();
    await github.mergeOnto(number, { "access.yaml": FILE });
    expect((await lastPull()).state).toBe("closed");
    await review({ users: ["bob"] });
    const pull = await lastPull();
    expect([pull.number > number, pull.state]).toEqual([true, "open"]);
    expect(await fileOf(BRANCH)).not.toMatch(expiring("eve"));
  });

  it("nothing to propose any more: closed with a sentence, its branch deleted, and nothing is kept", async () => {
    const { number } = await lastPull();
    expect((await review({ users: [] })).out).toContain(`Pull request #${number} is closed`);
    expect([(await lastPull()).state, await head()]).toEqual(["closed", null]);
    expect((await github.comments(number)).map(({ body }) => body)).toEqual([expect.stringContaining("Nothing is proposed any more")]);
    await review({ users: ["bob"] });
    expect((await lastPull()).number).toBeGreaterThan(number);
  });

  it("closed by somebody: all of it is kept for the length of its window", async () => {
    const { number } = await lastPull();
    await close(number);
    expect((await review({ users: ["bob"] })).out).toContain("Nothing is proposed.");
    expect((await lastPull()).number).toBe(number);
    await review({ users: ["bob", "eve"] });
    expect([await fileOf(BRANCH), (await lastPull()).title]).toEqual([
      expect.not.stringMatching(expiring("bob")),
      "pgaccord review (access.yaml): 1 change proposed",
    ]);
    const later = Date.now() + 90 * DAY + 60_000;
    await review({ users: ["bob", "eve"], now: later });
    expect(await fileOf(BRANCH)).toMatch(expiring("bob"));
  });

  it("the file on the base has changed since it was read: superseded", async () => {
    const before = await head();
    const other = await review({ users: ["eve"], file: FILE.replace("who", "whoever") });
    expect([other.code, other.out]).toEqual([0, expect.stringContaining("Superseded: access.yaml has changed on main")]);
    expect(await head()).toBe(before);
  });

  more("in a public repository it has no proof, and numbers only", async () => {
    await review({ users: ["bob"], isPrivate: false, now: Date.now() + 91 * DAY });
    const { body } = await lastPull();
    expect(body).toContain("1 change proposed");
    expect(body).not.toMatch(/bob|never/);
  });

  it("somebody else's pull request from the branch is none of ours, and a list forged in it keeps nothing", async () => {
    await review({ users: ["eve"] });
    const body = (await lastPull()).body ?? "";
    await review({ users: [] });
    await github.commit(BRANCH, { "access.yaml": `${FILE}# mine\n` });
    const { number } = await github.open(BRANCH);
    const sha = await head();
    const result = await review({ users: ["eve"] });
    expect([result.code, result.err]).toEqual([0, expect.stringContaining(`Pull request #${number} from pgaccord/review holds`)]);
    expect(await head()).toBe(sha);
    expect(body).toMatch(/^<!-- pgaccord keeps \S+ 90 [0-9a-f]{12} -->$/m);
    await github.owner.rest.pulls.update({ ...github.at, pull_number: number, body, state: "closed" });
    expect((await review({ users: ["eve"] })).out).toContain("is opened");
    await review({ users: [] });
  });

  more("a person's token: opened by them, and no word of GITHUB_TOKEN", async () => {
    // What the bot's were closed with does not count for another author, nor the one that a person forged.
    await review({ users: ["eve"], token: "owner-token" });
    const pull = await lastPull();
    expect([pull.state, pull.body?.includes("GITHUB_TOKEN")]).toEqual(["open", false]);
    await close(pull.number);
  });

  more("another file has a branch of its own; it keeps its mode, and a link is not written over", async () => {
    const { octokit, at } = { octokit: github.owner, at: github.at };
    const { data: tip } = await octokit.rest.git.getCommit({ ...at, commit_sha: await github.tip() });
    const tree = (["100755", "120000"] as const).map((mode, i) => ({ path: `prod/${i}.yaml`, mode, type: "blob" as const, content: FILE }));
    const { data: made } = await octokit.rest.git.createTree({ ...at, base_tree: tip.tree.sha, tree });
    const { data: commit } = await octokit.rest.git.createCommit({ ...at, message: "prod", tree: made.sha, parents: [tip.sha] });
    await octokit.rest.git.updateRef({ ...at, ref: "heads/main", sha: commit.sha });
    expect(await review({ users: ["ann"], path: "prod/0.yaml" })).toMatchObject({ code: 0, err: "" });
    const { head: ours } = await lastPull();
    expect(ours.ref).toMatch(/^pgaccord\/review-[0-9a-f]{12}$/);
    const { data } = await octokit.rest.git.getTree({ ...at, tree_sha: ours.sha, recursive: "1" });
    expect(data.tree.find(({ path }) => path === "prod/0.yaml")).toMatchObject({ mode: "100755" });
    const link = await review({ users: ["ann"], path: "prod/1.yaml" });
    expect([link.code, link.err]).toEqual([
      1,
      expect.stringContaining("prod/1.yaml is not changed: in the repository it is no plain file"),
    ]);
  });

  it("GitHub does not let Actions open one: the setting is named", async () => {
    const message = "GitHub Actions is not permitted to create or approve pull requests.";
    github.proxy.fail(/^POST .*\/pulls$/, { status: 403, body: JSON.stringify({ message }) });
    const result = await review({ users: ["ann"] });
    expect([result.code, result.err]).toEqual([1, expect.stringContaining("[github-may-not-open-pulls]")]);
    expect(result.err).toContain("Allow GitHub Actions to create and approve pull requests");
    expect((await review({ users: ["ann"] })).out).toContain("is opened");
  });
});
