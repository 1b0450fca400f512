import fc from "fast-check";
import pg from "pg";
import type { LocalPostgres } from "../../src/sandbox/local-postgres.js";

/** One schema, one table, one sequence, a role, a user who is its member, and a role with the schema's wildcard: each with a name that nobody would choose. */
export interface OddWorld {
  readonly schema: string;
  readonly table: string;
  readonly sequence: string;
  readonly role: string;
  readonly user: string;
  readonly wide: string;
}

// The driver quotes here: our own quoting is what is under test.
const quoteIdent = pg.escapeIdentifier;

export const DATABASE = "odd %s db";

/** What quoting, ACL texts, YAML, LIKE, format() or a shell read as their own, and letters of one to four bytes. */
const SIGNS = [
  ..."\"'`\\/%_$@#&|;:,.=*?!(){}[]<>+-~^ aZ0",
  "é",
  "ß",
  "→",
  "表",
  "😀",
  "\u200b",
  "\u202e",
  "\u00a0",
  "--",
  "/*",
  "$$",
  "%s",
  "%I",
  "''",
  '""',
];
const WORDS = [
  "select",
  "Table",
  "user_",
  "null",
  "true",
  "~",
  "- a",
  "=r/b",
  "a=r*/b",
  "{a,b}",
  "E'x'",
  "0x1f",
  "1e3",
  "2026-01-01",
  "<<",
  "yes",
];

const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** Of what PostgreSQL and access.yaml take: at most 63 bytes, composed, no control character, nobody else's name. */
const oddName = fc
  .oneof(
    { weight: 5, arbitrary: fc.string({ unit: fc.constantFrom(...SIGNS), minLength: 1, maxLength: 16 }) },
    { weight: 2, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }) },
    { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...SIGNS), minLength: 40, maxLength: 63 }) },
    { weight: 2, arbitrary: fc.constantFrom(...WORDS) },
  )
  .filter(
    (name) =>
      name.normalize("NFC") === name &&
      bytes(name) > 0 &&
      bytes(name) <= 63 &&
      !/\p{Cc}|^pg_|^rds|^(none|user|public|postgres)$/iu.test(name),
  );

/** Tables and sequences share one space of names, roles and users another. */
export const oddWorld: fc.Arbitrary<OddWorld> = fc
  .record({ schema: oddName, table: oddName, sequence: oddName, role: oddName, user: oddName, wide: oddName })
  .filter(({ table, sequence, role, user, wide }) => table !== sequence && new Set([role, user, wide]).size === 3);

export async function makeObjects(postgres: LocalPostgres, { schema, table, sequence }: OddWorld): Promise<void> {
  const s = quoteIdent(schema);
  await postgres.sql(
    `CREATE SCHEMA ${s}; CREATE TABLE ${s}.${quoteIdent(table)} (); CREATE SEQUENCE ${s}.${quoteIdent(sequence)}`,
    DATABASE,
  );
}

export async function dropObjects(postgres: LocalPostgres, { schema }: OddWorld): Promise<void> {
  await postgres.sql(`DROP SCHEMA ${quoteIdent(schema)} CASCADE`, DATABASE);
}

const HEAD = `version: 1
owner: acme/access
clusters:
  main: { address: 127.0.0.1:1, admin: { user: postgres, auth: none }, databases: { ${JSON.stringify(DATABASE)}: {} } }
defaults: { clusters: [main] }
safety: { max_deletions: 100%, max_revokes: 100% }
`;

/** JSON is YAML: its quotes keep every sign. */
export function accessFile({ schema, table, sequence, role, user, wide }: OddWorld): string {
  const named = `${quoteIdent(schema)}.${quoteIdent(table)}`;
  const grants = {
    schemas: { [quoteIdent(schema)]: ["usage"] },
    tables: { [named]: ["select", "insert"] },
    sequences: { [`${quoteIdent(schema)}.${quoteIdent(sequence)}`]: ["usage"] },
  };
  const all = { tables: { [`${quoteIdent(schema)}.*`]: ["update"] } };
  const roles = { [role]: { grants: { [DATABASE]: grants } }, [wide]: { grants: { [DATABASE]: all } } };
  const users = { [user]: { member_of: [role] } };
  return `${HEAD}roles: ${JSON.stringify(roles)}\nusers: ${JSON.stringify(users)}\n`;
}

/** The same file after everybody left. */
export const emptyFile: string = HEAD;

/** What PostgreSQL itself says: the user reads and inserts through the role, and does not update; the other role just updates. */
export async function rightsOf(postgres: LocalPostgres, world: OddWorld): Promise<unknown> {
  const { schema, table, sequence, role, user, wide } = world;
  const client = await postgres.connect({ database: DATABASE });
  try {
    const { rows } = await client.query(
      `SELECT has_table_privilege($1::name, t.oid, 'SELECT') AND has_table_privilege($1::name, t.oid, 'INSERT') AS "userReads",
              has_table_privilege($1::name, t.oid, 'UPDATE') AS "userUpdates", has_table_privilege($2::name, t.oid, 'UPDATE') AS "wideUpdates",
              has_table_privilege($2::name, t.oid, 'SELECT') AS "wideReads", has_schema_privilege($1::name, n.oid, 'USAGE') AS "schema",
              has_sequence_privilege($1::name, s.oid, 'USAGE') AS "sequence", pg_has_role($1::name, $3::name, 'USAGE') AS "member"
       FROM pg_namespace n JOIN pg_class t ON t.relnamespace = n.oid AND t.relname = $5 JOIN pg_class s ON s.relnamespace = n.oid AND s.relname = $6
       WHERE n.nspname = $4`,
      [user, wide, role, schema, table, sequence],
    );
    return rows[0];
  } finally {
    await client.end();
  }
}
