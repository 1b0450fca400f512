import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { quoteIdent } from "../../src/privileges/sql.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { majors } from "../support/majors.js";
import { createScene, type Scene } from "../support/scene.js";

/** Mixed case, space, both quotes, backslash, comma, braces, slash, percent, unicode, 63 bytes, an ACL's own signs. */
const NAMES = [
  "Mixed Case",
  'double"quote',
  "single'quote",
  "back\\slash",
  "a,b{c}",
  "x/y%z",
  "größe→✓",
  "n".repeat(63),
  "a=r/b",
  "Select",
  "u@example.com",
];
const yaml = (name: string): string => JSON.stringify(name);
const object = (...parts: readonly string[]): string => yaml(parts.map(quoteIdent).join("."));

const FILE = `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:1
    admin: { user: postgres, auth: none }
    databases: { "Odd DB": { creators: ["The Creator"] } }
defaults: { clusters: [main] }
roles:
${NAMES.map((n) => `  ${yaml(n)}: { grants: { "Odd DB": { database: [connect], schemas: { ${object(n)}: [usage] }, tables: { ${object(n, n)}: [select, insert] }, sequences: { ${object(n, `${n.slice(0, 55)} seq`)}: [usage] }, routines: { ${yaml(`${quoteIdent(n)}.${quoteIdent(n)}(integer)`)}: [execute] } } } }`).join("\n")}
  watcher: { grants: { "Odd DB": { tables: { ${NAMES.map((n) => `${yaml(`${quoteIdent(n)}.*`)}: [select]`).join(", ")} } } } }
users:
  "PGX user": { member_of: [${NAMES.map(yaml).join(", ")}, watcher] }
`;

describe.each(majors)("odd names on PostgreSQL %i", (major) => {
  let postgres: LocalPostgres;
  let scene: Scene;
  beforeAll(async () => {
    postgres = await startPostgres({ major });
    await postgres.sql('CREATE ROLE "The Creator"');
    await postgres.sql('CREATE DATABASE "Odd DB"');
    for (const name of NAMES) {
      const n = quoteIdent(name);
      await postgres.sql(
        `CREATE SCHEMA ${n} AUTHORIZATION "The Creator"; SET ROLE "The Creator"; CREATE TABLE ${n}.${n} (id integer); CREATE SEQUENCE ${n}.${quoteIdent(`${name.slice(0, 55)} seq`)};
         CREATE FUNCTION ${n}.${n}(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1'; REVOKE EXECUTE ON FUNCTION ${n}.${n}(integer) FROM PUBLIC`,
        "Odd DB",
      );
    }
    scene = createScene({ address: `main=127.0.0.1:${postgres.port}` });
    scene.write(FILE);
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.stop();
  });

  it("are granted to the letter, and the next plan is empty", async () => {
    const plan = await scene.plan();
    // Up to 14 everybody may create in the schema public.
    expect(plan.problems.map((p) => p.code)).toEqual(major < 15 ? ["public-has-it"] : []);
    expect(await scene.apply()).toMatchObject({ status: "applied" });
    expect((await scene.plan()).changes).toEqual([]);
    for (const name of NAMES) {
      const n = quoteIdent(name);
      const client = await postgres.connect({ database: "Odd DB" });
      const { rows } = await client.query(
        `SELECT has_table_privilege($1::name, $2, 'INSERT') AS tbl, has_schema_privilege($1::name, $3, 'USAGE') AS sch, has_function_privilege($1::name, $4, 'EXECUTE') AS fun,
                has_sequence_privilege($1::name, $5, 'USAGE') AS seq, pg_has_role('PGX user', $1::name, 'USAGE') AS mem, has_table_privilege('watcher', $2, 'SELECT') AS wat,
                has_table_privilege('watcher', $2, 'INSERT') AS no`,
        [name, `${n}.${n}`, name, `${n}.${n}(integer)`, `${n}.${quoteIdent(`${name.slice(0, 55)} seq`)}`],
      );
      await client.end();
      expect({ name, ...rows[0] }).toEqual({ name, tbl: true, sch: true, fun: true, seq: true, mem: true, wat: true, no: false });
    }
  });

  it("are taken away again to the letter", async () => {
    scene.write(FILE.slice(0, FILE.indexOf("roles:")));
    expect(await scene.apply()).toMatchObject({ status: "applied" });
    const { rows } = await postgres.sql("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1");
    expect(rows.map((r: { rolname: string }) => r.rolname)).toEqual(["The Creator", "postgres"]);
  });
});
