import type { RoleSnapshot } from "../../model/snapshot.js";
import type { Session } from "../connect.js";

const SQL = `
SELECT r.rolname AS name, r.rolcanlogin AS login, r.rolsuper AS superuser, r.rolcreaterole AS "createRole",
       r.rolreplication AS replication, r.rolbypassrls AS "bypassRls", r.rolinherit AS inherit, d.description AS comment,
       CASE WHEN pg_catalog.isfinite(r.rolvaliduntil)
            THEN pg_catalog.to_char(pg_catalog.timezone('UTC', r.rolvaliduntil), 'YYYY-MM-DD') END AS "validUntil"
FROM pg_catalog.pg_roles r
LEFT JOIN pg_catalog.pg_shdescription d ON d.objoid = r.oid AND d.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass
ORDER BY r.rolname`;

export async function readRoles(session: Session): Promise<Map<string, RoleSnapshot>> {
  return new Map((await session.query<RoleSnapshot>(SQL)).map((row) => [row.name, row]));
}
