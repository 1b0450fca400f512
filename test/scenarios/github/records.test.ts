import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dispatchEvent, type JobResult, mergeGroupEvent, pullEvent, pushEvent, runJob } from "../../support/actions.js";
import { type Github, type Pull, startGithub } from "../../support/github.js";
import { type Shop, startShop } from "../../support/shop.js";

let shop: Shop;
let github: Github;
let file: Shop["file"];
beforeAll(async () => {
  shop = await startShop();
  file = shop.file;
});
afterAll(async () => {
  await shop?.stop();
});
beforeEach(async () => {
  github = await startGithub();
  await github.commit("main", { "access.yaml": file([]) });
});
afterEach(async () => {
  await github?.stop();
  await shop.clear();
});

const planned = (pull: Pull, text: string): Promise<JobResult> =>
  runJob(github, { event: pullEvent(pull), sha: pull.headSha, files: { "access.yaml": text }, args: ["plan"] });
const propose = async (branch: string, text: string): Promise<Pull> => {
  await github.commit(branch, { "access.yaml": text });
  const pull = await github.open(branch);
  expect((await planned(pull, text)).code).toBe(0);
  return pull;
};
const push = (before: string, sha: string, text: string, ...args: readonly string[]): Promise<JobResult> =>
  runJob(github, { event: pushEvent(before, sha), sha, files: { "access.yaml": text }, args: ["apply", ...args] });
/** By hand: nothing but the deployments says where to begin. */
const dispatch = (sha: string, text: string, ...args: readonly string[]): Promise<JobResult> =>
  runJob(github, { event: dispatchEvent(), sha, files: { "access.yaml": text }, args: ["apply", ...args] });
/** A merge that was planned and applied. */
const applied = async (branch: string, text: string): Promise<string> => {
  const before = await github.tip();
  const { number } = await propose(branch, text);
  const sha = await github.merge(number);
  expect(await push(before, sha, text)).toMatchObject({ code: 0 });
  return sha;
};
const refused = (what: string) => ({ code: 3, out: expect.stringContaining(what) });

describe("a record approves only for the pull request that it was written for", () => {
  it("two pull requests with one head: each has the newest of its own, whichever was planned last", async () => {
    const text = file(["a"]);
    await github.commit("release", { "access.yaml": file([]) });
    const before = await github.tip();
    const mine = await propose("change", text);
    // Planned last, and of another file: the newest check of the commit is not of the pull request that is merged.
    const other: Pull = { ...(await github.open("change", "release")), headSha: mine.headSha };
    expect((await planned(other, file(["z"]))).code).toBe(0);
    const sha = await github.merge(mine.number);
    expect(await push(before, sha, text)).toMatchObject({ code: 0 });
    expect(await shop.reads("a", "app.a")).toBe(true);
  });

  it.each([
    ["of the other pull request with that head", (pull: Pull): Pull => ({ ...pull, number: pull.number + 1 })],
    ["of the same one against another base branch", (pull: Pull): Pull => ({ ...pull, base: "release" })],
  ])("one %s approves nothing", async (_, change) => {
    const text = file(["a"]);
    await github.commit("change", { "access.yaml": text });
    const pull = await github.open("change");
    await github.open("change", "main").catch(() => null);
    await github.commit("release", { "access.yaml": file([]) });
    await github.open("change", "release");
    expect((await planned(change(pull), text)).code).toBe(0);
    const before = await github.tip();
    const sha = await github.merge(pull.number);
    expect(await push(before, sha, text)).toMatchObject(refused("create role a"));
  });

  it("one of the first version, which names no pull request, approves nothing", async () => {
    const text = file(["a"]);
    const pull = await propose("change", text);
    const [check] = await github.checks(pull.headSha);
    const old = (check?.text ?? "").replace(/^pgaccord-approvals 3\npull .*\n/, "pgaccord-approvals 1\n");
    expect(old).toMatch(/^pgaccord-approvals 1\nsha256:/);
    await github.bot.rest.checks.update({ ...github.at, check_run_id: check?.id ?? 0, output: { title: "", summary: "", text: old } });
    const before = await github.tip();
    const sha = await github.merge(pull.number);
    expect(await push(before, sha, text)).toMatchObject(refused("create role a"));
  });

  it("the run of a merge queue approves nothing", async () => {
    const text = file(["a"]);
    await github.commit("change", { "access.yaml": text });
    const pull = await github.open("change");
    const event = mergeGroupEvent(pull.headSha, pull.baseSha);
    await runJob(github, { event, sha: pull.headSha, files: { "access.yaml": text }, args: ["plan"] });
    const before = await github.tip();
    const sha = await github.merge(pull.number);
    expect(await push(before, sha, text)).toMatchObject(refused("create role a"));
  });

  it("a plan that failed later takes back what an earlier one of the same commit approved", async () => {
    const text = file(["a"]);
    const pull = await propose("change", text);
    expect((await planned(pull, text.replace("select", "selct"))).code).toBe(1);
    const before = await github.tip();
    const sha = await github.merge(pull.number);
    expect(await push(before, sha, text)).toMatchObject(refused("create role a"));
  });
});

