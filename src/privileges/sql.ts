import type { Grantee } from "../model/acl.js";
import type { PrivilegeSet } from "../model/privileges.js";
import { wordsOf } from "../model/privileges.js";

/** The only way a name gets into a statement. Always quoted: no word is safe in every version. */
export const quoteIdent = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A string constant; with a backslash in the E form, so that standard_conforming_strings does not matter. */
export const quoteLiteral = (text: string): string => {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
};

/** Bare PUBLIC only from the typed value: GRANT … TO "public" would mean the pseudo-role, too. */
export const granteeSql = (grantee: Grantee): string => (grantee === "PUBLIC" ? "PUBLIC" : quoteIdent(grantee.role));

/** `SELECT, INSERT`; never ALL, which gives no warning when it grants only a part. */
export const privilegesSql = (privileges: PrivilegeSet): string => wordsOf(privileges).join(", ").toUpperCase();

/** A name as a person writes it: quotes only where SQL needs them. */
export const displayName = (name: string): string => (/^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoteIdent(name));
