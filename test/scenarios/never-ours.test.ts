import { CreateRoleCommand, GetRoleCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { iamOf } from "../support/holdings.js";
import { createScene, effectsOf, type Scene, titlesOf } from "../support/scene.js";

const MARK = "[pgaccord:acme/access/demo]";
const FILE = (more = ""): string => `version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters:
  demo:
    account: db
    rds: { cluster: demo-aurora }
    admin: { user: access_admin, auth: iam }
    reader: { user: access_reader, auth: iam }
    databases: { demo: {} }
defaults: { clusters: [demo] }
${more}
`;
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }],
});

/** A mark can be forged by any CREATEROLE on 13 to 15, and travels with copies and dumps: it must never be enough. */
describe("never ours, whatever mark it carries", () => {
  let world: DemoWorld;
  let scene: Scene;
  const LEFT = ["access_admin", "access_reader", "break_glass", "pg_monitor", "postgres", "rds_iam", "rdsadmin", "rdstopmgr"];
  beforeAll(async () => {
    world = await startDemoWorld({ major: 15 });
    scene = createScene({ env: world.env, address: `demo=${world.address}` });
    await world.postgres.sql(
      `CREATE ROLE access_reader LOGIN; CREATE ROLE break_glass LOGIN; CREATE ROLE rdstopmgr LOGIN; CREATE ROLE old_app LOGIN;
       COMMENT ON ROLE old_app IS 'made by us ${MARK}'; COMMENT ON ROLE break_glass IS 'sealed envelope ${MARK}'`,
    );
    for (const role of LEFT.filter((name) => name !== "break_glass")) await world.postgres.sql(`COMMENT ON ROLE ${role} IS '${MARK}'`);
  });
  afterAll(async () => {
    scene?.remove();
    await world?.stop();
  });

  it("orphan marks on the admin, the reader, the master user, roles of PostgreSQL and RDS, protected names: only the real orphan goes", async () => {
    scene.write(FILE("safety: { protect: [break_glass*] }"));
    const plan = await scene.plan();
    expect(titlesOf(plan)).toEqual(["delete user old_app"]);
    const left = plan.problems.filter((p) => p.code === "mark-left-alone");
    expect(left.map((p) => p.message.split(" ")[0]).sort()).toEqual(LEFT);
    expect(left.find((p) => p.message.startsWith("break_glass"))?.hint).toContain(`COMMENT ON ROLE "break_glass" IS 'sealed envelope';`);
    expect((await scene.apply()).status).toBe("applied");
    const { rows } = await world.postgres.sql(
      `SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname = ANY ('{${LEFT.join(",")},old_app}') ORDER BY 1`,
    );
    expect(rows.map((r: { rolname: string }) => r.rolname)).toEqual(LEFT);
    expect(rows.filter((r: { rolcanlogin: boolean }) => r.rolcanlogin).map((r: { rolname: string }) => r.rolname)).toEqual(
      LEFT.filter((name) => !["pg_monitor", "rds_iam"].includes(name)),
    );
  });

  it("an adopted mark is not released from them either, and the statement that is offered takes it off", async () => {
    await world.postgres.sql(`COMMENT ON ROLE access_reader IS '[pgaccord:acme/access/demo adopted]'`);
    scene.write(FILE("safety: { protect: [break_glass*] }"));
    const plan = await scene.plan();
    expect(titlesOf(plan)).toEqual([]);
    for (const { hint } of plan.problems.filter((p) => p.code === "mark-left-alone"))
      await world.postgres.sql(hint?.replace(/^.* run: /, "") ?? "");
    expect((await scene.plan()).problems.filter((p) => p.code === "mark-left-alone")).toEqual([]);
  });

  it("they are not evicted from a declared role, and a stranger is", async () => {
    await world.postgres.sql(
      "CREATE ROLE team; CREATE ROLE stranger; GRANT team TO access_admin, access_reader, postgres, break_glass, rdstopmgr, stranger",
    );
    scene.write(FILE("safety: { protect: [break_glass*] }\nroles: { team: {} }"));
    expect(effectsOf(await scene.plan())).toEqual(["stranger loses membership in role team"]);
  });

  it("adopting a group counts what its members lose: it is refused until it is allowed", async () => {
    const refused = await scene.cli("apply", "--yes");
    expect(refused.code).toBe(3);
    expect(refused.err).toContain("Adopting team would take 1 right from it and its members that the file does not give. [adopt-narrows]");
    expect((await scene.cli("apply", "--yes", "--allow", "adopt-narrows")).code).toBe(0);
  });

  it("an IAM role with a protected name and our tag is not deleted", async () => {
    const iam = iamOf(world.aws);
    await iam.send(
      new CreateRoleCommand({
        RoleName: "break_glass_role",
        AssumeRolePolicyDocument: TRUST,
        Tags: [
          { Key: "pgaccord:owner", Value: "acme/access" },
          { Key: "pgaccord:origin", Value: "created" },
        ],
      }),
    );
    scene.write(FILE("safety: { protect: [break_glass*] }\nroles: { team: {} }"));
    expect(titlesOf(await scene.plan())).toEqual([]);
    scene.write(FILE("roles: { team: {} }"));
    expect(titlesOf(await scene.plan())).toContain("delete IAM role break_glass_role");
    expect((await iam.send(new GetRoleCommand({ RoleName: "break_glass_role" }))).Role?.RoleName).toBe("break_glass_role");
    iam.destroy();
  });
});
