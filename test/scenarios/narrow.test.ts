import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { doors, holdings } from "../support/holdings.js";
import { usualMajor } from "../support/majors.js";
import { ONE_ACCOUNT } from "../support/one-account.js";
import { createScene, type Scene } from "../support/scene.js";

const ACCESS = ONE_ACCOUNT;

/** `--cluster` and `--account` limit what is written, never what a document holds. */
describe.each(usualMajor)("a narrowed run on PostgreSQL %i", (major) => {
  let world: DemoWorld;
  let scene: Scene;
  beforeAll(async () => {
    world = await startDemoWorld({ major });
    scene = createScene({ env: world.env, address: `demo=${world.address}` });
    scene.write(ACCESS);
  });
  afterAll(async () => {
    scene?.remove();
    await world?.stop();
  });
  const roles = async (): Promise<string[]> => [...(await holdings(world.postgres, "demo"))].filter((h) => /^(oltp|pgmonitor)/.test(h));

  it("writes to the account only, with whole documents", async () => {
    const applied = await scene.cli("apply", "--yes", "--account", "d*");
    expect([applied.code, applied.out]).toEqual([0, expect.stringContaining("AWS account db")]);
    expect(applied.out).not.toContain("create role");
    expect(await roles()).toEqual([]);
    const open = [...(await doors(world.aws))].join("\n");
    expect(open).toContain("/oltp_ro_user");
    expect(open).toContain("/oltp_rw_user");
    const again = await scene.cli("plan", "--account", "db", "--detailed-exitcode");
    expect(again).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^(warning: .*\[public-has-it\]\n.*\n\n)?No changes in what was selected\.\n$/),
    });
  });

  it("has a digest of its own, and its saved plan is applied as narrow as it was made", async () => {
    const out = join(world.postgres.socketDir, "narrow.plan");
    expect((await scene.cli("plan", "--cluster", "demo", "--out", out)).code).toBe(0);
    expect(JSON.parse(readFileSync(out, "utf8")).scope).toEqual({ cluster: ["demo"] });
    const other = await scene.cli("apply", out, "--yes", "--account", "db");
    expect([other.code, other.err]).toEqual([3, expect.stringContaining("[plan-made-otherwise]")]);
    const same = await scene.cli("apply", out, "--yes");
    expect([same.code, same.err]).toEqual([0, expect.stringContaining("with --cluster demo")]);
    expect((await scene.cli("plan", "--detailed-exitcode")).code).toBe(0);
  });

  it("deletes nothing, on either side", async () => {
    scene.write(ACCESS.slice(0, ACCESS.indexOf("roles:")));
    for (const narrow of [
      ["--cluster", "demo"],
      ["--account", "db"],
    ]) {
      const plan = JSON.parse((await scene.cli("plan", "--format", "json", ...narrow)).out);
      expect(plan.changes.filter((c: { op: string }) => c.op === "delete")).toEqual([]);
    }
    expect(JSON.parse((await scene.cli("plan", "--format", "json")).out).counts.delete).toBeGreaterThan(10);
    scene.write(ACCESS);
  });

  it("says what a pattern that names nothing could have named", async () => {
    for (const [option, says] of [
      ["--cluster", /--cluster x\* matches no cluster of the file\. \[no-such-target\]\n +It has: demo\./],
      ["--account", /--account x\* matches no account of the file\. \[no-such-target\]\n +It has: db\./],
    ] as const) {
      const result = await scene.cli("plan", option, "x*");
      expect([result.code, result.err]).toEqual([1, expect.stringMatching(says)]);
    }
  });
});
