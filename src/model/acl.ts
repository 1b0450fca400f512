import type { PrivilegeSet } from "./privileges.js";

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

/** What one managed grantee holds on one object, whoever granted it. */
export interface Grant {
  readonly to: Grantee;
  readonly privileges: PrivilegeSet;
  readonly grantable: PrivilegeSet;
}
/** The managed part of an ACL, sorted by grantee, without empty grants. Interned: equal lists are usually the same object. */
export type Grants = readonly Grant[];
