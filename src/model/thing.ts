import type { PrivilegeSet } from "./privileges.js";

/** One entry for each type of grantable object; its row stands in kinds/things.ts. An interface, so that a type can be added by declaration merging. */
export interface ObjectTypes {
  database: true;
  schema: true;
  table: true;
  view: true;
  "materialized view": true;
  "foreign table": true;
  column: true;
  sequence: true;
  routine: true;
}
export type ObjectType = keyof ObjectTypes;

/** An object inside a cluster that carries an ACL. Names are literal, unquoted. */
export interface ObjectRef {
  readonly type: ObjectType;
  /** Left out where objects of the type stand in no schema. */
  readonly schema?: string;
  /** Of a column: its table's. */
  readonly name: string;
  readonly column?: string;
  /** Of a routine: as oidvectortypes() prints them: "integer, text". */
  readonly args?: string;
}

/** A cluster of the file, and what proves that it is that server: RDS's resource id, or PostgreSQL's system identifier. */
export interface Server {
  readonly cluster: string;
  readonly identity: string;
}

/** What a right is held on. */
export type Thing =
  | { readonly type: "object"; readonly server: Server; readonly site: ObjectSite; readonly of: ObjectRef }
  /** Objects that the creator will make; `schema: null`: in every schema. */
  | {
      readonly type: "later";
      readonly server: Server;
      readonly database: string;
      readonly creator: string;
      readonly schema: string | null;
      readonly objects: DefaultAclObjects;
    }
  | { readonly type: "membership"; readonly server: Server; readonly role: string }
  | { readonly type: "login"; readonly server: Server }
  /** `resource`: region, account and resource id or `*`, as in the ARN: "us-east-2:111122223333:cluster-ABC". */
  | { readonly type: "door"; readonly resource: string; readonly user: string }
  | { readonly type: "iam-role"; readonly account: string; readonly name: string }
  | { readonly type: "iam-policy"; readonly account: string; readonly name: string }
  /** Anything else in AWS, as a document names it. */
  | { readonly type: "arn"; readonly arn: string };
export type ObjectSite = "cluster" | { readonly database: string };

export type DefaultAclObjects = "tables" | "sequences" | "routines" | "types" | "schemas";

/** All that is known of one type of grantable object (PostgreSQL manual, "Privileges"). Whoever adds a type adds a row. */
export interface ThingSpec {
  readonly scope: "cluster" | "database";
  /** A column's table: REVOKE on it takes the column's entries, too. */
  readonly parent: ObjectType | null;
  /** What must be passed to reach it: USAGE on the schema. */
  readonly gate: ObjectType | null;
  /** The type whose entries in the file and wildcards cover it: a table's cover a view. Itself where it stands alone. */
  readonly family: ObjectType;
  /** For pg_shdepend: pg_class, pg_proc … */
  readonly catalog: string;
  readonly noun: string;
  readonly plural: string;
  /** Its key under a database in access.yaml; null: it cannot be declared yet. */
  readonly section: string | null;
  /** How the file names one. */
  readonly shape: "database" | "schema" | "relation" | "routine";
  /** What GRANT … ON calls it. */
  readonly word: string;
  /** What a server of this version (170010) knows. */
  readonly privileges: (versionNum: number) => PrivilegeSet;
  /** What PUBLIC holds while the ACL is NULL. */
  readonly publicDefault: PrivilegeSet;
  /** Whether the owner holds all of it while the ACL is NULL: a column has no default of its own. */
  readonly ownerDefault: boolean;
  /** Under which name default privileges give the same on later objects; null: they would give more than is meant. */
  readonly later: DefaultAclObjects | null;
}
export type Things = { readonly [T in ObjectType]: ThingSpec };

/** The name by which the file tells it from others of its family and schema: `f(integer)`. */
export const localName = ({ name, args }: Pick<ObjectRef, "name" | "args">): string => (args === undefined ? name : `${name}(${args})`);
