import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildPlan, createWorld, load, renderJson } from "../../src/index.js";
import { sha256 } from "../../src/reconcile.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { majors, usualMajor } from "../support/majors.js";
import { createScene, leftAlone, type Scene } from "../support/scene.js";

const ROLES = Array.from({ length: 20 }, (_, i) => `r${i}`);

const file = (
  postgres: LocalPostgres,
  roles: readonly string[],
  more = "",
  reader = "reader: { user: access_reader, auth: none }",
): string =>
  `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:${postgres.port}
    admin: { user: postgres, auth: none }
    ${reader}
    databases: { shop: { creators: [app] } }
defaults: { clusters: [main] }
roles:
${roles.map((r) => `  ${r}: { grants: { shop: { schemas: { app: [usage] }, tables: { app.*: [select] } } } }`).join("\n")}
${more}
`;

describe.each(majors)("a reader on PostgreSQL %i", (major) => {
  let postgres: LocalPostgres;
  let scene: Scene;
  beforeAll(async () => {
    postgres = await startPostgres({ major });
    await postgres.sql("CREATE DATABASE shop");
    await postgres.sql(
      "CREATE ROLE app; CREATE ROLE access_reader LOGIN; CREATE ROLE stranger; REVOKE CONNECT ON DATABASE shop, postgres FROM PUBLIC",
    );
    await postgres.sql("GRANT CONNECT ON DATABASE shop, postgres TO access_reader");
    await postgres.sql(
      "CREATE SCHEMA app AUTHORIZATION app; REVOKE ALL ON SCHEMA app FROM PUBLIC; SET ROLE app; CREATE TABLE app.a (id int); CREATE TABLE app.b (id int); CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT SELECT ON app.a TO stranger",
      "shop",
    );
    scene = createScene();
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.stop();
  });

  it("plans the same bytes as the admin: before an apply, after it, and with drift", async () => {
    const planAs = async (readAs: "admin" | "reader"): Promise<string> => {
      const { declared, problems } = await load(scene.file, "access.yaml");
      if (!declared) throw new Error("broken");
      const world = createWorld({ declared, env: process.env, readAs });
      return renderJson(buildPlan({ declared, snapshot: await world.inspect(), problems, now: new Date() }), sha256);
    };
    const both = async (): Promise<string> => {
      const admin = await planAs("admin");
      expect(await planAs("reader")).toBe(admin);
      expect(await scene.cli("plan", "--format", "json")).toEqual({ code: 0, out: admin, err: "" });
      return admin;
    };
    scene.write(file(postgres, ["r0", "r1"]));
    expect(await both()).toContain('"create role r0"');
    scene.write(file(postgres, ["r0", "r1"]));
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
    expect(JSON.parse(await both()).changes).toEqual([]);
    await postgres.sql("GRANT INSERT ON app.a TO r0; GRANT r1 TO stranger", "shop");
    expect(JSON.parse(await both()).changes).toHaveLength(2);
  });

  it("is who plans, and not who applies", async () => {
    scene.write(file(postgres, ["r0"]));
    await postgres.sql("ALTER ROLE access_reader NOLOGIN");
    const plan = await scene.cli("plan");
    expect(plan.code).toBe(1);
    expect(plan.out).toContain("refused the login of access_reader");
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
    await postgres.sql("ALTER ROLE access_reader LOGIN");
  });

  it("is no stranger, and is never managed", async () => {
    scene.write(file(postgres, ["r0"]));
    expect(leftAlone(await scene.plan()).join()).not.toContain("access_reader");
    scene.write(file(postgres, ["r0", "access_reader"]));
    expect((await scene.cli("validate")).err).toContain('Role "access_reader" is the reader of cluster "main", which is never managed.');
  });
});

