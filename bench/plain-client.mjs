// What a plain client needs for the same work: it reads the ungrouped rows of the catalogs, or executes the statements of a script.
import { readFileSync } from "node:fs";
import pg from "pg";

const [what, port, file] = process.argv.slice(2);
const client = new pg.Client({ host: "127.0.0.1", port: Number(port), user: "postgres", database: "big" });
const USERS = "nspname !~ '^pg_' AND nspname <> 'information_schema'";

// One query per catalog that a plan cannot do without; owners and grantees are looked up by OID, no name twice, nothing joined but the schema.
const RAW = [
  `SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE ${USERS}`,
  `SELECT c.oid, n.oid, relname, relkind, relowner, relacl FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r','p','v','m','f','S') AND ${USERS}`,
  `SELECT n.oid, proname, oidvectortypes(proargtypes), proowner, proacl FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE ${USERS}`,
  `SELECT attrelid, attname, attacl FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace WHERE attacl IS NOT NULL AND ${USERS}`,
  "SELECT classid, objid FROM pg_depend WHERE deptype = 'e'",
  "SELECT defaclrole, defaclnamespace, defaclobjtype, defaclacl FROM pg_default_acl",
  "SELECT datname, datdba, datacl FROM pg_database",
  "SELECT oid, rolname, rolcanlogin, rolsuper, rolcreaterole FROM pg_roles",
  "SELECT objoid, description FROM pg_shdescription WHERE classoid = 'pg_authid'::regclass",
  "SELECT * FROM pg_auth_members",
];

// Text stays text, as psql would pass it on.
const types = { getTypeParser: () => (value) => value };
const statements = () =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("--") && !line.startsWith("\\"));

await client.connect();
for (const text of what === "read" ? RAW : statements()) await client.query({ text, rowMode: "array", types });
await client.end();
