import type { MembershipRow } from "../../model/snapshot.js";
import type { Session } from "../connect.js";

/** inherit_option, set_option and oid exist from 16 on; before, a membership has none of them, and both options hold. */
const SQL = `
SELECT role.rolname AS role, member.rolname AS member, pg_catalog.pg_get_userbyid(m.grantor) AS grantor, m.admin_option AS admin,
       coalesce((pg_catalog.to_jsonb(m) ->> 'inherit_option')::boolean, true) AS inherit,
       coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::boolean, true) AS set,
       (pg_catalog.to_jsonb(m) ->> 'oid')::double precision AS made
FROM pg_catalog.pg_auth_members m
JOIN pg_catalog.pg_roles role ON role.oid = m.roleid
JOIN pg_catalog.pg_roles member ON member.oid = m.member
ORDER BY 1, 2, 3`;

export const readMemberships = (session: Session): Promise<MembershipRow[]> => session.query<MembershipRow>(SQL);
