import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/plan.js";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { holdings } from "../support/holdings.js";
import { majors } from "../support/majors.js";
import { createScene, effectsOf, type Scene, titlesOf } from "../support/scene.js";

/** Up to 14 everybody may create in the schema public, which is said on every plan. */
const others = (problems: Plan["problems"]): Plan["problems"] => problems.filter((p) => p.code !== "public-has-it");

const file = (admin: string, more: string): string => `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:1
    admin: { user: ${admin}, auth: none }
    databases: { shop: { creators: [app] } }
defaults: { clusters: [main] }
${more}`;

const ROLES = `roles:
  ro: { grants: { shop: { schemas: { s: [usage] }, tables: { s.*: [select] }, routines: { s.*: [execute] }, database: [connect] } } }
  rw: { grants: { shop: { schemas: { s: [usage, create] }, tables: { s.*: [all] }, sequences: { s.*: [all] } } }, member_of: [ro] }
users:
  ann: { member_of: [{ role: ro, admin: true }] }
  bob: { member_of: [rw, pg_monitor] }
`;

describe.each(majors)("an admin on PostgreSQL %i", (major) => {
  let postgres: LocalPostgres;
  let scene: Scene;
  beforeAll(async () => {
    postgres = await startPostgres({ major, hba: ["host all +rds_iam 127.0.0.1/32 reject"] });
    await postgres.sql("CREATE ROLE limited LOGIN CREATEROLE; CREATE ROLE app; CREATE ROLE other_owner");
    await postgres.sql("CREATE DATABASE shop OWNER app");
    await postgres.sql(
      `SET ROLE app; CREATE SCHEMA s; CREATE TABLE s.t (id serial); CREATE VIEW s.v AS SELECT 1 AS one; CREATE MATERIALIZED VIEW s.m AS SELECT 1 AS one;
       CREATE TABLE s.p (id integer) PARTITION BY RANGE (id); CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES FROM (1) TO (2);
       CREATE FUNCTION s.f(integer, s.t) RETURNS integer LANGUAGE sql AS 'SELECT $1'; CREATE PROCEDURE s.proc(INOUT a integer) LANGUAGE sql AS 'SELECT 1'`,
      "shop",
    );
    scene = createScene({ address: `main=127.0.0.1:${postgres.port}` });
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.stop();
  });
  const clear = async (): Promise<void> => {
    scene.write(file("postgres", ""));
    await scene.apply();
  };

  it("that is a superuser does it all", async () => {
    scene.write(file("postgres", ROLES));
    expect(await scene.apply()).toMatchObject({ status: "applied" });
    expect((await scene.plan()).changes).toEqual([]);
    const held = await holdings(postgres, "shop");
    for (const t of ["s.t", "s.v", "s.m", "s.p", "s.p1"]) expect(held).toContain(`bob SELECT on ${t}`);
    expect(held).toContain("bob UPDATE on s.t_id_seq");
    await clear();
  });

  it("that may not act for the owner is told once what the master must run, and then does it", async () => {
    scene.write(file("limited", ROLES));
    if (major < 16) {
      // CREATEROLE was enough for that before 16.
      expect(await scene.apply()).toMatchObject({ status: "applied" });
    } else {
      const plan = await scene.plan();
      expect([...new Set(plan.residue.map(({ problem }) => problem.code))]).toEqual(["cannot-act-as"]);
      expect(plan.residue.every(({ problem }) => problem.hint?.includes('run once: GRANT "app" TO "limited";'))).toBe(true);
      expect(plan.problems.filter((p) => p.severity === "error").map((p) => [p.code, p.hint])).toEqual([
        ["membership-not-grantable", 'Let a superuser run once: GRANT "pg_monitor" TO "bob" WITH ADMIN FALSE, INHERIT TRUE, SET TRUE;'],
      ]);
      await expect(scene.apply()).rejects.toThrow("may not make bob a member of pg_monitor");
      // ADMIN alone, without SET, makes the admin grant itself for a moment.
      await postgres.sql("GRANT app TO limited WITH ADMIN TRUE, INHERIT FALSE, SET FALSE; GRANT pg_monitor TO limited WITH ADMIN OPTION");
      expect(await scene.apply()).toMatchObject({ status: "applied" });
    }
    expect((await scene.plan()).changes).toEqual([]);
    const { rows } = await postgres.sql(
      "SELECT r.rolname AS role, to_jsonb(m) ->> 'set_option' AS set FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles a ON a.oid = m.member WHERE a.rolname = 'limited' AND r.rolname = 'app'",
    );
    // The self-grant left nothing behind.
    expect(rows).toEqual(major < 16 ? [] : [{ role: "app", set: "false" }]);
    expect(await holdings(postgres, "shop")).toContain("bob DELETE on s.t");
    const { rows: grantors } = await postgres.sql(
      "SELECT DISTINCT pg_get_userbyid(a.grantor) AS g FROM pg_class c, aclexplode(c.relacl) a WHERE c.relname = 't'",
      "shop",
    );
    expect(grantors).toEqual([{ g: "app" }]);
  });

  it("adopts a role that is there only when nothing is taken from it, or when told so", async () => {
    scene.write(file("postgres", `${ROLES}  old_user: { member_of: [ro] }\n`));
    await postgres.sql("CREATE ROLE old_user LOGIN; COMMENT ON ROLE old_user IS 'weekly reports'; GRANT INSERT ON s.t TO old_user", "shop");
    const plan = await scene.plan();
    expect(titlesOf(plan)).toContain("adopt user old_user");
    expect(effectsOf(plan)).toContain("old_user loses insert on table s.t");
    const refused = await scene.cli("apply", "--yes");
    expect(refused.code).toBe(3);
    expect(refused.err).toContain(
      "Adopting old_user would take 1 right from it and its members that the file does not give. [adopt-narrows]",
    );
    expect(await scene.cli("apply", "--yes", "--allow", "adopt-narrows")).toMatchObject({ code: 0 });
    const comment = async (): Promise<unknown> =>
      (await postgres.sql("SELECT shobj_description('old_user'::regrole, 'pg_authid') AS c")).rows[0].c;
    expect(await comment()).toBe("weekly reports [pgaccord:acme/access/main adopted]");
    scene.write(file("postgres", ROLES));
    const release = await scene.plan();
    // What it holds by itself stays; as a member of a declared role it is a stranger now.
    expect(titlesOf(release)).toEqual(["delete membership of old_user in ro", "release user old_user"]);
    expect(await scene.apply()).toMatchObject({ status: "applied" });
    expect(await comment()).toBe("weekly reports");
    expect(await holdings(postgres, "shop")).toContain("old_user may log in");
    expect((await scene.plan()).changes).toEqual([]);
  });

  it("never touches a role with another owner's mark, until owner_was takes it over", async () => {
    await postgres.sql("COMMENT ON ROLE old_user IS '[pgaccord:somebody/else/main]'");
    scene.write(file("postgres", `${ROLES}  old_user: {}\n`));
    expect(others((await scene.plan()).problems)).toMatchObject([
      { code: "other-owner", message: "Role old_user on cluster main is managed by somebody/else, not by acme/access." },
    ]);
    scene.write(
      file("postgres", `${ROLES}  old_user: {}\n`).replace("owner: acme/access", "owner: acme/access\nowner_was: [somebody/else]"),
    );
    expect(titlesOf(await scene.plan())).toContain("update user old_user");
    expect(await scene.apply()).toMatchObject({ status: "applied" });
    const [row] = (await postgres.sql("SELECT shobj_description('old_user'::regrole, 'pg_authid') AS comment")).rows;
    expect(row).toEqual({ comment: "[pgaccord:acme/access/main]" });
    expect((await scene.plan()).changes).toEqual([]);
    await postgres.sql("DROP OWNED BY old_user; DROP ROLE old_user", "shop");
  });

  it("is locked out by a membership, whatever its options, once it is committed, and not before", async () => {
    await postgres.sql("CREATE ROLE rds_iam; CREATE ROLE by_token; GRANT rds_iam TO by_token");
    const logsIn = async (): Promise<boolean> => {
      const client = new pg.Client({ host: "127.0.0.1", port: postgres.port, user: "limited", database: "postgres" });
      const isIn = await client.connect().then(
        () => true,
        () => false,
      );
      await client.end().catch(() => undefined);
      return isIn;
    };
    const master = await postgres.connect();
    await master.query(`BEGIN; GRANT by_token TO limited${major < 16 ? "" : " WITH INHERIT FALSE, SET FALSE"}`);
    expect(await logsIn()).toBe(true);
    await master.query("COMMIT");
    expect(await logsIn()).toBe(false);
    await master.query("REVOKE by_token FROM limited");
    expect(await logsIn()).toBe(true);
    await master.query("DROP ROLE by_token; DROP ROLE rds_iam");
    await master.end();
  });

  it("declares options and privileges that the version lacks: an error, never something wider", async () => {
    scene.write(
      file(
        "postgres",
        ROLES.replace("s.*: [select]", "s.*: [select, maintain]").replace("{ role: ro, admin: true }", "{ role: ro, set: false }"),
      ),
    );
    const codes = others((await scene.plan()).problems).map((p) => p.code);
    expect(codes).toEqual(
      [...(major < 16 ? ["option-needs-16"] : []), ...(major < 17 ? ["privilege-needs-version"] : [])].sort().reverse(),
    );
  });
});

