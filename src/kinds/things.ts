import { type PrivilegeSet, type PrivilegeWord, privilegeSet, wordsOf } from "../model/privileges.js";
import type { ObjectType, ThingSpec, Things } from "../model/thing.js";

/** Privileges that older versions lack, by the first version that has them. */
const SINCE: readonly { readonly privilege: PrivilegeSet; readonly versionNum: number }[] = [
  { privilege: privilegeSet(["maintain"]), versionNum: 170000 },
];

const known =
  (...words: readonly PrivilegeWord[]) =>
  (versionNum: number): PrivilegeSet =>
    SINCE.filter((row) => versionNum < row.versionNum).reduce((set, row) => set & ~row.privilege, privilegeSet(words));

const IN_DATABASE = { scope: "database", parent: null, gate: "schema", publicDefault: 0, ownerDefault: true, later: null } as const;

/** What SQL's TABLE covers; of all of them default privileges give later ones alike, so only a table's own entries may ask for that. */
const relation = (noun: string): ThingSpec => ({
  ...IN_DATABASE,
  family: "table",
  catalog: "pg_class",
  noun,
  plural: `${noun}s`,
  section: null,
  shape: "relation",
  word: "TABLE",
  privileges: known("select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain"),
});

/** One row for each type of object that carries an ACL (PostgreSQL manual, "Summary of Access Privileges"). A type without one does not compile. */
export const THINGS: Things = {
  database: {
    ...IN_DATABASE,
    gate: null,
    family: "database",
    catalog: "pg_database",
    noun: "database",
    plural: "databases",
    section: "database",
    shape: "database",
    word: "DATABASE",
    privileges: known("create", "connect", "temporary"),
    publicDefault: privilegeSet(["connect", "temporary"]),
  },
  schema: {
    ...IN_DATABASE,
    gate: null,
    family: "schema",
    catalog: "pg_namespace",
    noun: "schema",
    plural: "schemas",
    section: "schemas",
    shape: "schema",
    word: "SCHEMA",
    privileges: known("usage", "create"),
  },
  table: { ...relation("table"), section: "tables", later: "tables" },
  view: relation("view"),
  "materialized view": relation("materialized view"),
  "foreign table": relation("foreign table"),
  column: {
    ...relation("column"),
    parent: "table",
    family: "column",
    // Written in front of ON TABLE instead.
    privileges: known("select", "insert", "update", "references"),
    ownerDefault: false,
  },
  sequence: {
    ...IN_DATABASE,
    family: "sequence",
    catalog: "pg_class",
    noun: "sequence",
    plural: "sequences",
    section: "sequences",
    shape: "relation",
    word: "SEQUENCE",
    privileges: known("usage", "select", "update"),
    later: "sequences",
  },
  routine: {
    ...IN_DATABASE,
    family: "routine",
    catalog: "pg_proc",
    noun: "routine",
    plural: "routines",
    section: "routines",
    shape: "routine",
    word: "ROUTINE",
    privileges: known("execute"),
    publicDefault: privilegeSet(["execute"]),
    later: "routines",
  },
};

/** In the order of the table. */
export const typesOf = (things: Things): ObjectType[] => Object.keys(things).filter((key): key is ObjectType => Object.hasOwn(things, key));

/** No version that is out has more. */
const NEWEST = 999999;
export const allPrivileges = (spec: ThingSpec): PrivilegeSet => spec.privileges(NEWEST);

/** Words that a server of this version does not know; empty when it knows all. */
export const unknownPrivileges = (spec: ThingSpec, privileges: PrivilegeSet, versionNum: number): PrivilegeWord[] =>
  wordsOf(privileges & ~spec.privileges(versionNum));
