import type { PrivilegeSet } from "./privileges.js";

/** A thing inside a cluster that carries an ACL. Names are literal, unquoted. */
export type PgObject =
  | { readonly type: "database"; readonly name: string }
  | { readonly type: "schema"; readonly name: string }
  /** What SQL's TABLE covers: tables, partitioned tables, views, materialized views, foreign tables. */
  | { readonly type: "table"; readonly schema: string; readonly name: string }
  | { readonly type: "sequence"; readonly schema: string; readonly name: string }
  /** A function, procedure, aggregate or window function; `args` as oidvectortypes() prints them: "integer, text". */
  | { readonly type: "routine"; readonly schema: string; readonly name: string; readonly args: string }
  | { readonly type: "column"; readonly schema: string; readonly table: string; readonly name: string };
export type PgObjectType = PgObject["type"];

/** PUBLIC is a pseudo-role; a role may be called "PUBLIC", so a grantee is never a bare string. */
export type Grantee = { readonly role: string } | "PUBLIC";

/** One aclitem: what one grantor gave one grantee. `grantable` is a subset of `privileges`. */
export interface AclEntry {
  readonly grantee: Grantee;
  readonly grantor: string;
  readonly privileges: PrivilegeSet;
  readonly grantable: PrivilegeSet;
}
/** A whole ACL as the server holds it. Interned by the reader: equal ACLs are the same object. */
export type Acl = readonly AclEntry[];

/** What one managed role holds on one object, whoever granted it. */
export interface Grant {
  readonly role: string;
  readonly privileges: PrivilegeSet;
  readonly grantable: PrivilegeSet;
}
/** The managed part of an ACL, sorted by role, without empty grants. Interned: equal lists are usually the same object. */
export type Grants = readonly Grant[];

export type DefaultAclObjects = "tables" | "sequences" | "routines" | "types" | "schemas";

/** Who made a role that carries our mark: `created` may be dropped by us, `adopted` only released. */
export type Mark = "created" | "adopted";

export type PrincipalType = "role" | "user" | "group";

/** Every kind of thing that can be declared and exists live: its identity and its attributes. */
export interface Kinds {
  "pg.role": {
    id: { readonly cluster: string; readonly role: string };
    attrs: { readonly login: boolean; readonly mark: Mark | null };
  };
  "pg.membership": {
    id: { readonly cluster: string; readonly role: string; readonly member: string };
    attrs: { readonly admin: boolean; readonly inherit: boolean; readonly set: boolean };
  };
  "pg.acl": {
    id: { readonly cluster: string; readonly database: string; readonly on: PgObject };
    attrs: { readonly grants: Grants };
  };
  "pg.default-acl": {
    id: {
      readonly cluster: string;
      readonly database: string;
      readonly creator: string;
      /** null: default privileges that hold in every schema. */
      readonly schema: string | null;
      readonly objects: DefaultAclObjects;
    };
    attrs: { readonly grants: Grants };
  };
  "iam.role": {
    id: { readonly account: string; readonly name: string };
    attrs: {
      readonly path: string;
      /** Canonical JSON of the trust policy. */
      readonly trust: string;
      /** Our tags only (`pgaccord:*`), sorted by key. */
      readonly tags: readonly Tag[];
    };
  };
  "iam.policy": {
    id: { readonly account: string; readonly name: string };
    attrs: {
      readonly path: string;
      /** Canonical JSON of the default version. */
      readonly document: string;
      readonly tags: readonly Tag[];
    };
  };
  "iam.attachment": {
    id: { readonly account: string; readonly principal: PrincipalType; readonly name: string; readonly policy: string };
    attrs: Readonly<Record<never, never>>;
  };
  "iam.instance-profile": {
    id: { readonly account: string; readonly name: string };
    attrs: { readonly path: string; readonly role: string | null; readonly tags: readonly Tag[] };
  };
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export type Kind = keyof Kinds;
export type Id<K extends Kind> = Kinds[K]["id"];
export type Attrs<K extends Kind> = Readonly<Kinds[K]["attrs"]>;

/** One live or wanted thing. */
export interface Resource<K extends Kind> {
  readonly key: Key;
  readonly id: Id<K>;
  readonly attrs: Attrs<K>;
}

/** The text form of an identity, unique over all kinds: `pg.role/demo/oltp_ro_role`. */
export type Key = string & { readonly key: unique symbol };

type State<Side extends string> = { readonly [K in Kind]: ReadonlyMap<Key, Resource<K>> } & { readonly side: Side };
/** What the file wants, expanded with the facts. */
export type Desired = State<"desired">;
/** What the servers hold, restricted to what the file manages. */
export type Live = State<"live">;

/** One thing as it is and as it should be; at least one of the two is there. */
export interface Pair<K extends Kind> {
  readonly kind: K;
  readonly key: Key;
  readonly id: Id<K>;
  readonly before: Attrs<K> | undefined;
  readonly after: Attrs<K> | undefined;
}

/** Where a change is carried out and reported. */
export type Target = { readonly type: "cluster"; readonly name: string } | { readonly type: "account"; readonly name: string };