describe.each(majors.filter((major) => major >= 16))("an admin with a password on PostgreSQL %i", (major) => {
  let world: DemoWorld;
  let scene: Scene;
  const FILE = `version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters:
  demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, password_env: ADMIN_PASSWORD }, databases: { demo: {} } }
defaults: { clusters: [demo] }
users:
  first: { login: iam }
  second: { login: iam }
`;
  beforeAll(async () => {
    world = await startDemoWorld({ major });
    await world.postgres.sql("REVOKE rds_iam FROM access_admin");
    scene = createScene({ env: { ...world.env, ADMIN_PASSWORD: world.postgres.adminPassword }, address: `demo=${world.address}` });
    scene.write(FILE);
  });
  afterAll(async () => {
    scene?.remove();
    await world?.stop();
  });

  it("is warned, and the first IAM user is undone when it locks the admin out", async () => {
    const plan = await scene.plan();
    expect(plan.problems.map((p) => p.code)).toEqual(["admin-lockout-risk"]);
    const result = await scene.cli("apply", "--yes");
    expect(result.code).toBe(4);
    expect(result.out).toContain("After this step the admin of cluster demo could no longer log in, so it was undone.");
    // Neither logs in before it is a member of rds_iam: a password could be used meanwhile.
    expect(result.out).toMatch(/u3 add, cluster demo, database postgres: skipped/);
    const { rows } = await world.postgres.sql(
      "SELECT m.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member WHERE a.roleid = 'rds_iam'::regrole AND m.rolname IN ('first', 'second')",
    );
    expect(rows).toEqual([]);
    expect((await scene.cli("plan", "--detailed-exitcode")).code).toBe(2);
  });
});
