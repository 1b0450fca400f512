import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { THINGS } from "../../src/kinds/things.js";
import { wordsOf } from "../../src/model/privileges.js";
import { createAclReader } from "../../src/privileges/acl-text.js";
import { MAJORS } from "../../src/sandbox/binaries.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";

/** Names that break parsers of `grantee=privileges/grantor` inside an array literal. */
const NAMES = ["plain", 'a"b', "a=b", "a/b", "a,b", "a\\b", "{a}", " a ", "A", "PUBLIC", "public1", "é", "a b", "null", "NULL", '""', "'"];
const SETUP = `
CREATE ROLE owner; CREATE SCHEMA s AUTHORIZATION owner; CREATE TABLE s.t (a int, b int); ALTER TABLE s.t OWNER TO owner;
CREATE TABLE s.untouched (); CREATE TABLE s.emptied (); REVOKE ALL ON s.emptied FROM CURRENT_USER;
CREATE SEQUENCE s.q; CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT SELECT ON s.q TO PUBLIC; ALTER FUNCTION s.f() OWNER TO owner;
GRANT ALL ON DATABASE postgres TO owner; GRANT USAGE ON SCHEMA s TO PUBLIC;`;

/** The server's own words for the same, NULL as acldefault(). */
const ORACLE = `
WITH acls AS (
  SELECT 'table' AS type, c.relname::text AS name, pg_get_userbyid(c.relowner) AS owner, c.relacl::text AS text, coalesce(c.relacl, acldefault('r', c.relowner)) AS acl
    FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 's'::regnamespace
  UNION ALL SELECT 'sequence', relname, pg_get_userbyid(relowner), relacl::text, coalesce(relacl, acldefault('s', relowner)) FROM pg_class WHERE relkind = 'S' AND relnamespace = 's'::regnamespace
  UNION ALL SELECT 'routine', proname, pg_get_userbyid(proowner), proacl::text, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc WHERE pronamespace = 's'::regnamespace
  UNION ALL SELECT 'schema', nspname, pg_get_userbyid(nspowner), nspacl::text, coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace WHERE nspname = 's'
  UNION ALL SELECT 'database', datname, pg_get_userbyid(datdba), datacl::text, coalesce(datacl, acldefault('d', datdba)) FROM pg_database)
SELECT type, name, owner, text, (SELECT coalesce(json_agg(json_build_array(CASE e.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(e.grantee) END, pg_get_userbyid(e.grantor), lower(e.privilege_type), e.is_grantable)), '[]'::json)
  FROM aclexplode(acl) e) AS exploded FROM acls ORDER BY 1, 2`;

interface Row {
  readonly type: "table" | "sequence" | "routine" | "schema" | "database";
  readonly name: string;
  readonly owner: string;
  readonly text: string | null;
  readonly exploded: readonly (readonly [string | null, string, string, boolean])[];
}

describe.each(MAJORS)("ACL texts of PostgreSQL %i", (major) => {
  let postgres: LocalPostgres;
  beforeAll(async () => {
    postgres = await startPostgres({ major });
    await postgres.sql(SETUP);
    for (const name of NAMES) {
      const role = `"${name.replaceAll('"', '""')}"`;
      await postgres.sql(`CREATE ROLE ${role}; GRANT SELECT, UPDATE ON s.t TO ${role} WITH GRANT OPTION; GRANT INSERT ON s.t TO ${role};
        SET ROLE ${role}; GRANT SELECT ON s.t TO plain, PUBLIC; RESET ROLE; GRANT EXECUTE ON FUNCTION s.f() TO ${role}; GRANT USAGE ON s.q TO ${role}`);
    }
  });
  afterAll(async () => {
    await postgres?.stop();
  });

  it("are read as aclexplode reads them", async () => {
    const { rows }: { rows: Row[] } = await postgres.sql(ORACLE);
    const version = Number((await postgres.sql("SHOW server_version_num")).rows[0].server_version_num);
    const read = createAclReader(THINGS, version);
    expect(rows.length).toBeGreaterThan(7);
    for (const { type, name, owner, text, exploded } of rows) {
      const ours = read(text, type, owner).flatMap(({ grantee, grantor, privileges, grantable }) =>
        wordsOf(privileges).map((word) =>
          JSON.stringify([grantee === "PUBLIC" ? null : grantee.role, grantor, word, wordsOf(grantable).includes(word)]),
        ),
      );
      expect({ name, acl: ours.sort() }).toEqual({ name, acl: exploded.map((e) => JSON.stringify(e)).sort() });
    }
  });
});
