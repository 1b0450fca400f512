import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";

/** A plain server with a reader, and files that give roles rights on it. */
export interface Shop {
  readonly postgres: LocalPostgres;
  readonly file: (roles: readonly string[], more?: string, clusters?: string) => string;
  /** Drops all roles that pgaccord made. */
  readonly clear: () => Promise<void>;
  readonly reads: (role: string, table: string) => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

const MARKED = `SELECT quote_ident(rolname) AS name FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE '%pgaccord%'`;

export async function startShop(): Promise<Shop> {
  const postgres = await startPostgres({ major: 17 });
  await postgres.sql("CREATE DATABASE shop");
  await postgres.sql("CREATE ROLE access_reader LOGIN; CREATE ROLE app");
  await postgres.sql("CREATE SCHEMA app AUTHORIZATION app; SET ROLE app; CREATE TABLE app.a (id int); CREATE TABLE app.b (id int)", "shop");
  const file = (roles: readonly string[], more = "", clusters = ""): string => `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:${postgres.port}
    admin: { user: postgres, auth: none }
    reader: { user: access_reader, auth: none }
    databases: { shop: { creators: [app] } }
${clusters}defaults: { clusters: [main] }
roles:${roles.length === 0 ? " {}" : ""}
${roles.map((r) => `  ${r}: { grants: { shop: { schemas: { app: [usage] }, tables: { app.*: [select] } } } }`).join("\n")}
${more}
`;
  return {
    postgres,
    file,
    clear: async () => {
      // By hand: an apply for each test takes longer than most of them.
      const { rows } = await postgres.sql(MARKED, "shop");
      for (const { name } of rows) await postgres.sql(`DROP OWNED BY ${name} CASCADE; DROP ROLE ${name}`, "shop");
    },
    reads: async (role, table) =>
      (await postgres.sql(`SELECT has_table_privilege('${role}', '${table}', 'select') AS reads`, "shop")).rows[0]?.reads === true,
    stop: postgres.stop,
  };
}
