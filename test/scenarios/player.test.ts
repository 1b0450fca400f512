import fc from "fast-check";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { majors } from "../support/majors.js";
import { pick } from "../support/worlds/domain.js";
import { type Cluster, draftOf, type Thing } from "../support/worlds/model.js";
import { Refused } from "../support/worlds/play-acl.js";
import { playSql } from "../support/worlds/play-sql.js";
import { inherits, reached } from "../support/worlds/session.js";

/** Statements on each server: the player of generated plans must do what PostgreSQL does. */
const STATEMENTS = 700;

const ROLES = ["app", "r1", "r2", "r3", "r4"];
const GRANTEES = ["PUBLIC", '"r1"', '"r2"', '"r3"', '"r4"'];

type Numbers = readonly [number, number, number, number, number];

/** Who runs it, and what. */
function statementOf([who, what, a, b, c]: Numbers, major: number): { readonly as: string; readonly sql: string } {
  const as = pick(["postgres", "postgres", "app", "app", "r1", "r2", "r3", "r4"], who);
  const grantee = pick(GRANTEES, a);
  const option = b % 2 === 0 ? " WITH GRANT OPTION" : "";
  const cascade = c % 3 === 0 ? " CASCADE" : "";
  const optionFor = b % 4 === 0 ? "GRANT OPTION FOR " : "";
  const word = pick(["SELECT", "INSERT", "UPDATE", "DELETE"], b >> 2);
  const column = `${pick(["SELECT", "INSERT", "UPDATE"], b >> 2)} ("${pick(["a", "b"], c >> 2)}")`;
  const member = pick(["r1", "r2", "r3", "r4"], a);
  const role = pick(["r1", "r2", "r3", "r4"], c);
  const by = major >= 16 && b % 2 === 0 ? ` GRANTED BY "${pick(["postgres", "r1", "r2"], b >> 1)}"` : "";
  const options =
    major >= 16 ? ` WITH ADMIN ${b % 3 > 0}, INHERIT ${b % 5 > 0}, SET TRUE`.toUpperCase() : b % 2 === 0 ? " WITH ADMIN OPTION" : "";
  const statements = [
    `GRANT ${word} ON TABLE "s"."t" TO ${grantee}${option}`,
    `GRANT ${word} ON TABLE "s"."t" TO ${grantee}${option}`,
    `REVOKE ${optionFor}${word} ON TABLE "s"."t" FROM ${grantee}${cascade}`,
    `GRANT ${column} ON TABLE "s"."t" TO ${grantee}${option}`,
    `GRANT ${column} ON TABLE "s"."t" TO ${grantee}${option}`,
    `REVOKE ${optionFor}${column} ON TABLE "s"."t" FROM ${grantee}${cascade}`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE "app" IN SCHEMA "s" ${b % 3 > 0 ? "GRANT" : "REVOKE"} ${word} ON TABLES ${b % 3 > 0 ? "TO" : "FROM"} ${grantee}`,
    `GRANT "${role}" TO "${member}"${options}${by}`,
    `REVOKE "${role}" FROM "${member}"${by}${cascade}`,
  ];
  return { as, sql: pick(statements, what) };
}

const small = fc.nat({ max: 1023 });

const start = (major: number): Cluster => {
  const role = (name: string) => ({
    name,
    login: false,
    superuser: name === "postgres",
    createRole: false,
    replication: false,
    bypassRls: false,
    inherit: true,
    comment: null,
  });
  const thing = (type: Thing["type"], schema: string, name: string, of: string): Thing => ({
    type,
    schema,
    name,
    of,
    owner: "app",
    acl: [],
  });
  // r4 finds nothing in the schema, unless it inherits that.
  const usage = ["r1", "r2", "r3"].map((grantee) => ({ privilege: "usage", grantee, grantor: "app", grantable: false }));
  const things = [
    { ...thing("schema", "", "s", ""), acl: usage },
    thing("table", "s", "t", ""),
    thing("column", "s", "a", "t"),
    thing("column", "s", "b", "t"),
  ];
  const roles = ["postgres", ...ROLES].map(role);
  const databases = [{ name: "d", things, later: [] }];
  return { name: "main", systemId: "1", major, rds: null, admin: "postgres", roles, memberships: [], databases };
};

const READ = `
WITH acls AS (
  SELECT 'table' AS what, relacl AS acl FROM pg_class WHERE oid = 's.t'::regclass
  UNION ALL SELECT 'column ' || attname, attacl FROM pg_attribute WHERE attrelid = 's.t'::regclass AND attnum > 0
  UNION ALL SELECT 'later', defaclacl FROM pg_default_acl)
SELECT what || ' ' || lower(privilege_type) || ' ' || CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END || ' ' || grantor::regrole || ' ' || is_grantable AS row
  FROM acls, aclexplode(acl) WHERE grantee <> 'app'::regrole
UNION ALL SELECT format('member %s %s %s %s', roleid::regrole, member::regrole, OPTIONS, admin_option) FROM pg_auth_members WHERE roleid::regrole::text ~ '^r'`;

async function live(client: pg.Client, major: number): Promise<string[]> {
  const options = major >= 16 ? "grantor::regrole || ' ' || inherit_option" : "'any true'";
  const { rows } = await client.query<{ row: string }>(READ.replace("OPTIONS", options));
  return rows.map(({ row }) => row).sort();
}

function played({ databases, memberships, major }: Cluster): string[] {
  const acls = databases.flatMap(({ things, later }) => [
    ...things.filter((t) => t.type !== "schema").map((t) => ({ what: t.type === "column" ? `column ${t.name}` : t.type, acl: t.acl })),
    ...later.map((l) => ({ what: "later", acl: l.acl })),
  ]);
  return [
    ...acls.flatMap(({ what, acl }) => acl.map((a) => `${what} ${a.privilege} ${a.grantee} ${a.grantor} ${a.grantable}`)),
    ...memberships.map(
      (m) => `member ${m.role} ${m.member} ${major >= 16 ? `${m.grantor} ${m.inherit}` : "any true"} ${m.admin ? "t" : "f"}`,
    ),
  ].sort();
}

/** Whether the server did it; a warning is a failure here as it is in an apply. */
async function runs(client: pg.Client, warnings: string[], as: string, sql: string): Promise<boolean> {
  await client.query(`BEGIN; SET LOCAL ROLE "${as}"`);
  warnings.length = 0;
  const error = await client.query(sql).then(
    () => null,
    (e: Error) => e,
  );
  const done = error === null && warnings.length === 0;
  await client.query(done ? "COMMIT" : "ROLLBACK");
  return done;
}

describe.each(majors)("PostgreSQL %i", (major) => {
  let server: LocalPostgres;
  beforeAll(async () => {
    server = await startPostgres({ major });
    await server.sql("CREATE DATABASE d");
    await server.sql(ROLES.map((name) => `CREATE ROLE ${name}`).join("; "));
    await server.sql(
      "CREATE SCHEMA s AUTHORIZATION app; GRANT USAGE ON SCHEMA s TO r1, r2, r3; SET ROLE app; CREATE TABLE s.t (a int, b int)",
      "d",
    );
  });
  afterAll(() => server?.stop());

  it("does what the player of generated plans does, statement by statement", async () => {
    const client = await server.connect({ database: "d" });
    const warnings: string[] = [];
    client.on("notice", (notice) => void (notice.code?.startsWith("01") && warnings.push(notice.message ?? "")));
    let cluster = start(major);
    const seen = { done: 0, refused: 0 };
    const numbers = fc.sample(fc.tuple(small, small, small, small, small), { numRuns: STATEMENTS, seed: major });
    for (const { as, sql } of numbers.map((n) => statementOf(n, major))) {
      if (isAmbiguous(cluster, as)) continue;
      const next = draftOf(cluster);
      const done = await runs(client, warnings, as, sql);
      const expected = plays(next, as, sql);
      expect({ as, sql, done, warnings }).toEqual({ as, sql, done: expected, warnings });
      if (done) cluster = next;
      seen[done ? "done" : "refused"]++;
      expect({ as, sql, live: await live(client, major) }).toEqual({ as, sql, live: played(cluster) });
    }
    await client.end();
    expect(seen.done).toBeGreaterThan(STATEMENTS / 4);
    expect(seen.refused).toBeGreaterThan(STATEMENTS / 10);
  });
});

/** Whom PostgreSQL takes of several roles that might be the grantor depends on the order of its caches; plans name the grantor. */
const isAmbiguous = (cluster: Cluster, actor: string): boolean =>
  reached({ cluster: draftOf(cluster), database: "d", actor }, actor, inherits).length > 2;

function plays(cluster: ReturnType<typeof draftOf<Cluster>>, as: string, sql: string): boolean {
  try {
    playSql({ cluster, database: "d", actor: as }, sql);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}
