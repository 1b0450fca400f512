import type { DatabaseHead } from "../../model/snapshot.js";
import type { AclReader } from "../../privileges/acl-text.js";
import type { Session } from "../connect.js";

const SQL = `
SELECT d.datname AS name, pg_catalog.pg_get_userbyid(d.datdba) AS owner, d.datacl::text AS acl
FROM pg_catalog.pg_database d
WHERE d.datallowconn AND NOT d.datistemplate
ORDER BY d.datname`;

export async function readDatabases(session: Session, readAcl: AclReader): Promise<Map<string, DatabaseHead>> {
  const rows = await session.query<{ name: string; owner: string; acl: string | null }>(SQL);
  return new Map(rows.map(({ name, owner, acl }) => [name, { name, owner, acl: readAcl(acl, "database", owner) }]));
}
