import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileAt } from "../../src/github/files.js";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { type JobResult, prepareJob, scheduleEvent } from "../support/actions.js";
import { startGithub } from "../support/github.js";
import { majorsLeft } from "../support/majors.js";
import { type CliResult, createScene, runCli, type Scene } from "../support/scene.js";

const ACCESS = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8").replace(
  /^users:\n/m,
  "users:\n  # Asked for by the auditors.\n  auditor: { login: iam, member_of: [oltp_ro_role] } # who knows\n",
);

/** From what the servers wrote to a file that ends what nobody used, and to its end on both sides. */
// The demo, which every `npm test` runs, ends with logins, trail and review.
describe.skipIf(majorsLeft !== null)("review", () => {
  let world: DemoWorld;
  let scene: Scene;
  let folder = "";
  let began = "";

  const cli = (...args: readonly string[]): Promise<CliResult> => runCli(args, dirname(scene.file), world.env);
  const review = (...args: readonly string[]): Promise<CliResult> =>
    cli("review", "-f", "access.yaml", "--address", `demo=${world.address}`, "--evidence", folder, "--since", began, ...args);
  const verdicts = async (...args: readonly string[]): Promise<Record<string, string>> => {
    const { out } = await review("--no-trail", "--format", "json", ...args);
    const { verdicts: list } = JSON.parse(out) as { verdicts: { key: string; verdict: string }[] };
    return Object.fromEntries(list.map(({ key, verdict }) => [key, verdict]));
  };

  beforeAll(async () => {
    world = await startDemoWorld({ evidence: true });
    scene = createScene({ env: world.env, address: `demo=${world.address}` });
    folder = mkdtempSync(join(tmpdir(), "pgaccord-evidence-"));
    scene.write(
      ACCESS.replace(
        "[{ service: ec2.amazonaws.com }]\n    connect: [{ user: oltp_ro_user, clusters: [demo] }]",
        "[{ service: ec2.amazonaws.com }]\n    connect: [{ user: oltp_ro_user, clusters: [demo] }, { user: auditor, clusters: [demo] }]",
      ),
    );
    await scene.apply();
  });
  afterAll(async () => {
    scene?.remove();
    rmSync(folder, { recursive: true, force: true });
    await world?.stop();
  });

  it("proposes to end whom nobody saw, in a file that says so", async () => {
    // Came in before the window, and stays.
    const early = await world.postgres.connect({ user: "oltp_ro_user", database: "demo" });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    began = new Date().toISOString();
    const late = await world.postgres.connect({ user: "oltp_rw_user", database: "demo" });
    await late.end();
    const collected = await cli("evidence", "collect", "-f", "access.yaml", "--to", folder);
    expect(collected.code, collected.err).toBe(0);
    expect(await verdicts("--no-activity")).toMatchObject({ "login/oltp_ro_user/demo": "quiet", "login/oltp_rw_user/demo": "used" });
    expect(await verdicts()).toMatchObject({
      "login/oltp_ro_user/demo": "used",
      "door/iam-role/pgdemo-oltp-ro-role/oltp_ro_user/demo": "used",
      "login/auditor/demo": "quiet",
      "iam-role/pg-mgmt-role": "unknown",
    });
    await early.end();
    // No history says that it was there before: nothing is proposed.
    const young = await review();
    expect([young.code, young.out.includes("Nothing is proposed."), young.out.includes("age-not-known")]).toEqual([0, true, true]);
    const { code, err } = await review("--was", "access.yaml", "--edit");
    expect(code, err).toBe(0);
    const text = readFileSync(scene.file, "utf8");
    expect(text).toMatch(
      /^ {2}# Asked for by the auditors\.\n {2}auditor: \{ login: iam, member_of: \[oltp_ro_role\], expires: \d{4}-\d\d-\d\d \} # who knows$/m,
    );
    expect((await cli("validate", "-f", "access.yaml")).code).toBe(0);
  });

  it("keeps one pull request that says so, until somebody closes it: then it is kept", async () => {
    const text = readFileSync(scene.file, "utf8").replace(/, expires: \d{4}-\d\d-\d\d/, "");
    const github = await startGithub();
    try {
      const sha = await github.commit("main", { "access.yaml": text });
      const weekly = async (): Promise<JobResult> => {
        const job = prepareJob(github, scheduleEvent(), sha, { "access.yaml": text, CODEOWNERS: "access.yaml @acme/dba\n" });
        const git = (...args: readonly string[]): string =>
          execFileSync("git", ["-c", "user.name=ann", "-c", "user.email=ann@acme.example", ...args], {
            cwd: job.folder,
            encoding: "utf8",
            env: { ...process.env, GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z" },
          });
        git("init", "-q");
        git("add", "access.yaml");
        git("commit", "-qm", "access");
        const args = ["github", "review", "--evidence", folder, "--since", began, "--no-trail", "--no-activity"];
        const result = job.result(await runCli(args, job.folder, { ...world.env, ...job.env, GITHUB_WORKSPACE: job.folder }));
        job.remove();
        return result;
      };
      const first = await weekly();
      expect(first.code, first.err).toBe(0);
      const pulls = async () => (await github.owner.rest.pulls.list({ ...github.at, state: "all" })).data;
      const [pull] = await pulls();
      expect(pull?.body).toContain("@acme/dba");
      expect(pull?.body).toContain("auditor");
      const proposed = await fileAt(
        { octokit: github.owner, at: github.at } as Parameters<typeof fileAt>[0],
        pull?.head.sha ?? "",
        "access.yaml",
      );
      expect(proposed?.split("\n").filter((line, i) => line !== text.split("\n")[i])).toEqual([
        expect.stringMatching(/^ {2}auditor: \{ login: iam, member_of: \[oltp_ro_role\], expires: \d{4}-\d\d-\d\d \} # who knows$/),
      ]);
      expect((await weekly()).code).toBe(0);
      expect(await pulls()).toHaveLength(1);
      await github.owner.rest.pulls.update({ ...github.at, pull_number: pull?.number ?? 0, state: "closed" });
      const kept = await weekly();
      expect([kept.code, kept.outputs["proposals"], (await pulls()).length]).toEqual([0, "0", 1]);
    } finally {
      await github.stop();
    }
  });

  it("takes it out with its doors when its end has passed, and the apply ends it on both sides", async () => {
    scene.write(readFileSync(scene.file, "utf8").replace(/expires: \d{4}-\d\d-\d\d/, "expires: 2026-11-01"));
    const { code, err } = await review("--was", "access.yaml", "--edit");
    expect(code, err).toBe(0);
    const text = readFileSync(scene.file, "utf8");
    expect(text).not.toMatch(/auditor/i);
    expect(text).toContain("connect: [{ user: oltp_ro_user, clusters: [demo] }]");
    const plan = await scene.cli("plan", "--verbose", "--evidence", folder);
    expect(plan.out).toMatch(/What is taken from auditor on cluster demo: (no login of auditor|whether auditor)/);
    const digest = (out: string): string | undefined => /^Digest: .*$/m.exec(out)?.[0];
    expect(digest(plan.out)).toBe(digest((await scene.cli("plan")).out));
    await scene.apply();
    expect((await scene.plan()).changes).toEqual([]);
    expect((await world.postgres.sql("SELECT FROM pg_roles WHERE rolname = 'auditor'")).rowCount).toBe(0);
  });
});