describe.each(usualMajor)("guards on PostgreSQL %i", (major) => {
  let postgres: LocalPostgres;
  let scene: Scene;
  beforeAll(async () => {
    postgres = await startPostgres({ major });
    await postgres.sql("CREATE DATABASE shop");
    await postgres.sql("CREATE ROLE app");
    await postgres.sql(
      "CREATE SCHEMA app AUTHORIZATION app; SET ROLE app; CREATE TABLE app.a (id int); CREATE TABLE app.b (id int)",
      "shop",
    );
    scene = createScene();
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.stop();
  });
  beforeEach(async () => {
    scene.write(write(ROLES));
    expect((await scene.cli("apply", "--yes", "--allow", "mass-revoke", "--allow", "mass-delete")).code).toBe(0);
  });
  const write = (roles: readonly string[], more = ""): string => file(postgres, roles, more, "");
  const refused = async (roles: readonly string[], more: string, code: string, says: RegExp): Promise<void> => {
    scene.write(write(roles, more));
    const plan = await scene.cli("plan");
    expect([plan.code, plan.out]).toEqual([0, expect.stringContaining(`[${code}]`)]);
    const apply = await scene.cli("apply", "--yes");
    expect([apply.code, apply.err]).toEqual([3, expect.stringContaining("Refused: nothing was changed.")]);
    expect(apply.out).toContain("Plan:");
    expect(apply.err).toMatch(says);
    const name = code === "protected-name" ? "r15" : "main";
    expect(apply.err).toContain(`--allow ${code}=${name}, or in the file`);
    expect(apply.err).toContain(`safety: { allow: [{ code: ${code},${name === "main" ? "" : ` name: ${name},`} target: main, until: `);
  };

  it("a plan that deletes 6 of 20 roles", async () => {
    const says = /The plan deletes 6 of 20 roles, policies and profiles of cluster main; safety\.max_deletions is 20%\./;
    await refused(ROLES.slice(6), "", "mass-delete", says);
    expect((await scene.cli("apply", "--yes", "--allow", "adopt-narrows")).code).toBe(3);
    expect((await scene.cli("apply", "--yes", "--allow", "mass-delete")).code).toBe(0);
  });

  it("four of 20 are no more than a fifth; three may always go", async () => {
    scene.write(write(ROLES.slice(4)));
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
    scene.write(write(ROLES.slice(0, 6)));
    expect((await scene.cli("apply", "--yes", "--allow", "mass-delete", "--allow", "mass-revoke")).code).toBe(0);
    scene.write(write(ROLES.slice(0, 3)));
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
  });

  it("a number is meant as it stands", async () => {
    await refused(ROLES.slice(1), "safety: { max_deletions: 0 }", "mass-delete", /safety\.max_deletions is 0\./);
  });

  it("a plan that revokes beyond the limit", async () => {
    const without = write(ROLES).replaceAll("tables: { app.*: [select] } ", "");
    scene.write(without);
    const apply = await scene.cli("apply", "--yes");
    expect([apply.code, apply.err]).toEqual([
      3,
      expect.stringMatching(/The plan takes \d+ of \d+ rights in cluster main; safety\.max_revokes is 30%\./),
    ]);
    const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    scene.write(`${without}\nsafety: { allow: [{ code: mass-revoke, target: main, until: ${day}, reason: tables are gone }] }\n`);
    const plan = await scene.cli("plan");
    expect(plan.out).toContain(`Allowed until ${day}: tables are gone. [guard-allowed]`);
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
  });

  it("an allowance ends, and is for its target only", async () => {
    const allow = (more: string): string => `safety: { allow: [{ code: mass-delete, ${more}, reason: x }] }`;
    await refused(
      ROLES.slice(6),
      allow("target: main, until: 2020-01-01"),
      "mass-delete",
      /The allowance in the file ended on 2020-01-01\./,
    );
    scene.write(
      write(
        ROLES.slice(6),
        `${allow("target: elsewhere, until: 2999-01-01")}\naccounts: { elsewhere: { id: "111122223333", region: us-east-2 } }`,
      ),
    );
    expect((await scene.plan()).problems.map((p) => p.code)).toContain("mass-delete");
  });

  it("a plan that touches a protected name", async () => {
    const protect = "safety: { protect: [r1*] }";
    scene.write(write(ROLES.slice(0, 10).concat(ROLES.slice(11)), protect));
    const kept = await scene.plan();
    // Before 15 everybody may create in the schema public, and that is said, too.
    const said = kept.problems.filter((p) => p.code !== "public-has-it");
    expect([kept.changes, said.map((p) => [p.code, p.message])]).toEqual([
      [],
      [
        [
          "mark-left-alone",
          "r10 on cluster main carries the mark of acme/access and is not in the file, but it is named by safety.protect: it is left alone.",
        ],
      ],
    ]);
    await postgres.sql("GRANT INSERT ON app.a TO r15", "shop");
    await refused(ROLES, protect, "protected-name", /r15 is protected/);
    expect((await scene.cli("apply", "--yes", "--allow", "protected-name=r10")).code).toBe(3);
    expect((await scene.cli("apply", "--yes", "--allow", "protected-name=r15")).code).toBe(0);
    scene.write(write(ROLES.slice(1), protect));
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
  });
});
