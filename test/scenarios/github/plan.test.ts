import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseAccess } from "../../../src/config/parse-access.js";
import { syncComments } from "../../../src/github/comments.js";
import { marksOf } from "../../../src/github/mark.js";
import { buildPlan, createWorld } from "../../../src/index.js";
import { readRecord } from "../../../src/plan/approval-record.js";
import { sha256 } from "../../../src/reconcile.js";
import { renderReview } from "../../../src/report/review.js";
import type { LocalPostgres } from "../../../src/sandbox/local-postgres.js";
import { type EventFile, type JobResult, mergeGroupEvent, pullEvent, runJob } from "../../support/actions.js";
import { type Github, type Pull, startGithub } from "../../support/github.js";
import { type Shop, startShop } from "../../support/shop.js";

let shop: Shop;
let postgres: LocalPostgres;
let file: Shop["file"];
let github: Github;
beforeAll(async () => {
  shop = await startShop();
  ({ postgres, file } = shop);
});
afterAll(async () => {
  await shop?.stop();
});
beforeEach(async () => {
  github = await startGithub();
});
afterEach(async () => {
  await github?.stop();
});

const longRoles = (count: number): string => {
  const grants = Array.from({ length: 40 }, (_, i) => `s${i}: [usage]`).join(", ");
  const names = Array.from({ length: count }, (_, i) => `role_with_a_rather_long_name_number_${i}`);
  return names.map((n) => `  ${n}: { grants: { shop: { schemas: { ${grants} } } } }`).join("\n");
};

/** The base branch has one role; the pull request changes the file. */
async function propose(text: string, base = file(["old"])): Promise<Pull> {
  await github.commit("main", { "access.yaml": base });
  await github.commit("change", { "access.yaml": text });
  return await github.open("change");
}
const bindingOf = ({ number, base, headSha }: Pull) => ({ pull: number, base, headSha });
const NOTHING = { digest: null, ids: [], net: [] };
const plan = (pull: Pull, text: string, env: Record<string, string> = {}, more: object = {}): Promise<JobResult> =>
  runJob(github, { event: pullEvent(pull, more), sha: pull.headSha, files: { "access.yaml": text }, args: ["plan"], env });