describe("what two merged pull requests reach only together", () => {
  const of = (group: string, carol: string): string => file([]).replace("roles: {}", `roles:\n  g: ${group}\nusers:\n  carol: ${carol}`);
  const GIVEN = "{ grants: { shop: { schemas: { app: [usage] }, tables: { app.*: [select] } } } }";
  const MEMBER = "{ member_of: [g] }";

  it("is a warning on both, and applied: each right of it was approved", async () => {
    await applied("begin", of("{}", "{}"));
    const before = await github.tip();
    const gives = await propose("gives", of(GIVEN, "{}"));
    const joins = await propose("joins", of("{}", MEMBER));
    for (const { number } of [gives, joins]) {
      const [comment] = await github.comments(number);
      expect(comment?.body).not.toContain("carol gains select");
    }
    await github.merge(gives.number);
    const both = of(GIVEN, MEMBER);
    const sha = await github.mergeOnto(joins.number, { "access.yaml": both });
    const result = await push(before, sha, both);
    expect(result).toMatchObject({ code: 0, out: expect.stringContaining("[net-not-reviewed]") });
    expect(result.outputs["verdict"]).toBe("widens");
    const said = "carol gains select on 2 tables of app (through g)";
    expect(result.out).toContain(said);
    for (const { number } of [gives, joins]) expect((await github.comments(number)).at(-1)?.body).toContain(said);
    expect(await shop.reads("carol", "app.a")).toBe(true);
  });
});

describe("a deployment counts only when our app made it and called it a success", () => {
  const forge = async (by: Github["owner"], sha: string, since = ""): Promise<number> => {
    const made = await by.rest.repos.createDeployment({
      ...github.at,
      ref: sha,
      task: "pgaccord access.yaml",
      environment: "pgaccord",
      auto_merge: false,
      required_contexts: [],
      payload: since === "" ? {} : { since },
    });
    return "id" in made.data ? made.data.id : 0;
  };
  const succeed = (by: Github["owner"], deployment_id: number) =>
    by.rest.repos.createDeploymentStatus({ ...github.at, deployment_id, state: "success" });

  it.each([
    ["a person", () => github.owner],
    ["another app", () => github.otherApp],
  ])("not one of %s that claims an older commit, which would bring back old approvals", async (_, who) => {
    const empty = await github.tip();
    await applied("one", file(["a"]));
    const two = await applied("two", file([]));
    const again = await github.commit("main", { "access.yaml": file(["a"]) });
    await succeed(who(), await forge(who(), empty));
    expect(await push(two, again, file(["a"]))).toMatchObject(refused("create role a"));
  });

  it("not one that claims a newer commit: what was merged meanwhile is applied still", async () => {
    await applied("one", file(["a"]));
    const pull = await propose("two", file(["a", "b"]));
    const two = await github.merge(pull.number);
    await succeed(github.owner, await forge(github.owner, two));
    expect(await dispatch(two, file(["a", "b"]))).toMatchObject({ code: 0 });
    expect(await shop.reads("b", "app.a")).toBe(true);
  });

  it("nor a success, a failure or an end that somebody else wrote to ours, nor any number of others before it", async () => {
    const one = await applied("one", file(["a"]));
    const [ours] = github.proxy.deployments.all;
    await github.owner.rest.repos.createDeploymentStatus({ ...github.at, deployment_id: ours?.id ?? 0, state: "inactive" });
    for (let i = 0; i < 120; i++) await forge(github.owner, one);
    const pull = await propose("two", file(["a", "b"]));
    const two = await github.merge(pull.number);
    // Drift that is told from a loss shows that the file of our success is known.
    await shop.postgres.sql("GRANT INSERT ON app.a TO a", "shop");
    expect(await dispatch(two, file(["a", "b"]))).toMatchObject({ code: 0 });
  });

  it("not the success of a person on an apply of ours that failed", async () => {
    const text = file(["a"]);
    const pull = await propose("change", text);
    const before = await github.tip();
    const sha = await github.merge(pull.number);
    const no = "CREATE FUNCTION app.no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$";
    await shop.postgres.sql(`${no}; CREATE EVENT TRIGGER no ON ddl_command_start WHEN TAG IN ('GRANT') EXECUTE FUNCTION app.no()`, "shop");
    expect((await push(before, sha, text)).code).toBe(4);
    await shop.postgres.sql("DROP EVENT TRIGGER no; DROP FUNCTION app.no()", "shop");
    await succeed(github.owner, github.proxy.deployments.all[0]?.id ?? 0);
    const next = await github.commit("main", { "README.md": "hello" });
    // The approval of the first merge is needed still: it counts, because nobody but us ends an apply.
    expect(await dispatch(next, text)).toMatchObject({ code: 0 });
    expect(await shop.reads("a", "app.a")).toBe(true);
  });

  it("nor a forged beginning", async () => {
    const empty = await github.tip();
    const pull = await propose("one", file(["a"]));
    await github.merge(pull.number);
    const next = await github.commit("main", { "README.md": "hello" });
    await forge(github.owner, next, empty);
    expect(await dispatch(next, file(["a"]))).toMatchObject(refused("create role a"));
  });
});

