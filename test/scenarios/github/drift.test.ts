import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type JobResult, prepareJob, pullEvent, runJob, scheduleEvent, workflowRunEvent } from "../../support/actions.js";
import { type Github, startGithub } from "../../support/github.js";
import { createScene, runCli } from "../../support/scene.js";
import { type Shop, startShop } from "../../support/shop.js";

let shop: Shop;
let github: Github;
beforeAll(async () => {
  [shop, github] = await Promise.all([startShop(), startGithub()]);
});
afterAll(async () => {
  await github?.stop();
  await shop?.stop();
});

describe("github drift", () => {
  const issues = async () =>
    (await github.owner.rest.issues.listForRepo({ ...github.at, state: "all" })).data.filter((i) => i.title.startsWith("pgaccord"));
  const drift = async (text = shop.file(["a"]), isPrivate = true, args: readonly string[] = []): Promise<JobResult> =>
    runJob(github, { event: scheduleEvent(isPrivate), sha: await github.tip(), files: { "access.yaml": text }, args: ["drift", ...args] });

  it("one issue through its life: appears, changes, goes", async () => {
    const scene = createScene();
    scene.write(shop.file(["a"]));
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
    scene.remove();
    expect([(await drift()).code, await issues()]).toEqual([0, []]);

    await shop.postgres.sql("GRANT INSERT ON app.a TO a", "shop");
    const found = await drift();
    expect(found).toMatchObject({ code: 0, err: "", outputs: { loses: "1" } });
    const [opened, ...others] = await issues();
    expect(others).toEqual([]);
    expect(opened).toMatchObject({
      title: "pgaccord drift (access.yaml)",
      state: "open",
      labels: [expect.objectContaining({ name: "pgaccord-drift" })],
    });
    expect(opened?.body).toContain("a loses insert on table app.a");

    github.proxy.calls.length = 0;
    await drift();
    expect(github.proxy.calls.filter((c) => /^(POST|PATCH)/.test(c))).toEqual([]);

    await shop.postgres.sql("GRANT DELETE ON app.b TO a", "shop");
    await drift();
    const [changed] = await issues();
    expect([changed?.number, changed?.body]).toEqual([opened?.number, expect.stringContaining("a loses delete on table app.b")]);

    await shop.postgres.sql("REVOKE INSERT ON app.a FROM a; REVOKE DELETE ON app.b FROM a", "shop");
    await drift();
    const [closed, ...more] = await issues();
    expect([closed?.number, closed?.state, more]).toEqual([opened?.number, "closed", []]);
    expect((await github.comments(closed?.number ?? 0)).map((c) => c.body)).toEqual(["The servers match the file again."]);

    await shop.postgres.sql("GRANT INSERT ON app.a TO a", "shop");
    await drift();
    expect((await issues()).filter((i) => i.state === "open")).toHaveLength(1);
    await drift(shop.file(["a"]), true, ["--environment", "staging"]);
    expect(
      (await issues())
        .filter((i) => i.state === "open")
        .map((i) => i.title)
        .sort(),
    ).toEqual(["pgaccord drift (access.yaml)", "pgaccord drift (access.yaml, staging)"]);
  });

  it("a server that cannot be read is neither drift nor its end", async () => {
    const before = (await issues()).map((i) => [i.number, i.state, i.body]);
    const result = await drift(shop.file(["a"]).replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1"));
    expect([result.code, result.out]).toEqual([1, expect.stringContaining("Cannot connect")]);
    expect((await issues()).map((i) => [i.number, i.state, i.body])).toEqual(before);
  });

  it("in a public repository the issue has numbers only", async () => {
    await drift(shop.file(["a"]), false, ["--environment", "public"]);
    const found = (await issues()).find((i) => i.title.includes("public"));
    expect(found?.body).toContain("0 rights gained, 1 lost");
    expect(found?.body).not.toMatch(/insert|app\.a/);
  });
});

describe("github post", () => {
  it("posts what a fork's run found at the pull request that the event names, escaped", async () => {
    const text = shop.file(["a"]).replace("select", "selct");
    await github.commit("fork-branch", { "access.yaml": text });
    const pull = await github.open("fork-branch");
    const scene = createScene();
    scene.write(text);
    const validated = await scene.cli("validate", "--format", "json");
    scene.remove();
    expect(validated.code).toBe(1);
    const hostile = JSON.parse(validated.out);
    hostile.problems.push({
      code: "x-y",
      severity: "error",
      message: "</details>@octocat ![x](https://evil.example/?) ```\n## hi\n<!-- pgaccord",
    });
    hostile.number = 1;
    const event = workflowRunEvent(pull.headSha, "acme", "fork-branch");
    const job = prepareJob(github, event, pull.headSha, {});
    writeFileSync(join(job.folder, "result.json"), JSON.stringify(hostile));
    const result = job.result(await runCli(["github", "post", "result.json"], job.folder, job.env));
    expect(result).toMatchObject({ code: 0, err: "" });
    const [comment] = await github.comments(pull.number);
    expect(comment?.body).toContain("**The file has errors.**");
    expect(comment?.body).toContain("selct");
    expect(comment?.body.replace(/(`+)[^\n]*?\1(?!`)/g, "").replace(/&#\d+;/g, "")).not.toMatch(/@octocat|!\[x\]|```|^## hi|<\/details>/m);
    expect(comment?.body.match(/<!--/g)).toHaveLength(1);
    writeFileSync(join(job.folder, "result.json"), "<html>");
    const refused = await runCli(["github", "post", "result.json"], job.folder, job.env);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("[fork-result]")]);
    job.remove();
  });

  it("passes the required check of a fork that leaves the file alone, by what GitHub says, whatever the artefact holds", async () => {
    await github.commit("main", { "access.yaml": shop.file([]) });
    const headSha = await github.commit("only-docs", { "README.md": "hello" });
    const pull = await github.open("only-docs");
    // The base branch has moved on since.
    await github.commit("main", { "access.yaml": shop.file(["later"]) });
    const event = workflowRunEvent(headSha, "acme", "only-docs");
    const post = (files: Record<string, string>) => runJob(github, { event, sha: headSha, files, args: ["post", "result.json"] });
    expect(await post({ "result.json": '{"valid":false,"problems":[{"code":"a-b","message":"boo"}]}' })).toMatchObject({
      code: 0,
      err: "",
    });
    expect(await github.comments(pull.number)).toEqual([]);
    expect(await github.checks(headSha)).toMatchObject([{ name: "pgaccord plan (access.yaml)", conclusion: "success", text: "" }]);
    const touched = await github.commit("touches", { "access.yaml": shop.file(["mine"]) });
    const second = await github.open("touches");
    const files = { "result.json": '{"valid":true,"problems":[]}' };
    await runJob(github, { event: workflowRunEvent(touched, "acme", "touches"), sha: touched, files, args: ["post", "result.json"] });
    expect(await github.checks(touched)).toEqual([]);
    expect((await github.comments(second.number))[0]?.body).toContain("The file is valid.");
  });

  it("is for workflow_run only", async () => {
    const event = pullEvent({ number: 1, headSha: "a".repeat(40), baseSha: "b".repeat(40), base: "main" });
    const result = await runJob(github, { event, sha: "a".repeat(40), files: { "result.json": "{}" }, args: ["post", "result.json"] });
    expect([result.code, result.err]).toEqual([1, expect.stringContaining("github post runs on workflow_run.")]);
  });
});
