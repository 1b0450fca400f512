import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  dispatchEvent,
  type EventFile,
  type Job,
  prepareJob,
  pullEvent,
  pushEvent,
  scheduleEvent,
  workflowRunEvent,
} from "../../support/actions.js";
import { type Github, startGithub } from "../../support/github.js";
import { type Shop, startShop } from "../../support/shop.js";
import { readWorkflow, runWorkflow, type Values } from "../../support/workflow.js";

const ROOT = join(import.meta.dirname, "../../..");

/** This repository's own workflows, from the pull request to the apply, as a runner would go through their `run:` lines. */
describe("the workflows", () => {
  let shop: Shop;
  let github: Github;
  beforeAll(async () => {
    [shop, github] = await Promise.all([startShop(), startGithub()]);
    await github.commit("main", { "access.yaml": shop.file([]) });
  });
  afterAll(async () => {
    await github?.stop();
    await shop?.stop();
  });

  const run = async (
    name: string,
    job: string,
    event: EventFile,
    sha: string,
    text: string,
    values: Values = {},
    prepare: (job: Job) => void = () => undefined,
  ) => {
    const at = prepareJob(github, event, sha, { "access.yaml": text });
    mkdirSync(join(at.folder, "change"));
    writeFileSync(join(at.folder, "change/access.yaml"), text);
    symlinkSync(ROOT, join(at.folder, "tool"));
    prepare(at);
    const runner = { folder: at.folder, actionAt: () => ROOT, env: at.env, values: { "github.token": github.token, ...values } };
    const result = await runWorkflow(readWorkflow(name), job, runner);
    const done = {
      ...at.result(result),
      ran: result.ran,
      read: (path: string) => readFileSync(join(at.folder, path), "utf8"),
      remove: at.remove,
    };
    return done;
  };

  it("plan.yml, apply.yml, drift.yml: opened, planned, merged, applied, watched", async () => {
    const text = shop.file(["a"]);
    const headSha = await github.commit("change", { "access.yaml": text });
    const pull = await github.open("change");
    const planned = await run("plan.yml", "plan", pullEvent(pull), headSha, text);
    planned.remove();
    expect([planned.code, planned.ran, planned.err]).toEqual([0, 1, ""]);
    expect((await github.comments(pull.number))[0]?.body).toContain("(access.yaml, production)");
    expect(await github.checks(headSha)).toMatchObject([{ name: "pgaccord plan (access.yaml, production)", conclusion: "success" }]);

    const before = await github.tip();
    const sha = await github.merge(pull.number);
    const applied = await run("apply.yml", "apply", pushEvent(before, sha), sha, text);
    applied.remove();
    expect([applied.code, applied.out]).toEqual([0, expect.stringContaining("Applied:")]);
    expect(await shop.reads("a", "app.a")).toBe(true);
    expect(github.proxy.deployments.all).toMatchObject([{ sha, environment: "production" }]);

    await shop.postgres.sql("GRANT INSERT ON app.a TO a", "shop");
    const watched = await run("drift.yml", "drift", scheduleEvent(), sha, text);
    watched.remove();
    expect(watched.code).toBe(0);
    expect((await github.owner.rest.issues.listForRepo({ ...github.at, labels: "pgaccord-drift" })).data).toHaveLength(1);

    // What somebody gave by hand is taken back without an approval.
    const repaired = await run("apply.yml", "apply", dispatchEvent(), sha, text);
    repaired.remove();
    expect(repaired.code).toBe(0);
    expect((await shop.postgres.sql("SELECT has_table_privilege('a', 'app.a', 'insert') AS held", "shop")).rows).toEqual([{ held: false }]);

    // A role without its mark may be another's: it is taken over by hand only.
    await shop.postgres.sql("COMMENT ON ROLE a IS NULL");
    const again = await run("apply.yml", "apply", dispatchEvent(), sha, text);
    again.remove();
    expect(again.code).toBe(3);
    const byHand = await run("apply.yml", "apply", dispatchEvent(), sha, text, { "inputs.digest": again.outputs["digest"] ?? "" });
    byHand.remove();
    expect(byHand.code).toBe(0);
  });

  it("fork-validate.yml, fork-post.yml: checked without credentials, posted by another run", async () => {
    const text = shop.file(["a"]).replace("select", "selct");
    const headSha = await github.commit("from-a-fork", { "access.yaml": text });
    const pull = await github.open("from-a-fork");
    const checked = await run("fork-validate.yml", "validate", pullEvent(pull, { fork: true }), headSha, text, { "github.token": "" });
    expect([checked.code, checked.ran]).toEqual([0, 1]);
    const result = checked.read("change/result.json");
    checked.remove();
    expect(JSON.parse(result).valid).toBe(false);
    const posted = await run("fork-post.yml", "post", workflowRunEvent(headSha, "acme", "from-a-fork"), headSha, text, {}, (job) => {
      mkdirSync(join(job.folder, "artefact"));
      writeFileSync(join(job.folder, "artefact/result.json"), result);
    });
    posted.remove();
    expect([posted.code, posted.err]).toEqual([0, ""]);
    expect((await github.comments(pull.number))[0]?.body).toContain("selct");
  });

  it("inputs are words, never a script", async () => {
    const sha = await github.tip();
    const hostile = await run("apply.yml", "apply", dispatchEvent(), sha, shop.file([]), {
      "inputs.digest": '"; touch pwned; echo "$(touch pwned)',
    });
    expect(() => hostile.read("pwned")).toThrow();
    hostile.remove();
  });
});