describe("what is lost", () => {
  it("by hand-made grants that are taken back needs no approval: drift is repaired", async () => {
    await applied("one", file(["a"]));
    const text = file(["a", "b"]);
    const pull = await propose("two", text);
    const before = await github.tip();
    const sha = await github.merge(pull.number);
    await shop.postgres.sql("GRANT INSERT ON app.a TO a", "shop");
    const done = await push(before, sha, text);
    expect([done.code, done.out]).toEqual([0, expect.stringContaining("Applied")]);
    const { rows } = await shop.postgres.sql("SELECT has_table_privilege('a', 'app.a', 'insert') AS inserts", "shop");
    expect(rows).toEqual([{ inserts: false }]);
  });

  it("of what the file gave that was applied last needs one", async () => {
    const one = await applied("one", file(["a"]));
    const less = file(["a"]).replace("app.*: [select]", "app.a: [select]");
    const sha = await github.commit("main", { "access.yaml": less });
    await shop.postgres.sql("GRANT INSERT ON app.a TO a", "shop");
    const result = await push(one, sha, less);
    expect(result).toMatchObject(refused("a loses select on table app.b"));
    expect(result.out).toContain("Not approved by any merged pull request: 2 things.");
    // In one plan with it, drift waits for the approval, too.
    expect(result.out).not.toMatch(/^ {2}a loses insert on table app\.a$/m);
    expect(await shop.reads("a", "app.b")).toBe(true);
  });

  it("with a role that the file no longer names needs one", async () => {
    const one = await applied("one", file(["a", "b"]));
    const sha = await github.commit("main", { "access.yaml": file(["a"]) });
    expect(await push(one, sha, file(["a"]))).toMatchObject(refused("delete role b"));
    expect(await shop.reads("b", "app.a")).toBe(true);
  });

  it("of a role that nobody's file named, but for its mark, is drift", async () => {
    const one = await applied("one", file(["a"]));
    await shop.postgres.sql("CREATE ROLE left_over; COMMENT ON ROLE left_over IS '[pgaccord:acme/access/main]'");
    const sha = await github.commit("main", { "README.md": "hello" });
    expect(await push(one, sha, file(["a"]))).toMatchObject({ code: 0, out: expect.stringContaining("1 deleted") });
  });

  it("in a database that the file did not name before needs one", async () => {
    await shop.postgres.sql("CREATE DATABASE crm");
    await shop.postgres.sql("CREATE TABLE public.t (id int)", "crm");
    const one = await applied("one", file(["a"]));
    await shop.postgres.sql("GRANT SELECT ON public.t TO a", "crm");
    const wider = file(["a"]).replace("shop: { creators: [app] }", "shop: { creators: [app] }, crm: {}");
    const sha = await github.commit("main", { "access.yaml": wider });
    const result = await push(one, sha, wider);
    await shop.postgres.sql("REVOKE SELECT ON public.t FROM a", "crm");
    await shop.postgres.sql("DROP DATABASE crm");
    expect(result).toMatchObject(refused("a loses select on table public.t"));
  });

  it("needs one before the first apply, and where a digest is given that is not the plan's", async () => {
    const text = file(["a"]);
    await applied("one", text);
    await shop.postgres.sql("GRANT INSERT ON app.a TO a", "shop");
    const sha = await github.tip();
    expect(await dispatch(sha, text, "--digest", `sha256:${"0".repeat(64)}`)).toMatchObject(refused("a loses insert on table app.a"));
    // As if nothing had ever been applied from here: nobody knows what was given before.
    const fresh = await startGithub();
    const first = await fresh.commit("main", { "access.yaml": text });
    const job = { event: pushEvent(first, first), sha: first, files: { "access.yaml": text }, args: ["apply"] };
    expect(await runJob(fresh, job)).toMatchObject(refused("a loses insert on table app.a"));
    await fresh.stop();
    expect(await dispatch(sha, text)).toMatchObject({ code: 0 });
  });
});
