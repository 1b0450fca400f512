import type { ObjectGroup } from "../../model/snapshot.js";
import type { AclReader } from "../../privileges/acl-text.js";
import type { Session } from "../connect.js";

/** Only columns with an ACL of their own. */
const SQL = `
SELECT n.nspname AS schema, c.relname AS table, a.attname AS name, pg_catalog.pg_get_userbyid(c.relowner) AS owner, a.attacl::text AS acl,
       EXISTS (SELECT FROM pg_catalog.pg_depend e
               WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e') AS extension
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
  AND NOT pg_catalog.starts_with(n.nspname::text, 'pg_') AND n.nspname <> 'information_schema'
ORDER BY 1, 2, 3`;

interface Row {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly owner: string;
  readonly acl: string;
  readonly extension: boolean;
}

export async function readColumns(session: Session, readAcl: AclReader): Promise<ObjectGroup[]> {
  const rows = await session.query<Row>(SQL);
  return rows.map(({ schema, table, name, owner, acl, extension }) => ({
    type: "column",
    schema,
    owner,
    extension,
    acl: readAcl(acl, "column", owner),
    objects: [{ name, table }],
  }));
}
