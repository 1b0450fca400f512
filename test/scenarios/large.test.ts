import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { createScene, type Scene } from "../support/scene.js";

const TABLES = 5000;
const ROLES = 20;
const SCHEMAS = 5;

const schemas = Array.from({ length: SCHEMAS }, (_, i) => `s${i}`);
const grants = (words: string): string => schemas.map((s) => `${s}.*: [${words}]`).join(", ");
const FILE = `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:1
    admin: { user: postgres, auth: none }
    databases: { big: { creators: [app] } }
defaults: { clusters: [main] }
roles:
${Array.from({ length: ROLES }, (_, i) => `  r${i}: { grants: { big: { tables: { ${grants(i % 2 ? "select" : "select, insert, update")} } } } }`).join("\n")}
`;

describe("5,000 tables × 20 roles", () => {
  let postgres: LocalPostgres;
  let scene: Scene;
  beforeAll(async () => {
    // Every statement of every session is logged: that is how they are counted.
    postgres = await startPostgres({ major: 18, settings: { log_statement: "all", log_line_prefix: "%a|" } });
    await postgres.sql("CREATE ROLE app");
    await postgres.sql("CREATE DATABASE big");
    for (const schema of schemas) {
      await postgres.sql(
        `CREATE SCHEMA ${schema}; DO $$ BEGIN FOR i IN 1..${TABLES / SCHEMAS} LOOP EXECUTE format('CREATE TABLE ${schema}.t%s ()', i); END LOOP; END $$`,
        "big",
      );
    }
    scene = createScene({ address: `main=127.0.0.1:${postgres.port}` });
    scene.write(FILE);
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.stop();
  });
  /** Statements that pgaccord sent since the last call. */
  let seen = 0;
  const statements = (): string[] => {
    const all = postgres
      .log()
      .split("\n")
      .filter((line) => line.startsWith("pgaccord|LOG:  ") && /(statement|execute [^:]*): /.test(line));
    const fresh = all.slice(seen);
    seen = all.length;
    return fresh;
  };

  it("plans in at most 50 lines, with a constant number of queries", async () => {
    statements();
    const first = await scene.cli("plan");
    const queries = statements().length;
    expect(first.code).toBe(0);
    expect(first.out.split("\n").length).toBeLessThanOrEqual(50);
    expect(first.out).toContain("5,000 tables of 5 schemas");
    await postgres.sql("CREATE TABLE s0.one_more ()", "big");
    await scene.cli("plan");
    expect(statements().length).toBe(queries);
    // Three sessions: one each of the admin's database and of the file's, and one that shows that no pooler is between.
    expect(queries).toBeLessThanOrEqual(30);
  });

  it("applies with at most one GRANT for 50 tables", async () => {
    statements();
    expect(await scene.cli("apply", "--yes")).toMatchObject({ code: 0 });
    const grantStatements = statements().filter((line) => line.includes(": GRANT "));
    expect(grantStatements.length).toBeGreaterThan(0);
    expect(grantStatements.length).toBeLessThanOrEqual(TABLES / 50);
    const { rows } = await postgres.sql(
      "SELECT count(*)::integer AS n FROM pg_class c, unnest(ARRAY['r0','r1']) r WHERE c.relname ~ '^t[0-9]' AND c.relkind = 'r' AND has_table_privilege(r, c.oid, 'SELECT') AND has_table_privilege('r0', c.oid, 'UPDATE') AND NOT has_table_privilege('r1', c.oid, 'UPDATE')",
      "big",
    );
    expect(rows).toEqual([{ n: 2 * TABLES }]);
  });

  it("names and repairs just the table that drifted", async () => {
    await postgres.sql("REVOKE INSERT ON s3.t77 FROM r4", "big");
    const plan = await scene.cli("plan");
    expect(plan.out).toContain("+ r4 gains insert on table s3.t77 (s3.*, access.yaml:");
    statements();
    expect(await scene.cli("apply", "--yes")).toMatchObject({ code: 0 });
    expect(statements().filter((line) => line.includes(": GRANT "))).toEqual([
      expect.stringContaining('GRANT INSERT ON TABLE "s3"."t77" TO "r4"'),
    ]);
  });
});
