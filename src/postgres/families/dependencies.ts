import type { RoleDependency } from "../../model/snapshot.js";
import type { Session } from "../connect.js";

/** Deptypes: PostgreSQL manual, pg_shdepend. A column's ACL is a dependency of its own (objsubid). */
const SQL = `
SELECT r.rolname AS role, d.datname AS database, c.relname AS catalog,
       CASE s.deptype WHEN 'o' THEN 'owner' WHEN 'a' THEN 'acl' WHEN 'r' THEN 'policy' WHEN 'i' THEN 'initial-acl' ELSE 'other' END AS type,
       count(DISTINCT (s.objid, s.objsubid))::integer AS count
FROM pg_catalog.pg_shdepend s
JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid
LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid
JOIN pg_catalog.pg_class c ON c.oid = s.classid
WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND r.rolname = ANY ($1::pg_catalog.name[])
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4`;

/** What refers to these roles, in every database of the cluster. Asks nothing when there are none. */
export const readDependencies = (session: Session, roles: readonly string[]): Promise<RoleDependency[]> =>
  roles.length === 0 ? Promise.resolve([]) : session.query<RoleDependency>(SQL, [roles]);
