import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readRecord } from "../../../src/plan/approval-record.js";
import { dispatchEvent, type EventFile, type JobResult, pullEvent, pushEvent, runJob } from "../../support/actions.js";
import { type Github, startGithub } from "../../support/github.js";
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

const plan = async (branch: string, text: string): Promise<number> => {
  await github.commit(branch, { "access.yaml": text });
  const pull = await github.open(branch);
  expect((await runJob(github, { event: pullEvent(pull), sha: pull.headSha, files: { "access.yaml": text }, args: ["plan"] })).code).toBe(
    0,
  );
  return pull.number;
};
const push = (before: string, sha: string, text: string, ...args: readonly string[]): Promise<JobResult> =>
  runJob(github, { event: pushEvent(before, sha), sha, files: { "access.yaml": text }, args: ["apply", ...args] });
const states = (): string[] => github.proxy.deployments.all.map((d) => `${d.environment} ${d.statuses.at(-1)?.state}`);
const lastComment = async (number: number): Promise<string> => (await github.comments(number)).at(-1)?.body ?? "";

describe("github apply", () => {
  it("applies what was approved, reports it, and keeps it as a deployment", async () => {
    const text = file(["a"]);
    const number = await plan("change", text);
    const before = await github.tip();
    const sha = await github.merge(number);
    const result = await push(before, sha, text);
    expect(result).toMatchObject({ code: 0, outputs: { changes: "5" } });
    expect(result.out).toContain("Applied: 1 created; 4 rights gained, 0 lost.");
    expect(await shop.reads("a", "app.a")).toBe(true);
    expect(await github.comments(number)).toHaveLength(2);
    expect(await lastComment(number)).toContain("**Applied. Read again: nothing is left to do.**");
    expect(result.summary).toContain("Applied. Read again");
    expect(states()).toEqual(["pgaccord success"]);
  });

  it("already applied: says so, exit 0, and a rerun writes no second comment", async () => {
    const text = file(["a"]);
    const number = await plan("change", text);
    const before = await github.tip();
    const sha = await github.merge(number);
    await push(before, sha, text);
    const again = await push(before, sha, text);
    expect([again.code, again.out]).toEqual([0, expect.stringContaining("Already applied: the servers match the file.")]);
    expect(await github.comments(number)).toHaveLength(2);
    expect(states()).toEqual(["pgaccord success", "pgaccord success"]);
  });

  it("live moved after the approval: refused with the difference and the command that goes on", async () => {
    const text = file(["a"]);
    const number = await plan("change", text);
    const before = await github.tip();
    const sha = await github.merge(number);
    await shop.postgres.sql("CREATE ROLE a; GRANT INSERT, SELECT ON app.b TO a", "shop");
    const refused = await push(before, sha, text);
    expect([refused.code, refused.err]).toEqual([3, ""]);
    for (const place of [refused.out, (await lastComment(number)).replaceAll("&#95;", "_")]) {
      expect(place).toContain("Not approved by any merged pull request: 2 things.");
      expect(place).toContain("a loses insert on table app.b");
    }
    expect(refused.out).toContain(`pgaccord github apply --digest ${refused.outputs["digest"]}`);
    expect(states()).toEqual([]);
    expect(await shop.reads("a", "app.a")).toBe(false);
    const byHand = (...args: readonly string[]): Promise<JobResult> =>
      runJob(github, { event: dispatchEvent(), sha, files: { "access.yaml": text }, args: ["apply", ...args] });
    expect((await byHand("--digest", `sha256:${"0".repeat(64)}`)).code).toBe(3);
    expect((await byHand("--digest", refused.outputs["digest"] ?? "")).code).toBe(3);
    expect((await byHand("--digest", refused.outputs["digest"] ?? "", "--allow", "adopt-narrows")).code).toBe(0);
    expect(await shop.reads("a", "app.a")).toBe(true);
    await shop.postgres.sql("DROP OWNED BY a", "shop");
    await shop.postgres.sql("DROP ROLE a");
  });

  it("a table made after the approval, or while it is applied, stands under the wildcard that was approved, but under no digest by hand", async () => {
    const text = file(["a"]);
    await github.commit("change", { "access.yaml": text });
    const pull = await github.open("change");
    const files = { "access.yaml": text };
    const { outputs } = await runJob(github, { event: pullEvent(pull), sha: pull.headSha, files, args: ["plan"] });
    const before = await github.tip();
    const sha = await github.merge(pull.number);
    await shop.postgres.sql(
      `CREATE FUNCTION public.meanwhile() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
       DECLARE n integer := (SELECT count(*) FROM pg_tables WHERE tablename LIKE 'made%');
       BEGIN IF n < 3 THEN EXECUTE 'CREATE TABLE app.made' || n || ' (id int)'; END IF; END $$;
       CREATE EVENT TRIGGER meanwhile ON ddl_command_end WHEN TAG IN ('GRANT') EXECUTE FUNCTION public.meanwhile()`,
      "shop",
    );
    const exact = await runJob(github, { event: dispatchEvent(), sha, files, args: ["apply", "--digest", outputs["digest"] ?? ""] });
    expect([exact.code, exact.out]).toEqual([4, expect.not.stringContaining("On objects made meanwhile")]);
    expect([await shop.reads("a", "app.a"), await shop.reads("a", "app.made0")]).toEqual([true, false]);
    await shop.postgres.sql("CREATE TABLE app.late (id int); ALTER TABLE app.late OWNER TO app", "shop");
    const pushed = await push(before, sha, text);
    expect([pushed.code, pushed.out]).toEqual([0, expect.stringContaining("On objects made meanwhile: 1 right gained")]);
    for (const table of ["late", "made0", "made1", "made2"]) expect(await shop.reads("a", `app.${table}`)).toBe(true);
    await shop.postgres.sql(
      "DROP EVENT TRIGGER meanwhile; DROP FUNCTION public.meanwhile(); DROP TABLE app.late, app.made0, app.made1, app.made2",
      "shop",
    );
  });

  it("the file changed after the approval: refused", async () => {
    const number = await plan("change", file(["a"]));
    const before = await github.tip();
    const sneaked = file(["a", "b"]);
    await github.commit("change", { "access.yaml": sneaked });
    const sha = await github.merge(number);
    const refused = await push(before, sha, sneaked);
    expect([refused.code, refused.out]).toEqual([3, expect.stringContaining("create role b")]);
    expect(await github.comments(number)).toHaveLength(2);
  });

  it("two pull requests merged within a minute: both applied by the last run, the first run is superseded", async () => {
    const long = (roles: readonly string[], users: string): string => file(roles, `${"\n# ---".repeat(10)}\nusers:${users}`);
    await github.commit("main", { "access.yaml": long([], " {}") });
    const first = await plan("one", long(["a"], " {}"));
    const second = await plan("two", long([], "\n  b: { login: external }"));
    const before = await github.tip();
    const one = await github.merge(first);
    const merged = long(["a"], "\n  b: { login: external }");
    const two = await github.mergeOnto(second, { "access.yaml": merged });
    const early = await push(before, one, long(["a"], " {}"));
    expect([early.code, early.out]).toEqual([0, expect.stringContaining(`Superseded: ${one.slice(0, 12)} is no longer the tip`)]);
    expect(states()).toEqual([]);
    const late = await push(before, two, merged);
    expect([late.code, late.err]).toEqual([0, expect.not.stringContaining("error")]);
    expect(await shop.reads("a", "app.a")).toBe(true);
    expect((await shop.postgres.sql("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'b'")).rows).toEqual([{ rolcanlogin: true }]);
    for (const number of [first, second]) expect(await lastComment(number)).toContain("Applied");
  });

  it("what was not applied last time is approved still, until an apply succeeds", async () => {
    const first = await plan("one", file(["a"]));
    const start = await github.tip();
    const one = await github.merge(first);
    await shop.postgres.sql("GRANT INSERT ON app.a TO PUBLIC", "shop");
    await shop.postgres.sql("REVOKE INSERT ON app.a FROM PUBLIC", "shop");
    const done = await push(start, one, file(["a"]));
    expect(done.code).toBe(0);
    const second = await plan("two", file(["a", "b"]));
    const two = await github.merge(second);
    const third = await plan("three", file(["a", "b", "c"]));
    const three = await github.merge(third);
    // The run of the second merge never came: that of the third has its approvals, by the deployment, not by its own push.
    expect((await push(two, three, file(["a", "b", "c"]))).code).toBe(0);
    expect(await shop.reads("c", "app.a")).toBe(true);
  });

  it("a push without a pull request: refused with its digest, which then goes on", async () => {
    const before = await github.tip();
    const text = file(["a"]);
    const sha = await github.commit("main", { "access.yaml": text });
    const refused = await push(before, sha, text);
    expect([refused.code, refused.out]).toEqual([3, expect.stringContaining("create role a")]);
    const go = await push(before, sha, text, "--digest", refused.outputs["digest"] ?? "");
    expect(go.code).toBe(0);
  });

  it("a plan job in front of the environment: its digest is what the reviewers approve, and no approval by itself", async () => {
    const before = await github.tip();
    const text = file(["a"]);
    const sha = await github.commit("main", { "access.yaml": text });
    const job = (event: EventFile, at: string, ...args: readonly string[]): Promise<JobResult> =>
      runJob(github, { event, sha: at, files: { "access.yaml": text }, args });
    const planned = await job(pushEvent(before, sha), sha, "plan");
    expect([planned.code, planned.err]).toEqual([0, ""]);
    expect(planned.summary).toContain("a gains select on 2 tables of app");
    expect(await github.checks(sha)).toEqual([]);
    expect((await push(before, sha, text)).code).toBe(3);
    expect((await push(before, sha, text, "--digest", planned.outputs["digest"] ?? "")).code).toBe(0);
    const old = await job(dispatchEvent(), before, "plan");
    expect([old.code, old.out, old.outputs["digest"]]).toEqual([0, expect.stringContaining("Superseded"), undefined]);
  });

  it("a push that changes nothing here is done", async () => {
    const before = await github.tip();
    const sha = await github.commit("main", { "README.md": "hello" });
    expect((await push(before, sha, file([]))).code).toBe(0);
    expect(states()).toEqual(["pgaccord success"]);
  });

  it("a forged comment and a forged check change nothing", async () => {
    const text = file(["a"]);
    await github.commit("change", { "access.yaml": text });
    const pull = await github.open("change");
    const other = await plan("other", `# the same rights\n${text}`);
    const [real] = await github.checks((await github.owner.rest.pulls.get({ ...github.at, pull_number: other })).data.head.sha);
    const [body = ""] = (await github.comments(other)).map((c) => c.body);
    await github.owner.rest.issues.createComment({ ...github.at, issue_number: pull.number, body });
    await github.owner.rest.checks.create({
      ...github.at,
      name: real?.name ?? "",
      head_sha: pull.headSha,
      status: "completed",
      conclusion: "success",
      output: { title: "forged", summary: "", text: real?.text ?? "" },
    });
    const before = await github.tip();
    const sha = await github.merge(pull.number);
    const refused = await push(before, sha, text);
    expect([refused.code, refused.out]).toEqual([3, expect.stringContaining("create role a")]);
  });

  it("half failed: exit 4, a report step by step, and the rerun finishes it", async () => {
    const text = file(["a"]);
    const number = await plan("change", text);
    const before = await github.tip();
    const sha = await github.merge(number);
    await shop.postgres.sql(
      "CREATE FUNCTION app.no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not on my watch'; END $$; CREATE EVENT TRIGGER no ON ddl_command_start WHEN TAG IN ('ALTER DEFAULT PRIVILEGES', 'GRANT') EXECUTE FUNCTION app.no()",
      "shop",
    );
    const failed = await push(before, sha, text);
    await shop.postgres.sql("DROP EVENT TRIGGER no; DROP FUNCTION app.no()", "shop");
    expect([failed.code, failed.out]).toEqual([4, expect.stringContaining("Applied in part.")]);
    const body = await lastComment(number);
    expect(body).toContain("**Applied in part. Run the job again: it finishes what was begun.**");
    expect(body).toContain("not on my watch");
    expect(body).toMatch(/rolled back/);
    expect(states()).toEqual(["pgaccord failure"]);
    const rerun = await push(before, sha, text);
    expect(rerun.code).toBe(0);
    expect(await shop.reads("a", "app.a")).toBe(true);
    expect(await github.comments(number)).toHaveLength(2);
    expect(await lastComment(number)).toContain("**Applied. Read again: nothing is left to do.**");
    expect(states()).toEqual(["pgaccord failure", "pgaccord success"]);
  });

  it("half failed, then another merge: its run has the approvals of both", async () => {
    const first = await plan("one", file(["a"]));
    const before = await github.tip();
    const one = await github.merge(first);
    await shop.postgres.sql(
      "CREATE ROLE blocker; CREATE FUNCTION app.no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$; CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION app.no()",
      "shop",
    );
    expect((await push(before, one, file(["a"]))).code).toBe(4);
    await shop.postgres.sql("DROP EVENT TRIGGER no", "shop");
    await shop.postgres.sql("DROP FUNCTION app.no(); DROP ROLE blocker", "shop");
    // Planned before the first was applied in part: this check alone would do, so it is one of b only that is merged.
    const text = file(["a"], "users: { b: { login: external } }");
    await github.commit("two", { "access.yaml": text });
    const pull = await github.open("two");
    const onlyB = file([], "users: { b: { login: external } }");
    await runJob(github, { event: pullEvent(pull), sha: pull.headSha, files: { "access.yaml": onlyB }, args: ["plan"] });
    const two = await github.merge(pull.number);
    const done = await push(one, two, text);
    expect([done.code, done.out]).toEqual([0, expect.stringContaining("Applied:")]);
    expect(await shop.reads("a", "app.a")).toBe(true);
    expect(states()).toEqual(["pgaccord failure", "pgaccord success"]);
  });

  it("the rerun of an old job is superseded, whatever it has checked out", async () => {
    const number = await plan("change", file(["a"]));
    const before = await github.tip();
    const old = await github.merge(number);
    await push(before, old, file(["a"]));
    await github.commit("main", { "access.yaml": file([]) });
    const rerun = await push(before, old, file(["a", "smuggled"]));
    expect([rerun.code, rerun.out]).toEqual([0, expect.stringContaining("Superseded")]);
    expect(states()).toEqual(["pgaccord success"]);
  });

  it("a guard refuses after the merge, too, until it is let pass", async () => {
    const many = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const sha = await github.commit("main", { "access.yaml": file(many) });
    const first = await push(sha, sha, file(many));
    expect((await push(sha, sha, file(many), "--digest", first.outputs["digest"] ?? "")).code).toBe(0);
    const fewer = file(["a"]);
    const gone = await github.commit("main", { "access.yaml": fewer });
    const digest = (await push(sha, gone, fewer)).outputs["digest"] ?? "";
    const refused = await push(sha, gone, fewer, "--digest", digest);
    expect([refused.code, refused.out]).toEqual([
      3,
      expect.stringMatching(/Refused by mass-delete(, mass-revoke)?: nothing was changed\./),
    ]);
    expect((await push(sha, gone, fewer, "--digest", digest, "--allow", "mass-delete", "--allow", "mass-revoke")).code).toBe(0);
  });

  it("a file with errors is not applied", async () => {
    const before = await github.tip();
    const broken = file(["a"]).replace("select", "selct");
    const sha = await github.commit("main", { "access.yaml": broken });
    const result = await push(before, sha, broken);
    expect([result.code, result.err]).toEqual([1, expect.stringContaining("access.yaml:11:")]);
    expect(result.summary).toContain("the file has errors");
  });

  it("another branch is refused", async () => {
    const sha = await github.commit("side", { "access.yaml": file(["a"]) });
    const event = pushEvent(sha, sha, "side");
    const result = await runJob(github, { event, sha, files: { "access.yaml": file(["a"]) }, args: ["apply"] });
    expect([result.code, result.err]).toEqual([1, expect.stringContaining("github apply applies the tip of main only")]);
  });

  it("another apply holds the lock, or the server is down: said on the pull request and the page, nothing applied", async () => {
    const text = file(["a"]);
    const number = await plan("change", text);
    const before = await github.tip();
    const sha = await github.merge(number);
    const holder = await shop.postgres.connect();
    await holder.query("SELECT pg_advisory_lock(31638865368543090)");
    const locked = await push(before, sha, text);
    await holder.end();
    expect([locked.code, locked.out]).toEqual([1, expect.stringContaining("Another apply is running on cluster main")]);
    expect(await lastComment(number)).toContain("**Not applied, because of locked: nothing was changed.**");
    expect(locked.summary).toContain("Another apply is running on cluster main");
    const down = await push(before, sha, text.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1"));
    expect([down.code, down.summary]).toEqual([1, expect.stringContaining("Cannot connect to cluster main")]);
    expect(states()).toEqual([]);
  });

  it("one of two servers is down: the other's changes are approved and applied, exit 4, and the deployment is a failure", async () => {
    const server = (port: number): string =>
      `  next: { address: 127.0.0.1:${port}, admin: { user: postgres, auth: none }, reader: { user: postgres, auth: none }, databases: { shop: {} } }\n`;
    const with2 = (roles: readonly string[], port = 1): string => file(roles, "", server(port));
    await github.commit("main", { "access.yaml": with2([]) });
    const text = with2(["a"]);
    await github.commit("change", { "access.yaml": text });
    const pull = await github.open("change");
    const planned = await runJob(github, { event: pullEvent(pull), sha: pull.headSha, files: { "access.yaml": text }, args: ["plan"] });
    expect([planned.code, planned.summary]).toEqual([1, expect.stringContaining("**Left out:** cluster next (cannot-connect).")]);
    const [check] = await github.checks(pull.headSha);
    expect(check).toMatchObject({ conclusion: "failure", title: "The plan is incomplete" });
    const record = readRecord(check?.text ?? "", { pull: pull.number, base: pull.base, headSha: pull.headSha });
    expect(record).toMatchObject({ digest: null, ids: expect.arrayContaining([expect.any(String)]) });
    const before = await github.tip();
    const sha = await github.merge(pull.number);
    const applied = await push(before, sha, text);
    expect([applied.code, applied.out]).toEqual([4, expect.stringContaining("Left out: cluster next: Cannot connect")]);
    expect(await shop.reads("a", "app.a")).toBe(true);
    expect(await lastComment(pull.number)).toContain("Applied in part");
    expect(states()).toEqual(["pgaccord failure"]);
    const again = await push(before, sha, text);
    expect([again.code, again.out]).toEqual([1, expect.stringContaining("Not applied, because of cannot-connect")]);
  });

  it("applied, but GitHub does not take the record: exit 4, and the rerun records it", async () => {
    const text = file(["a"]);
    const number = await plan("change", text);
    const before = await github.tip();
    const sha = await github.merge(number);
    github.proxy.fail(/\/statuses$/, { status: 403, body: '{"message":"Resource not accessible by integration"}' }, 1, 1);
    const result = await push(before, sha, text);
    expect([result.code, result.out]).toEqual([4, expect.stringContaining("Read again: nothing is left to do.")]);
    expect(result.err).toContain("Recording the deployment did not work.");
    expect((await push(before, sha, text)).code).toBe(0);
    expect(states().at(-1)).toBe("pgaccord success");
  });

  it("GitHub that does not answer: nothing is applied, one clear message", async () => {
    const text = file(["a"]);
    const number = await plan("change", text);
    const before = await github.tip();
    const sha = await github.merge(number);
    github.proxy.fail(/\/deployments$/, { status: 403, body: '{"message":"Resource not accessible by integration"}' }, 20);
    const result = await push(before, sha, text);
    expect([result.code, result.err]).toEqual([1, expect.stringContaining("[github-not-permitted]")]);
    expect(await shop.reads("access_reader", "app.a")).toBe(false);
    expect((await shop.postgres.sql("SELECT 1 FROM pg_roles WHERE rolname = 'a'")).rows).toEqual([]);
  });
});
