import type { Session } from "../connect.js";

/** ACL entries of objects that access.yaml cannot name, counted by role. */
const SQL = `
SELECT r.rolname AS role, count(*)::integer AS count
FROM (
  SELECT typacl AS acl FROM pg_catalog.pg_type WHERE typacl IS NOT NULL AND oid >= 16384
  UNION ALL SELECT lanacl FROM pg_catalog.pg_language WHERE lanacl IS NOT NULL
  UNION ALL SELECT fdwacl FROM pg_catalog.pg_foreign_data_wrapper WHERE fdwacl IS NOT NULL
  UNION ALL SELECT srvacl FROM pg_catalog.pg_foreign_server WHERE srvacl IS NOT NULL
  UNION ALL SELECT lomacl FROM pg_catalog.pg_largeobject_metadata WHERE lomacl IS NOT NULL
) o, LATERAL pg_catalog.aclexplode(o.acl) x
JOIN pg_catalog.pg_roles r ON r.oid = x.grantee
GROUP BY r.rolname
ORDER BY r.rolname`;

export async function readOtherGrants(session: Session): Promise<Map<string, number>> {
  return new Map((await session.query<{ role: string; count: number }>(SQL)).map(({ role, count }) => [role, count]));
}
