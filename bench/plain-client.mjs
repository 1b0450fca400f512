// What a plain client needs for the same work: it reads the raw rows of the catalogs, or executes the statements of a script.
import { readFileSync } from "node:fs";
import pg from "pg";

const [what, port, file] = process.argv.slice(2);
const client = new pg.Client({ host: "127.0.0.1", port: Number(port), user: "postgres", database: "big" });
await client.connect();
const RAW = [
  "SELECT n.nspname, c.relname, c.relkind, c.relowner, c.relacl::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','p','v','m','f','S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'",
  "SELECT n.nspname, p.proname, oidvectortypes(p.proargtypes), p.proowner, p.proacl::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'",
  "SELECT nspname, nspowner, nspacl::text FROM pg_namespace",
  "SELECT attrelid, attname, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid >= 16384",
  "SELECT defaclrole, defaclnamespace, defaclobjtype, defaclacl::text FROM pg_default_acl",
  "SELECT datname, datdba, datacl::text FROM pg_database",
  "SELECT r.rolname, r.rolcanlogin, r.rolsuper, shobj_description(r.oid, 'pg_authid') FROM pg_roles r",
  "SELECT roleid, member, grantor, admin_option FROM pg_auth_members",
];
const statements = () =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("--") && !line.startsWith("\\"));
for (const sql of what === "read" ? RAW : statements()) await client.query(sql);
await client.end();
