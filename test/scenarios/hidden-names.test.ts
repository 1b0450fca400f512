import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { quoteIdent } from "../../src/privileges/sql.js";
import { renderMarkdown } from "../../src/report/markdown.js";
import { renderSql } from "../../src/report/sql.js";
import { renderText } from "../../src/report/text.js";
import { hasHidden } from "../../src/report/visible.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { fakePlan } from "../support/fake-plan.js";
import { usualMajor } from "../support/majors.js";
import { psql } from "../support/psql.js";
import { createScene, type Scene } from "../support/scene.js";

const ESC = "\u001b[31m";
const DATABASE = "shop\u202e\u200b";
/** access.yaml takes these; the others are there already. */
const [ROLE, USER] = ["ro\u202e\\\u{e0041}", "u\u00ad\"\u2800'user"];
const [GRANTOR, TABLE, TYPE] = [`${ESC}boss\r\n"\\`, `t\n${ESC}\\"\u2028`, "ty\u200d\\pe"];
const COMMENT = `it's ${ESC}\\x\n\u202e done \u{e0042}`;

const FILE = `version: 1
owner: acme/access
clusters:
  main: { address: 127.0.0.1:1, admin: { user: postgres, auth: none }, databases: { ${JSON.stringify(DATABASE)}: {} } }
defaults: { clusters: [main] }
roles:
  ${JSON.stringify(ROLE)}: { grants: { ${JSON.stringify(DATABASE)}: { schemas: { s: [usage] }, tables: { s.*: [select] }, routines: { s.*: [execute] } } } }
users:
  ${JSON.stringify(USER)}: { member_of: [${JSON.stringify(ROLE)}] }
`;

describe.each(usualMajor)("names and comments that nobody can see, on PostgreSQL %i", (major) => {
  let postgres: LocalPostgres;
  let scene: Scene;
  const q = quoteIdent;
  beforeAll(async () => {
    postgres = await startPostgres({ major });
    await postgres.sql(`CREATE DATABASE ${q(DATABASE)}`);
    await postgres.sql(
      `CREATE ROLE ${q(GRANTOR)}; CREATE ROLE ${q(ROLE)}; COMMENT ON ROLE ${q(ROLE)} IS E'${COMMENT.replaceAll("\\", "\\\\").replaceAll("'", "''")}';
       CREATE SCHEMA s; GRANT USAGE ON SCHEMA s TO ${q(GRANTOR)}; CREATE TABLE s.${q(TABLE)} (); CREATE TYPE s.${q(TYPE)} AS ENUM ();
       CREATE FUNCTION s.f(s.${q(TYPE)}) RETURNS integer LANGUAGE sql AS 'SELECT 1';
       GRANT INSERT ON s.${q(TABLE)} TO ${q(GRANTOR)} WITH GRANT OPTION; SET ROLE ${q(GRANTOR)}; GRANT INSERT ON s.${q(TABLE)} TO ${q(ROLE)}`,
      DATABASE,
    );
    scene = createScene({ address: `main=127.0.0.1:${postgres.port}` });
    scene.write(FILE);
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.stop();
  });
  const seen = (text: string): boolean => !hasHidden(text.replaceAll("\n", ""));

  it("are escaped in the plan as text, as a comment and as SQL", async () => {
    const plan = await scene.plan();
    for (const text of [renderText(plan, { color: false, verbose: true }), renderSql(plan), renderMarkdown(plan)])
      expect(seen(text)).toBe(true);
    const sql = renderSql(plan);
    expect(sql).toContain('U&"ro\\202E\\\\\\+0E0041"');
    expect(sql).toContain('SET LOCAL ROLE U&"\\001B[31mboss\\000D\\000A""\\\\";');
    expect(sql).toContain("IS  E'it''s \\u001B[31m\\\\x\\u000A\\u202E done \\U000E0042 [pgaccord:acme/access/main adopted]';");
    const { out, err } = await scene.cli("apply");
    expect(seen(out + err)).toBe(true);
  });

  it("and psql runs that SQL to the letter", async (context) => {
    const sql = renderSql(await scene.plan());
    if ((await psql(postgres, sql)) === null) context.skip("This machine has no psql.");
    expect((await scene.plan()).changes).toEqual([]);
    const { rows } = await postgres.sql(
      "SELECT rolname AS name, shobj_description(oid, 'pg_authid') AS text FROM pg_roles WHERE rolname ~ '^(ro|u)' ORDER BY 1",
    );
    expect(rows).toEqual([
      { name: ROLE, text: `${COMMENT} [pgaccord:acme/access/main adopted]` },
      { name: USER, text: "[pgaccord:acme/access/main]" },
    ]);
  });

  it("and psql reaches a database whatever its name", async (context) => {
    const names = ["line\nbreak", `${ESC}=\u202e`, "a://b\r", "50%\t'\"\\"];
    for (const name of names) await postgres.sql(`CREATE DATABASE ${q(name)}`);
    const units = names.map(
      (database, i) => ({ id: `u${i}`, phase: "change", site: { cluster: "main", database }, mode: "transaction", after: [] }) as const,
    );
    const script = renderSql(fakePlan([], { units })).replaceAll(
      "BEGIN;",
      "SELECT encode(convert_to(current_database(), 'UTF8'), 'hex');\nBEGIN;",
    );
    const out = await psql(postgres, script);
    if (out === null) context.skip("This machine has no psql.");
    expect(out?.trim().split("\n")).toEqual(names.map((name) => Buffer.from(name).toString("hex")));
  });
});
