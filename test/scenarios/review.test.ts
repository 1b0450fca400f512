import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
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

  it("takes it out with its doors when its end has passed, and the apply ends it on both sides", async () => {
    scene.write(readFileSync(scene.file, "utf8").replace(/expires: \d{4}-\d\d-\d\d/, "expires: 2026-11-01"));
    const { code, err } = await review("--was", "access.yaml", "--edit");
    expect(code, err).toBe(0);
    const text = readFileSync(scene.file, "utf8");
    expect(text).not.toMatch(/auditor/i);
    expect(text).toContain("connect: [{ user: oltp_ro_user, clusters: [demo] }]");
    await scene.apply();
    expect((await scene.plan()).changes).toEqual([]);
    expect((await world.postgres.sql("SELECT FROM pg_roles WHERE rolname = 'auditor'")).rowCount).toBe(0);
  });
});
