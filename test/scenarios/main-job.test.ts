import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { doors, holdings } from "../support/holdings.js";
import { LOGGED_IN, logInThrough } from "../support/login.js";
import { endMajors } from "../support/majors.js";
import { createScene, type Scene } from "../support/scene.js";

/** The repository's own file, to the letter. */
const ACCESS = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8");

describe.each(endMajors)("the main job on PostgreSQL %i", (major) => {
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

  it("plans with exit 2, twice the same bytes", async () => {
    const first = await scene.cli("plan", "--detailed-exitcode", "--format", "json");
    const second = await scene.cli("plan", "--detailed-exitcode", "--format", "json");
    expect(first.err).toBe("");
    expect([first.code, second.code]).toEqual([2, 2]);
    expect(second.out).toBe(first.out);
    const text = await scene.cli("plan");
    expect(text.code).toBe(0);
    expect(text.out).toContain("+ oltp_ro_role gains select on 2 tables of pgdemo (pgdemo.*, access.yaml:30)");
    expect(text.out.split("\n").length).toBeLessThanOrEqual(50);
  });

  it("changes nothing by planning", async () => {
    expect([...(await doors(world.aws))]).toEqual([]);
    expect([...(await holdings(world.postgres, "demo"))].filter((h) => h.startsWith("oltp"))).toEqual([]);
  });

  it("applies, and the next plan is empty", async () => {
    const applied = await scene.cli("apply", "--yes");
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.out).toContain("Read again: nothing is left to do.");
    const plan = await scene.cli("plan", "--detailed-exitcode");
    expect(plan).toMatchObject({ code: 0, out: expect.stringContaining("No changes: the servers match the file.\n"), err: "" });
    // Before 15 everybody may create in the schema public: that is said on every plan.
    expect(plan.out.includes("[public-has-it]")).toBe(major < 15);
  });

  it("gave PostgreSQL's users what the file says, as PostgreSQL answers", async () => {
    const held = [...(await holdings(world.postgres, "demo"))];
    const of = (who: string): string[] => held.filter((h) => h.startsWith(`${who} `)).sort();
    const tables = ["pgdemo.orders", "pgdemo.products"];
    const on = (who: string, words: readonly string[]): string[] => tables.flatMap((t) => words.map((w) => `${who} ${w} on ${t}`));
    expect(of("oltp_ro_user")).toEqual(
      [
        ...on("oltp_ro_user", ["SELECT"]),
        "oltp_ro_user USAGE on schema pgdemo",
        "oltp_ro_user is member of oltp_ro_role",
        "oltp_ro_user is member of rds_iam",
        "oltp_ro_user may log in",
      ].sort(),
    );
    expect(of("oltp_rw_user")).toEqual(
      [
        ...on("oltp_rw_user", ["SELECT", "INSERT", "UPDATE", "DELETE"]),
        "oltp_rw_user USAGE on pgdemo.orders_id_seq",
        "oltp_rw_user USAGE on pgdemo.products_id_seq",
        "oltp_rw_user USAGE on schema pgdemo",
        "oltp_rw_user is member of oltp_rw_role",
        "oltp_rw_user is member of rds_iam",
        "oltp_rw_user may log in",
      ].sort(),
    );
    expect(of("pgmonitor")).toContain("pgmonitor is member of pg_monitor");
    expect(of("pgmonitor")).toContain("pgmonitor is member of rds_iam");
    expect(of("oltp_ro_role")).not.toContain("oltp_ro_role may log in");
  });

  it("made the doors in AWS, as the SDK answers", async () => {
    const arn = (user: string): string => `arn:aws:rds-db:us-east-2:111122223333:dbuser:${world.endpoint.resourceId}/${user}`;
    const ec2 = '{"Service":"ec2.amazonaws.com"}';
    expect([...(await doors(world.aws))].sort()).toEqual(
      [
        '{"AWS":"arn:aws:iam::444455556666:role/pg-mgmt-role"} may assume pg-monitor-role',
        `${ec2} may assume pgdemo-oltp-ro-role`,
        `${ec2} may assume pgdemo-oltp-rw-role`,
        "pg-monitor-role may rds-db:connect arn:aws:rds-db:us-east-2:111122223333:dbuser:*/pgmonitor",
        `pgdemo-oltp-ro-role may rds-db:connect ${arn("oltp_ro_user")}`,
        `pgdemo-oltp-rw-role may rds-db:connect ${arn("oltp_rw_user")}`,
        "profile pgdemo-db-access-profile has pgdemo-oltp-rw-role",
        "profile pgdemo-db-report-profile has pgdemo-oltp-ro-role",
      ].sort(),
    );
  });

  it("made doors that open: from an instance with the profile, as the user", async () => {
    expect(await logInThrough(world, "pgdemo-db-report-profile", "oltp_ro_user")).toBe(LOGGED_IN);
    expect(await logInThrough(world, "pgdemo-db-access-profile", "oltp_rw_user")).toBe(LOGGED_IN);
    expect(await logInThrough(world, "pgmonitor-access-profile", "pgmonitor")).toBe(LOGGED_IN);
  });

  it("leaves no membership of the admin behind", async () => {
    const { rows } = await world.postgres.sql(
      "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles a ON a.oid = m.member WHERE a.rolname = 'access_admin' AND m.grantor <> 10 ORDER BY 1",
    );
    expect(rows).toEqual([]);
  });
});