describe("github plan", () => {
  it("writes one comment, a check with what is approved, annotations, a summary and outputs", async () => {
    const text = file(["old", "new"]);
    const pull = await propose(text);
    const result = await plan(pull, text);
    expect(result).toMatchObject({ code: 0, err: "" });
    const [comment, ...others] = await github.comments(pull.number);
    expect(others).toEqual([]);
    expect(comment?.login).toBe("github-actions[bot]");
    expect(comment?.body).toMatch(/^<!-- pgaccord plan [0-9a-f]{24} part 1 -->\n## pgaccord plan \(access.yaml\)\n/);
    expect(comment?.body).toContain("- new gains select on 2 tables of app");
    expect(comment?.body.indexOf("**Gains**")).toBeLessThan(comment?.body.indexOf("**Created and changed**") ?? 0);
    expect(comment?.body.match(/^### .*/gm)).toEqual(["### Cluster main"]);
    expect(result.summary).toContain(comment?.body.trim());
    const [check] = await github.checks(pull.headSha);
    expect(check).toMatchObject({ name: "pgaccord plan (access.yaml)", conclusion: "success" });
    const record = readRecord(check?.text ?? "", bindingOf(pull));
    expect(record).toEqual({ digest: result.outputs["digest"], ids: expect.any(Array), net: expect.any(Array) });
    expect(comment?.body).toContain(`Digest \`${record?.digest}\``);
    expect(result.outputs).toMatchObject({ changes: "6", gains: "8", loses: "0", destroys: "0" });
    const annotations = await github.owner.rest.checks.listAnnotations({ ...github.at, check_run_id: check?.id ?? 0 });
    const notes =
      (annotations.data as unknown as { check_annotations?: { start_line: number; message: string }[] }).check_annotations ??
      annotations.data;
    expect(notes.map((n) => `${n.start_line}: ${n.message}`)).toEqual([
      expect.stringMatching(/^12: new gains usage on schema app[\s\S]*new gains select on 2 tables of app/),
    ]);
  });

  it("changes the same comment when the branch moves on, and says no change in one line", async () => {
    const first = file(["old", "new"]);
    const pull = await propose(first);
    await plan(pull, first);
    const [before] = await github.comments(pull.number);
    const second = file(["old", "other"]);
    const headSha = await github.commit("change", { "access.yaml": second });
    await plan({ ...pull, headSha }, second);
    const [after, ...others] = await github.comments(pull.number);
    expect([after?.id, others]).toEqual([before?.id, []]);
    expect(after?.body).toContain("other gains");
    expect(after?.body).not.toContain("new gains");
    expect((await github.checks(headSha)).map((c) => c.name)).toEqual(["pgaccord plan (access.yaml)"]);
    const empty = `${file([]).replace("roles:\n", "roles: {}\n")}`;
    await plan({ ...pull, headSha }, empty);
    const [last] = await github.comments(pull.number);
    expect(last?.body.split("\n").filter((l) => l !== "")).toEqual([
      expect.stringMatching(/^<!-- pgaccord plan /),
      "pgaccord plan (access.yaml): No changes: the servers match the file.",
    ]);
  });

  it("finds its comment behind 300 others, and never touches a forged one", async () => {
    const text = file(["old", "new"]);
    const pull = await propose(text);
    for (let i = 0; i < 300; i++)
      await github.bot.rest.issues.createComment({ ...github.at, issue_number: pull.number, body: `noise ${i}` });
    await plan(pull, text);
    const mine = (await github.comments(pull.number)).at(-1);
    const mark = mine?.body.split("\n")[0] ?? "";
    const forged = await github.owner.rest.issues.createComment({ ...github.at, issue_number: pull.number, body: `${mark}\nAll is well.` });
    const quoted = await github.bot.rest.issues.createComment({ ...github.at, issue_number: pull.number, body: `> ${mark}\nquoted` });
    await plan(pull, file(["old", "other"]));
    const after = await github.comments(pull.number);
    expect(after).toHaveLength(303);
    expect(after.find((c) => c.id === mine?.id)?.body).toContain("other gains");
    expect(after.find((c) => c.id === forged.data.id)?.body).toContain("All is well.");
    expect(after.find((c) => c.id === quoted.data.id)?.body).toContain("quoted");
  });

  it("splits a long plan into parts, and takes back what is surplus", async () => {
    for (let i = 0; i < 40; i++) await postgres.sql(`CREATE SCHEMA IF NOT EXISTS s${i}`, "shop");
    const text = file(["old"]).replace("roles:\n", `roles:\n${longRoles(30)}\n`);
    const pull = await propose(text);
    expect(await plan(pull, text)).toMatchObject({ code: 0, err: "" });
    const parts = await github.comments(pull.number);
    expect(parts.length).toBeGreaterThan(2);
    expect(Math.max(...parts.map((p) => Buffer.byteLength(p.body)))).toBeLessThanOrEqual(60_000);
    expect(parts.at(-1)?.body).toContain(`Part ${parts.length} of ${parts.length}`);
    const last = "role_with_a_rather_long_name_number_29 gains usage on schema s39".replaceAll("_", "&#95;");
    expect(parts.some((p) => p.body.includes(last))).toBe(true);
    await plan(pull, file(["old", "new"]));
    const [only, ...others] = await github.comments(pull.number);
    expect([only?.id, others]).toEqual([parts[0]?.id, []]);
  });

  it("does the same with a plan of 1 MB, none of its parts over the limit", async () => {
    const text = file(["old"]).replace("roles:\n", `roles:\n${longRoles(300)}\n`);
    const pull = await propose("# the server's plan is used directly\n");
    const declared = parseAccess(text, "access.yaml").declared;
    if (!declared) throw new Error("broken");
    const snapshot = await createWorld({ declared, env: {} }).inspect();
    const marks = marksOf("plan", { file: "access.yaml", environment: "" }, sha256);
    const whole = renderReview(buildPlan({ declared, snapshot, now: new Date() }), { title: "plan", detail: "full", markOf: marks });
    expect(whole.reduce((n, p) => n + Buffer.byteLength(p), 0)).toBeGreaterThan(1_000_000);
    // Without octokit's pauses between writes, which take a minute here.
    const quick = { octokit: github.bot, at: github.at };
    await syncComments(quick, pull.number, marks, whole);
    const parts = await github.comments(pull.number);
    expect(parts.map((p) => p.body.trim())).toEqual(whole.map((w) => w.trim()));
    expect(Math.max(...parts.map((p) => Math.max(p.body.length, Buffer.byteLength(p.body))))).toBeLessThanOrEqual(60_000);
    expect(parts.map((p) => p.body.split("\n")[0])).toEqual(parts.map((_, i) => expect.stringMatching(new RegExp(` part ${i + 1} -->$`))));
    await syncComments(
      quick,
      pull.number,
      marks,
      ["small"].map((s) => `${marks(1)}\n${s}`),
    );
    expect((await github.comments(pull.number)).map((c) => c.id)).toEqual([parts[0]?.id]);
  });

  it("an error in the file: its line in the comment and at the check, and a failing exit", async () => {
    const text = file(["old"]).replace("tables: { app.*: [select] }", "tables: { app.*: [selct] }");
    const pull = await propose(text);
    const result = await plan(pull, text);
    expect(result.code).toBe(1);
    expect((await github.comments(pull.number))[0]?.body).toMatch(/<code>access&#46;yaml|access\.yaml.*11.*unknown|access/);
    expect((await github.comments(pull.number))[0]?.body).toContain("selct");
    const [check] = await github.checks(pull.headSha);
    expect(check).toMatchObject({ conclusion: "failure", title: "The file has errors" });
    expect(readRecord(check?.text ?? "", bindingOf(pull))).toEqual(NOTHING);
  });

  it("a server that cannot be read fails, and approves nothing", async () => {
    const base = file(["old"]).replace(`127.0.0.1:${postgres.port}`, "127.0.0.1:1");
    const text = base.replace("old:", "new:");
    const pull = await propose(text, base);
    const result = await plan(pull, text);
    expect(result.code).toBe(1);
    expect(result.summary).toContain("Cannot connect to cluster main");
    const [check] = await github.checks(pull.headSha);
    expect(check).toMatchObject({ conclusion: "failure", title: "The plan is incomplete" });
    expect(readRecord(check?.text ?? "", bindingOf(pull))).toEqual(NOTHING);
  });

  it("runs for a merge queue, too: a check that approves nothing, and no comment", async () => {
    const text = file(["old", "new"]);
    const pull = await propose(text);
    const event = mergeGroupEvent(pull.headSha, pull.baseSha);
    const result = await runJob(github, { event, sha: pull.headSha, files: { "access.yaml": text }, args: ["plan"] });
    expect(result).toMatchObject({ code: 0, err: "" });
    expect(await github.comments(pull.number)).toEqual([]);
    expect(await github.checks(pull.headSha)).toMatchObject([{ conclusion: "success", text: "" }]);
  });

  it("a change that leaves the file and its certificates alone passes at once, without a server; one of a certificate counts", async () => {
    const pem = (text: string): string => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
    const text = file(["old"])
      .replace(`127.0.0.1:${postgres.port}`, "127.0.0.1:1")
      .replace("    databases:", "    tls: { mode: verify-full, ca: ca.pem }\n    databases:");
    await github.commit("main", { "access.yaml": text, "ca.pem": pem("one") });
    const headSha = await github.commit("change", { "README.md": "hello" });
    const pull = await github.open("change");
    const run = (event: EventFile, files: Record<string, string>): Promise<JobResult> =>
      runJob(github, { event, sha: headSha, files: { "access.yaml": text, "ca.pem": pem("one"), ...files }, args: ["plan"] });
    const changed = await run(pullEvent(pull), { "ca.pem": pem("two") });
    expect(changed.code).toBe(1);
    expect((await github.comments(pull.number))[0]?.body).toContain("**connection-changed**");
    for (const event of [pullEvent(pull), mergeGroupEvent(headSha, pull.baseSha)]) {
      const result = await run(event, {});
      expect(result).toMatchObject({ code: 0, err: "", outputs: { changes: "0", gains: "0", verdict: "neutral", digest: "" } });
      expect(result.summary).toContain("there is nothing to plan.");
      const check = (await github.checks(headSha)).sort((a, b) => b.id - a.id)[0];
      expect(check).toMatchObject({
        name: "pgaccord plan (access.yaml)",
        conclusion: "success",
        title: expect.stringContaining("nothing to plan"),
      });
      if (event.name === "pull_request") expect(readRecord(check?.text ?? "", bindingOf(pull))).toEqual(NOTHING);
      else expect(check?.text).toBe("");
    }
    expect(await github.comments(pull.number)).toEqual([]);
    expect((await run(pullEvent(pull), { "access.yaml": `${text}# more\n` })).code).toBe(1);
    // An event may be behind its base: what puts the older file back is a change.
    await github.commit("main", { "access.yaml": `${text}# newer\n` });
    expect((await run(pullEvent(pull), {})).code).toBe(1);
  });

  it("an absolute certificate is read from the runner only where the base branch names it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pgaccord-runner-"));
    const ca = join(folder, "ca.pem");
    writeFileSync(ca, "no certificate");
    const withCa = (more: string): string => file(["old"]).replace("    databases:", `${more}    databases:`);
    const named = withCa(`    tls: { mode: verify-full, ca: ${ca} }\n`);
    const first = await propose(named);
    // What is not read cannot be told to be wrong.
    expect([(await plan(first, named)).code, (await github.comments(first.number))[0]?.body]).toEqual([
      0,
      expect.stringContaining("**connection-changed**"),
    ]);
    await github.commit("main", { "access.yaml": named });
    await github.commit("second", { "access.yaml": `${named}# more\n` });
    const merged = await github.open("second");
    expect((await plan({ ...merged, baseSha: await github.tip() }, `${named}# more\n`)).code).toBe(1);
    expect((await github.comments(merged.number))[0]?.body).toContain("it holds no certificate");
    rmSync(folder, { recursive: true });
  });

  it("environments have comments and checks of their own", async () => {
    const text = file(["old", "new"]);
    const pull = await propose(text);
    for (const name of ["staging", "production"]) {
      const args = ["plan", "--environment", name];
      await runJob(github, { event: pullEvent(pull), sha: pull.headSha, files: { "access.yaml": text }, args });
    }
    expect(await github.comments(pull.number)).toHaveLength(2);
    expect((await github.checks(pull.headSha)).map((c) => c.name).sort()).toEqual([
      "pgaccord plan (access.yaml, production)",
      "pgaccord plan (access.yaml, staging)",
    ]);
  });
});

describe("github plan when GitHub does not play along", () => {
  it.each([
    [
      "a secondary rate limit",
      { status: 403, headers: { "retry-after": "1" }, body: '{"message":"You have exceeded a secondary rate limit."}' },
    ],
    ["502", { status: 502, body: "<html>bad gateway</html>" }],
  ])("%s is waited out", async (_, reply) => {
    const text = file(["old", "new"]);
    const pull = await propose(text);
    github.proxy.fail(/^POST .*\/comments$/, reply, 1);
    const result = await plan(pull, text);
    expect(result.code).toBe(0);
    expect(await github.comments(pull.number)).toHaveLength(1);
  });

  it.each([
    ["without rights", { status: 403, body: '{"message":"Resource not accessible by integration"}' }, "[github-not-permitted]"],
    ["that was refused", { status: 401, body: '{"message":"Bad credentials"}' }, "[github-token-refused]"],
  ])("a token %s: one clear message, and the plan is still in the summary", async (_, reply, code) => {
    const text = file(["old", "new"]);
    const pull = await propose(text);
    github.proxy.fail(/^(POST|PATCH) .*\/(comments|check-runs)/, reply, 10);
    const result = await plan(pull, text);
    expect(result.code).toBe(1);
    expect(result.err.match(/^error: Writing the (comment|check) did not work\. GitHub answered 40\d/gm)).toHaveLength(2);
    expect(result.err).toContain(code);
    expect(result.err).not.toMatch(/^\s+at /m);
    expect(result.err + result.out).not.toContain(github.token);
    expect(result.summary).toContain("new gains select on 2 tables of app");
  });

  it("no token at all is said before anything is read", async () => {
    const text = file(["old", "new"]);
    const pull = await propose(text);
    const result = await plan(pull, text, { GITHUB_TOKEN: "" });
    expect([result.code, result.err]).toEqual([1, expect.stringContaining("GITHUB_TOKEN is not set. [github-token]")]);
  });
});

describe("a pull request that is after something", () => {
  /** A server that counts who comes. */
  const trap = async (): Promise<{ port: number; visits: () => number; close: () => void }> => {
    let visits = 0;
    const server = createServer((socket) => {
      visits++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    return { port: typeof address === "object" && address ? address.port : 0, visits: () => visits, close: () => server.close() };
  };

  it.each([
    ["address", (t: string, port: number) => t.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`)],
    [
      "a variable",
      (t: string, port: number) =>
        t
          .replace("reader: { user: access_reader, auth: none }", `reader: { user: access_reader, password_env: DEPLOY_SECRET }`)
          .replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`),
    ],
    [
      "a new cluster",
      (t: string, port: number) =>
        t.replace(
          "clusters:\n",
          `clusters:\n  evil: { address: "127.0.0.1:${port}", admin: { user: x, password_env: DEPLOY_SECRET }, databases: { a: {} } }\n`,
        ),
    ],
  ])("%s elsewhere: nothing is sent there, nothing of it approved, and it stands on top", async (where, change) => {
    const evil = await trap();
    const text = change(file(["old", "new"]), evil.port);
    const pull = await propose(text);
    const result = await plan(pull, text, { DEPLOY_SECRET: "s3cr3t-value" });
    evil.close();
    expect(evil.visits()).toBe(0);
    expect(result.code).toBe(0);
    const body = (await github.comments(pull.number))[0]?.body ?? "";
    expect(body).toContain("**connection-changed**");
    expect(body.indexOf("connection-changed")).toBeLessThan(body.indexOf("**Gains**"));
    const [check] = await github.checks(pull.headSha);
    expect(check).toMatchObject({ conclusion: "neutral" });
    // What is on a cluster that stays where it is can be approved, but not the plan as a whole.
    const record = readRecord(check?.text ?? "", bindingOf(pull));
    expect([record?.digest, record?.ids?.length]).toEqual([null, where === "a new cluster" ? expect.any(Number) : 0]);
    expect(record?.ids?.length === 0).toBe(where !== "a new cluster");
    expect(body).toContain("After the merge, review the plan and run `github apply --digest`.");
    expect(body).not.toContain("exactly this is applied");
    expect(JSON.stringify([body, result])).not.toContain("s3cr3t-value");
  });

  it("a tunnel for a cluster that is new is no mistake, one for a cluster that is nowhere is", async () => {
    const text = file(["old"], "", "  next: { address: db.example:5432, admin: { user: x, auth: none }, databases: { a: {} } }\n");
    const pull = await propose(text);
    const run = (address: string): Promise<JobResult> =>
      runJob(github, { event: pullEvent(pull), sha: pull.headSha, files: { "access.yaml": text }, args: ["plan", "--address", address] });
    expect((await run("next=127.0.0.1:1")).code).toBe(0);
    expect(await run("nowhere=127.0.0.1:1")).toMatchObject({ code: 1, err: expect.stringContaining("[no-such-target]") });
  });

  it("its own relaxed safety does not let it pass", async () => {
    const base = file(
      Array.from({ length: 20 }, (_, i) => `r${i}`),
      "safety: { protect: [r1*] }",
    );
    const applied = await startWith(base, "--allow", "protected-name");
    const text = file(
      Array.from({ length: 12 }, (_, i) => `r${i + 8}`),
      "safety: { max_deletions: 100%, protect: [] }",
    );
    const pull = await propose(text, base);
    const result = await plan(pull, text);
    expect(applied).toBe(0);
    expect(result.code).toBe(3);
    const body = (await github.comments(pull.number))[0]?.body ?? "";
    for (const code of ["safety-changed", "mass-delete"]) expect(body).toContain(`**${code}**`);
    expect(body).toContain("named by safety.protect: it is left alone");
    expect(await github.checks(pull.headSha)).toMatchObject([
      { conclusion: "failure", title: expect.stringContaining("Refused by mass-delete") },
    ]);
    await startWith(file(["old"]), "--allow", "mass-delete", "--allow", "mass-revoke", "--allow", "protected-name");
    await postgres.sql("DROP OWNED BY old", "shop");
    await postgres.sql("DROP ROLE old");
  });

  it("hostile names break out of nothing", async () => {
    const names = [
      "@octocat",
      "`x` ```",
      "</details><img src=x>",
      "<!-- pgaccord plan",
      "::error::boom",
      "##[error]boom",
      "a\\nb",
      "[x](https://evil.example)",
      "acme/access#1",
    ];
    const text = file(["old"]).replace(
      "roles:\n",
      `roles:\n${names.map((n) => `  ${JSON.stringify(n.replace("\\n", "_"))}: { grants: { shop: { database: [connect] } } }`).join("\n")}\n`,
    );
    const pull = await propose(text);
    const result = await plan(pull, text);
    const body = (await github.comments(pull.number))[0]?.body ?? "";
    const visible = body.replace(/&#\d+;/g, "").replace(/(`+)[^\n]*?\1(?!`)/g, "");
    expect(visible).not.toMatch(/@octocat|```|<img|\[x\]\(https|acme\/access#1/);
    expect(body.match(/<!--/g)).toHaveLength(1);
    expect(body.match(/<details/g)?.length).toBe(body.match(/<\/details>/g)?.length);
    const [, stop = "", inside = ""] = /^::stop-commands::(\S+)\n([\s\S]*)\n::\1::\n$/.exec(result.out) ?? [];
    expect(stop).toMatch(/^[0-9a-f-]{36}$/);
    expect(inside).toContain("::error::boom");
  });

  it("in a public repository only numbers are shown, until the base branch says otherwise", async () => {
    const text = file(["old", "new"], "github: { detail: full }");
    const pull = await propose(text);
    const shown = await plan(pull, text, {}, { isPrivate: false });
    const body = (await github.comments(pull.number))[0]?.body ?? "";
    expect(body).toMatch(/^\d+ to create/m);
    for (const place of [body, shown.out, shown.summary, JSON.stringify(await github.checks(pull.headSha))])
      expect(place).not.toMatch(/\bnew\b/);
    const merged = await propose2(text);
    await plan(merged, `${text}\n# again\n`, {}, { isPrivate: false });
    expect((await github.comments(merged.number))[0]?.body).toContain("new gains");
  });

  it("a fork's is checked, and no server is read, nothing written", async () => {
    const text = file(["old", "new"]);
    const pull = await propose(text);
    github.proxy.calls.length = 0;
    const result = await plan(pull, text, { GITHUB_TOKEN: "" }, { fork: true });
    expect([result.code, result.out]).toEqual([0, expect.stringContaining("access.yaml is valid")]);
    expect(github.proxy.calls).toEqual([]);
  });
});

/** The same file on main already; another pull request. */
async function propose2(text: string): Promise<Pull> {
  await github.commit("main", { "access.yaml": text });
  await github.commit("second", { "access.yaml": `${text}\n# again\n` });
  return await github.open("second");
}

/** Applies outside GitHub. */
async function startWith(text: string, ...args: readonly string[]): Promise<number> {
  const { createScene } = await import("../../support/scene.js");
  const scene = createScene();
  scene.write(text);
  const { code } = await scene.cli("apply", "--yes", ...args);
  scene.remove();
  return code;
}
