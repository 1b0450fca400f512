import type { ObjectGroup } from "../../model/snapshot.js";
import type { ObjectType } from "../../model/thing.js";
import type { AclReader } from "../../privileges/acl-text.js";
import type { Session } from "../connect.js";

/** The server groups relations with the same ACL: 20,000 tables come as a handful of rows. aclitem can be hashed, not sorted. */
const SQL = `
SELECT n.nspname AS schema, CASE c.relkind WHEN 'p' THEN 'r' ELSE c.relkind END AS relkind, pg_catalog.pg_get_userbyid(c.relowner) AS owner,
       (e.objid IS NOT NULL) AS extension, c.relacl::text AS acl, pg_catalog.array_agg(c.relname::text) AS names
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend e ON e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e'
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND NOT pg_catalog.starts_with(n.nspname::text, 'pg_') AND n.nspname <> 'information_schema'
GROUP BY n.nspname, 2, c.relowner, (e.objid IS NOT NULL), c.relacl`;

const TYPES: Readonly<Record<string, ObjectType>> = { S: "sequence", v: "view", m: "materialized view", f: "foreign table" };

interface Row {
  readonly schema: string;
  /** r also stands for a partitioned table. */
  readonly relkind: string;
  readonly owner: string;
  readonly extension: boolean;
  readonly acl: string | null;
  readonly names: readonly string[];
}

export async function readRelations(session: Session, readAcl: AclReader): Promise<ObjectGroup[]> {
  const rows = await session.query<Row>(SQL);
  return rows.map(({ schema, relkind, owner, extension, acl, names }) => {
    const type = TYPES[relkind] ?? "table";
    return { type, schema, owner, extension, acl: readAcl(acl, type, owner), objects: names.map((name) => ({ name })) };
  });
}
