import { type PrivilegeSet, type PrivilegeWord, privilegeSet, wordsOf } from "../model/privileges.js";
import type { DefaultAclObjects, PgObject, PgObjectType } from "../model/resource.js";
import { quoteIdent } from "./sql.js";

/** One type of object that carries an ACL: PostgreSQL manual, "Privileges", table "Summary of Access Privileges". */
export interface GrantTarget {
  /** What stands between ON and the names; columns are written in front of ON TABLE instead. */
  readonly word: string;
  readonly noun: string;
  readonly plural: string;
  /** Type letter of acldefault(). */
  readonly letter: string;
  /** Privileges of every supported version together. */
  readonly privileges: PrivilegeSet;
  /** What PUBLIC has while the ACL is NULL. */
  readonly publicDefault: PrivilegeSet;
}

const target = (
  word: string,
  plural: string,
  letter: string,
  privileges: PrivilegeWord[],
  publicDefault: PrivilegeWord[] = [],
): GrantTarget => ({
  word,
  noun: word.toLowerCase(),
  plural,
  letter,
  privileges: privilegeSet(privileges),
  publicDefault: privilegeSet(publicDefault),
});

export const GRANT_TARGETS: Readonly<Record<PgObjectType, GrantTarget>> = {
  database: target("DATABASE", "databases", "d", ["create", "connect", "temporary"], ["connect", "temporary"]),
  schema: target("SCHEMA", "schemas", "n", ["usage", "create"]),
  table: target("TABLE", "tables", "r", ["select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain"]),
  sequence: target("SEQUENCE", "sequences", "s", ["usage", "select", "update"]),
  routine: target("ROUTINE", "routines", "f", ["execute"], ["execute"]),
  column: { ...target("TABLE", "columns", "c", ["select", "insert", "update", "references"]), noun: "column" },
};

/** Privileges that a version lacks, by the first version that has them. */
const SINCE: readonly { readonly privilege: PrivilegeWord; readonly versionNum: number }[] = [
  { privilege: "maintain", versionNum: 170000 },
];

/** The privileges that an object type has on a server of this version. */
export const privilegesOf = (type: PgObjectType, versionNum: number): PrivilegeSet =>
  SINCE.filter((row) => versionNum < row.versionNum).reduce(
    (set, row) => set & ~privilegeSet([row.privilege]),
    GRANT_TARGETS[type].privileges,
  );

/** Words that a server of this version does not know; empty when it knows all. */
export const unknownPrivileges = (type: PgObjectType, privileges: PrivilegeSet, versionNum: number): PrivilegeWord[] =>
  wordsOf(privileges & ~privilegesOf(type, versionNum));

/** The object as SQL names it: `"pgdemo"."products"`. */
export function objectSql(on: PgObject): string {
  if (on.type === "database" || on.type === "schema") return quoteIdent(on.name);
  if (on.type === "column") return `${quoteIdent(on.schema)}.${quoteIdent(on.table)}`;
  const name = `${quoteIdent(on.schema)}.${quoteIdent(on.name)}`;
  return on.type === "routine" ? `${name}(${on.args})` : name;
}

/** ALTER DEFAULT PRIVILEGES … ON what. */
export const DEFAULT_ACL_TARGETS: Readonly<Record<DefaultAclObjects, { readonly word: string; readonly type: PgObjectType | null }>> = {
  tables: { word: "TABLES", type: "table" },
  sequences: { word: "SEQUENCES", type: "sequence" },
  routines: { word: "ROUTINES", type: "routine" },
  types: { word: "TYPES", type: null },
  schemas: { word: "SCHEMAS", type: "schema" },
};
