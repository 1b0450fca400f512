import type { ObjectGroup } from "../../model/snapshot.js";
import type { AclReader } from "../../privileges/acl-text.js";
import type { Session } from "../connect.js";

/** oidvectortypes names types as search_path sees them: with pg_catalog alone, types of users are qualified. */
const SQL = `
SELECT n.nspname AS schema, pg_catalog.pg_get_userbyid(p.proowner) AS owner, (e.objid IS NOT NULL) AS extension, p.proacl::text AS acl, t.schemas AS type_schemas,
       pg_catalog.array_agg(p.proname::text) AS names,
       pg_catalog.array_agg(pg_catalog.oidvectortypes(p.proargtypes)) AS args
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_depend e ON e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e'
CROSS JOIN LATERAL (
  SELECT pg_catalog.array_agg(DISTINCT tn.nspname::text ORDER BY tn.nspname::text) AS schemas
  FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) AS a(oid)
  JOIN pg_catalog.pg_type at ON at.oid = a.oid
  JOIN pg_catalog.pg_namespace tn ON tn.oid = at.typnamespace
  WHERE tn.oid <> p.pronamespace AND tn.nspname <> 'pg_catalog'
) t
WHERE NOT pg_catalog.starts_with(n.nspname::text, 'pg_') AND n.nspname <> 'information_schema'
GROUP BY n.nspname, p.proowner, (e.objid IS NOT NULL), p.proacl, t.schemas`;

interface Row {
  readonly schema: string;
  readonly owner: string;
  readonly extension: boolean;
  readonly acl: string | null;
  readonly type_schemas: readonly string[] | null;
  readonly names: readonly string[];
  readonly args: readonly string[];
}

export async function readRoutines(session: Session, readAcl: AclReader): Promise<ObjectGroup[]> {
  const rows = await session.query<Row>(SQL);
  return rows.map(({ schema, owner, extension, acl, type_schemas, names, args }) => ({
    type: "routine",
    schema,
    owner,
    extension,
    ...(type_schemas === null ? {} : { typeSchemas: type_schemas }),
    acl: readAcl(acl, "routine", owner),
    objects: names.map((name, i) => ({ name, args: args[i] ?? "" })),
  }));
}
