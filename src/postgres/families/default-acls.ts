import type { DefaultAclRow } from "../../model/snapshot.js";
import type { DefaultAclObjects } from "../../model/thing.js";
import { parseAclArray } from "../../privileges/acl-text.js";
import type { Session } from "../connect.js";

/** Large objects ('L', from 18 on) cannot be declared. */
const SQL = `
SELECT pg_catalog.pg_get_userbyid(d.defaclrole) AS creator, n.nspname AS schema, d.defaclobjtype AS letter, d.defaclacl::text AS acl
FROM pg_catalog.pg_default_acl d
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
WHERE d.defaclobjtype <> 'L'
ORDER BY 1, 2, 3`;

const OBJECTS: Readonly<Record<string, DefaultAclObjects>> = { r: "tables", S: "sequences", f: "routines", T: "types", n: "schemas" };

export async function readDefaultAcls(session: Session): Promise<DefaultAclRow[]> {
  const rows = await session.query<{ creator: string; schema: string | null; letter: string; acl: string }>(SQL);
  return rows.flatMap(({ creator, schema, letter, acl }) => {
    const objects = OBJECTS[letter];
    return objects ? [{ creator, schema, objects, acl: parseAclArray(acl) }] : [];
  });
}
