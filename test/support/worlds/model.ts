/** A small world as plain data: what servers and accounts hold, and what an access file says. Knows nothing of src. */

/** The pseudo-role; no role of a world is called so. */
export const PUBLIC = "PUBLIC";

/** One privilege that one grantor gave one grantee. */
export interface Atom {
  readonly privilege: string;
  readonly grantee: string;
  readonly grantor: string;
  readonly grantable: boolean;
}

export type ThingType = "database" | "schema" | "table" | "sequence" | "routine" | "column";

/** Something that carries an ACL. The owner's own privileges go without saying. */
export interface Thing {
  readonly type: ThingType;
  /** "" for databases and schemas. */
  readonly schema: string;
  readonly name: string;
  /** A column's table, a routine's arguments, else "". */
  readonly of: string;
  readonly owner: string;
  readonly acl: readonly Atom[];
}

export type LaterObjects = "tables" | "sequences" | "routines";

/** What objects get that a creator makes later. */
export interface Later {
  readonly creator: string;
  readonly schema: string | null;
  readonly objects: LaterObjects;
  readonly acl: readonly Atom[];
}

export interface Database {
  readonly name: string;
  readonly things: readonly Thing[];
  readonly later: readonly Later[];
}

export interface Role {
  readonly name: string;
  readonly login: boolean;
  readonly superuser: boolean;
  readonly createRole: boolean;
  readonly comment: string | null;
}

export interface Membership {
  readonly role: string;
  readonly member: string;
  readonly grantor: string;
  readonly admin: boolean;
  readonly inherit: boolean;
  readonly set: boolean;
}

export interface Cluster {
  readonly name: string;
  /** A file copy of a server has the same. */
  readonly systemId: string;
  readonly major: number;
  /** null: not RDS's. */
  readonly rds: { readonly id: string; readonly resourceId: string } | null;
  readonly admin: string;
  readonly roles: readonly Role[];
  readonly memberships: readonly Membership[];
  readonly databases: readonly Database[];
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface Policy {
  readonly name: string;
  readonly versions: readonly { readonly id: string; readonly document: string }[];
  readonly current: string;
  readonly tags: readonly Tag[];
}

export interface Account {
  readonly name: string;
  readonly id: string;
  readonly roles: readonly { readonly name: string; readonly trust: string; readonly tags: readonly Tag[] }[];
  readonly users: readonly string[];
  readonly policies: readonly Policy[];
  readonly profiles: readonly { readonly name: string; readonly role: string | null; readonly tags: readonly Tag[] }[];
  readonly attachments: readonly { readonly to: "role" | "user" | "group"; readonly name: string; readonly policy: string }[];
}

export interface World {
  readonly clusters: readonly Cluster[];
  readonly accounts: readonly Account[];
}

export type Section = "database" | "schemas" | "tables" | "sequences" | "routines";

export interface FileGrant {
  readonly cluster: string;
  readonly database: string;
  readonly section: Section;
  /** `s.*`, `s.t`, `s`; "" for the database. */
  readonly object: string;
  readonly privileges: readonly string[];
}

export interface FileMembership {
  readonly role: string;
  readonly admin: boolean;
  readonly inherit: boolean;
  readonly set: boolean;
}

export interface FileRole {
  readonly name: string;
  /** none: it stands under `roles`. */
  readonly login: "none" | "external" | "iam";
  readonly clusters: readonly string[];
  readonly memberOf: readonly FileMembership[];
  readonly grants: readonly FileGrant[];
}

export interface FileConnect {
  readonly user: string;
  /** null: any cluster. */
  readonly clusters: readonly string[] | null;
}

export interface FileIamRole {
  readonly id: string;
  readonly account: string;
  readonly trust: readonly ({ readonly service: string } | { readonly role: string })[];
  readonly connect: readonly FileConnect[];
  readonly profile: string | null;
}

export interface FileCluster {
  readonly name: string;
  readonly account: string | null;
  readonly rds: string | null;
  readonly address: string | null;
  readonly admin: string;
  readonly databases: readonly { readonly name: string; readonly creators: readonly string[] }[];
}

/** access.yaml before it is text. */
export interface AccessModel {
  readonly accounts: readonly { readonly name: string; readonly id: string }[];
  readonly clusters: readonly FileCluster[];
  readonly roles: readonly FileRole[];
  readonly iamRoles: readonly FileIamRole[];
}

/** The same, to be written to: only by who made the copy. */
export type Draft<T> = T extends readonly (infer E)[] ? Draft<E>[] : T extends object ? { -readonly [K in keyof T]: Draft<T[K]> } : T;

/** A copy that may be written to; by way of JSON, for structuredClone keeps a list that two things share one list. */
export const draftOf = <T>(value: T): Draft<T> => JSON.parse(JSON.stringify(value));

export const OWNER = "acme/access";
