import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { majors } from "../support/majors.js";
import { createScene, effectsOf, type Scene } from "../support/scene.js";

const file = (admin: string, roles: string, more = ""): string => `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:1
    admin: { user: ${admin}, auth: none }
    databases: { shop: {} }
defaults: { clusters: [main] }
${roles}
${more}
`;

/** Where the rules of memberships and grants differ. */
describe.each(majors)("what cannot be taken, on PostgreSQL %i", (major) => {
  let postgres: LocalPostgres;
  let scene: Scene;
  const sql = (text: string) => postgres.sql(text, "shop");
  const one = async (text: string): Promise<unknown> => Object.values((await sql(text)).rows[0] ?? {})[0];
  beforeAll(async () => {
    postgres = await startPostgres({ major });
    await postgres.sql("CREATE DATABASE shop");
    await postgres.sql("CREATE ROLE limited LOGIN CREATEROLE; CREATE ROLE app; CREATE ROLE vendor SUPERUSER; CREATE ROLE v");
    await postgres.sql("GRANT app TO limited");
    await sql("CREATE SCHEMA s AUTHORIZATION app; CREATE SCHEMA crm AUTHORIZATION vendor");
    await sql(
      "SET ROLE app; CREATE TABLE s.t (id int); CREATE TABLE s.u (id int); RESET ROLE; SET ROLE vendor; CREATE TABLE crm.notes (id int)",
    );
    scene = createScene({ address: `main=127.0.0.1:${postgres.port}` });
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.stop();
  });

  /** A superuser drops what the tests before made. */
  const clear = async (): Promise<void> => {
    scene.write(file("postgres", "roles: { team: {} }"));
    await scene.apply();
  };
  const TEAM = "roles: { team: { grants: { shop: { tables: { s.t: [select] } } } } }";

  it("a leaver loses LOGIN, memberships and all but that", async () => {
    scene.write(file("limited", `${TEAM}\nusers: { leaver: { member_of: [team] } }`));
    expect(await scene.apply()).toMatchObject({ status: "applied", residue: [] });
    await sql("GRANT INSERT ON s.u TO leaver; SET ROLE vendor; GRANT USAGE ON SCHEMA crm TO leaver; GRANT SELECT ON crm.notes TO leaver");
    scene.write(file("limited", TEAM));
    const applied = await scene.cli("apply", "--yes");
    expect([applied.code, applied.out]).toEqual([5, expect.stringContaining("leaver should lose select on table crm.notes in shop")]);
    expect(applied.out).toContain('SET ROLE "vendor"; REVOKE SELECT ON TABLE "crm"."notes" FROM "leaver"');
    expect(await one("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'leaver'")).toBe(false);
    expect(await one("SELECT pg_has_role('leaver', 'team', 'MEMBER')")).toBe(false);
    expect(await one("SELECT has_table_privilege('leaver', 's.u', 'INSERT')")).toBe(false);
    const plan = await scene.cli("plan", "--detailed-exitcode");
    expect([plan.code, plan.out]).toEqual([5, expect.stringContaining("No changes, but what stays different cannot be changed here.")]);
  });

  it("once accepted it is a note, and once taken the role goes", async () => {
    const entry = (on: string) => `{ who: leaver, on: ${on}, grantor: vendor, until: 2999-12-31, reason: vendor schema }`;
    scene.write(file("limited", TEAM, `safety: { accept_residue: [${entry("crm.notes")}, ${entry("schema crm")}] }`));
    const applied = await scene.cli("apply", "--yes");
    expect([applied.code, applied.out]).toEqual([0, expect.stringContaining("Accepted until 2999-12-31: vendor schema.")]);
    scene.write(file("limited", TEAM));
    for (const { statements } of (await scene.plan()).residue.filter((r) => r.grantor !== null)) await sql(statements.join("; "));
    expect(await scene.apply()).toMatchObject({ status: "applied", residue: [] });
    expect(await one("SELECT count(*)::int FROM pg_roles WHERE rolname = 'leaver'")).toBe(0);
  });

  it("chains of grants by several grantors on one object go from their ends", async () => {
    scene.write(file("postgres", "roles: { team: {}, a: {}, b: {}, c: {} }"));
    await scene.apply();
    await sql("GRANT USAGE ON SCHEMA s TO a, b, c; GRANT SELECT ON s.t TO a WITH GRANT OPTION");
    await sql("SET ROLE a; GRANT SELECT ON s.t TO b WITH GRANT OPTION; RESET ROLE; SET ROLE b; GRANT SELECT ON s.t TO c, v");
    // The same roles in another order on another table.
    await sql(
      "GRANT SELECT ON s.u TO b WITH GRANT OPTION; SET ROLE b; GRANT SELECT ON s.u TO a WITH GRANT OPTION; RESET ROLE; SET ROLE a; GRANT SELECT ON s.u TO c",
    );
    // v is a stranger: what it has stays.
    expect(effectsOf(await scene.plan())).toContain("c loses select on table s.t");
    expect(await scene.apply()).toMatchObject({ status: "applied", residue: [] });
    expect(await one("SELECT has_table_privilege('v', 's.t', 'SELECT')")).toBe(true);
    expect(await one("SELECT has_table_privilege('c', 's.t', 'SELECT')")).toBe(false);
  });

  it("what somebody passed on whom nobody can be stays while that one keeps it, and goes with it", async () => {
    await clear();
    await postgres.sql("CREATE ROLE upper");
    scene.write(file("limited", "roles: { team: {}, below: {} }"));
    await scene.apply();
    await sql("GRANT USAGE ON SCHEMA s TO upper; SET ROLE app; GRANT SELECT ON s.u TO upper WITH GRANT OPTION");
    await sql("SET ROLE upper; GRANT SELECT ON s.u TO below");
    await postgres.sql("ALTER ROLE upper SUPERUSER");
    const applied = await scene.apply();
    expect(applied.residue.map(({ grantor }) => grantor)).toEqual(["upper"]);
    await postgres.sql("ALTER ROLE upper NOSUPERUSER");
    await sql("REVOKE SELECT ON s.u FROM upper CASCADE");
    expect(await scene.apply()).toMatchObject({ status: "applied", residue: [] });
  });

  it("memberships that strangers passed on go likewise, and what should stay is given again", async () => {
    if (major < 16) return;
    await clear();
    await postgres.sql("CREATE ROLE m1; CREATE ROLE m2; CREATE ROLE m3");
    const roles = "roles: { g: {}, keep: { member_of: [g] } }";
    scene.write(file("limited", roles));
    await scene.apply();
    await postgres.sql("REVOKE g FROM keep GRANTED BY limited");
    await postgres.sql("SET ROLE limited; GRANT g TO m1 WITH ADMIN OPTION");
    await postgres.sql("SET ROLE m1; GRANT g TO m2 WITH ADMIN OPTION; RESET ROLE; SET ROLE m2; GRANT g TO m3, keep");
    const plan = await scene.plan();
    expect(plan.steps.map(({ run }) => ("sql" in run ? run.sql : ""))).toContain('REVOKE "g" FROM "m1" GRANTED BY "limited" CASCADE');
    expect(await scene.apply()).toMatchObject({ status: "applied", residue: [] });
    const { rows } = await postgres.sql(
      "SELECT m.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member WHERE a.roleid = 'g'::regrole ORDER BY 1",
    );
    expect(rows).toEqual([{ rolname: "keep" }, { rolname: "limited" }]);
  });

  it("whoever passed a membership on that stays is dropped all the same", async () => {
    if (major < 16) return;
    await clear();
    // The chain of before again, for a superuser, who goes from its end.
    scene.write(file("postgres", "roles: { g: {}, keep: { member_of: [g] }, o: { member_of: [{ role: g, admin: true }] } }"));
    await scene.apply();
    await postgres.sql(
      "GRANT g TO m1 WITH ADMIN OPTION; SET ROLE m1; GRANT g TO m2 WITH ADMIN OPTION; RESET ROLE; SET ROLE m2; GRANT g TO m3",
    );
    await postgres.sql("REVOKE g FROM keep; SET ROLE o; GRANT g TO keep");
    scene.write(file("postgres", "roles: { g: {}, keep: { member_of: [g] } }"));
    expect(await scene.apply()).toMatchObject({ status: "applied", residue: [] });
    expect(await one("SELECT count(*)::int FROM pg_roles WHERE rolname = 'o'")).toBe(0);
    expect(await one("SELECT pg_has_role('keep', 'g', 'MEMBER')")).toBe(true);
  });
});
