import type { DatabaseSnapshot } from "../../model/snapshot.js";
import type { AclReader } from "../../privileges/acl-text.js";
import type { Session } from "../connect.js";

/** starts_with instead of LIKE: an underscore is a wildcard there, and 'pg_%' would hide a schema pgx. */
const SQL = `
SELECT n.nspname AS name, pg_catalog.pg_get_userbyid(n.nspowner) AS owner, n.nspacl::text AS acl
FROM pg_catalog.pg_namespace n
WHERE NOT pg_catalog.starts_with(n.nspname::text, 'pg_') AND n.nspname <> 'information_schema'
ORDER BY n.nspname`;

export async function readSchemas(session: Session, readAcl: AclReader): Promise<DatabaseSnapshot["schemas"]> {
  const rows = await session.query<{ name: string; owner: string; acl: string | null }>(SQL);
  return new Map(rows.map(({ name, owner, acl }) => [name, { name, owner, acl: readAcl(acl, "schema", owner) }]));
}
