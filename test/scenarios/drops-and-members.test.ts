import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { createScene, effectsOf, titlesOf } from "../support/scene.js";

const file = (port: number, roles: string, more = ""): string => `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:${port}
    admin: { user: postgres, auth: none }
    reader: { user: access_reader, auth: none }
    databases: { shop: {} }
defaults: { clusters: [main] }
roles: ${roles}
${more}
`;

describe.each([17, 15] as const)("PostgreSQL %i", (major) => {
  let postgres: LocalPostgres;
  const scene = createScene();
  const write = (roles: string, more = ""): void => scene.write(file(postgres.port, roles, more));
  const sql = (text: string): Promise<unknown> => postgres.sql(text, "shop");

  beforeAll(async () => {
    postgres = await startPostgres({ major });
    await postgres.sql("CREATE DATABASE shop");
    await postgres.sql("CREATE ROLE access_reader LOGIN; CREATE ROLE stranger; CREATE ROLE app; CREATE ROLE break_glass");
    await sql("CREATE SCHEMA s AUTHORIZATION app; SET ROLE app; CREATE TABLE s.t (id int, c int)");
  });
  afterAll(async () => {
    scene.remove();
    await postgres.stop();
  });

  it("drops a role that passed a column's privilege on, or says before that it cannot", async () => {
    write("{ o: {} }");
    await scene.apply();
    await sql(
      "GRANT USAGE ON SCHEMA s TO o; GRANT SELECT ON s.t TO o WITH GRANT OPTION; SET ROLE o; GRANT SELECT (c) ON s.t TO stranger; RESET ROLE",
    );
    write("{}");
    const plan = await scene.plan();
    const problems = plan.problems.filter((p) => p.severity === "error").map((p) => p.code);
    const outcome = problems.length > 0 ? "refused" : (await scene.apply()).status;
    await sql("SET ROLE o; REVOKE SELECT (c) ON s.t FROM stranger; RESET ROLE; DROP OWNED BY o; DROP ROLE IF EXISTS o").catch(
      () => undefined,
    );
    expect(["refused", "applied"]).toContain(outcome);
  });

  it("converges where a membership is declared with ADMIN alone", async () => {
    const options = major >= 16 ? ", inherit: false, set: false" : "";
    write(`{ g: {}, m: { member_of: [{ role: g, admin: true${options} }] } }`);
    await scene.apply();
    expect(effectsOf(await scene.plan())).toEqual([]);
  });

  it("shows what a protected member loses with the role", async () => {
    write("{ h: {} }");
    await scene.apply();
    await postgres.sql("GRANT h TO break_glass");
    write("{}", "safety: { protect: [break_glass] }");
    const shown = effectsOf(await scene.plan());
    expect(shown).toContain("break_glass loses membership in role h");
  });

  it("drops a role for an admin that may not take away what a superuser gave in it", async () => {
    await postgres.sql("DROP ROLE IF EXISTS g, m, h; CREATE ROLE limited LOGIN CREATEROLE");
    const limited = (roles: string): void => scene.write(file(postgres.port, roles).replace("user: postgres", "user: limited"));
    limited("{ given: {} }");
    await scene.apply();
    await postgres.sql("GRANT given TO stranger");
    limited("{}");
    const plan = await scene.plan();
    expect(plan.problems.map((p) => p.code)).not.toContain("cannot-revoke");
    expect(effectsOf(plan)).toContain("stranger loses membership in role given");
    expect(await scene.apply()).toMatchObject({ status: "applied" });
    expect((await scene.plan()).changes).toEqual([]);
  });

  it("cries not for a NOINHERIT reader that never had the right", async () => {
    if (major >= 16) return;
    await postgres.sql(
      "CREATE ROLE z; REVOKE CONNECT ON DATABASE shop FROM PUBLIC; GRANT CONNECT ON DATABASE shop TO access_reader; ALTER ROLE access_reader NOINHERIT",
    );
    write("{ z: {}, k: { member_of: [z] } }");
    await scene.apply();
    await postgres.sql("GRANT k TO access_reader");
    write("{ z: {}, k: {} }");
    const plan = await scene.plan();
    expect(titlesOf(plan).length).toBeGreaterThan(0);
    expect(plan.problems.map((p) => p.code)).not.toContain("admin-locked-out");
  });
});
