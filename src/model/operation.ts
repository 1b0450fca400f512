import type { Grantee } from "./acl.js";
import type { AwsRequest } from "./aws-call.js";
import type { Cell } from "./cell.js";
import type { PrivilegeSet } from "./privileges.js";
import type { Key } from "./resource.js";
import type { DefaultAclObjects, ObjectRef } from "./thing.js";

/** In the order in which they are carried out (docs/life-of-a-change.md). */
export const PHASES = [
  "ensure",
  "both",
  "rename",
  "prepare",
  "leave",
  "close",
  "remove",
  "change",
  "add",
  "open",
  "replace",
  "join",
  "delete",
] as const;
export type Phase = (typeof PHASES)[number];

export type Site = { readonly cluster: string; readonly database: string } | { readonly account: string };

/** One atomic, typed thing to do. */
export interface Operations {
  "create-role": { readonly role: string };
  "rename-role": { readonly role: string; readonly was: string };
  "comment-role": { readonly role: string; readonly comment: string | null };
  "alter-login": { readonly role: string; readonly login: boolean };
  "drop-role": { readonly role: string };
  "grant-membership": {
    readonly role: string;
    readonly member: string;
    readonly admin: boolean;
    readonly inherit: boolean;
    readonly set: boolean;
    readonly options: boolean;
  };
  /** `grantor: null`: the server is older than 16, where a membership has one row, and nothing depends on it. */
  "revoke-membership": {
    readonly role: string;
    readonly member: string;
    readonly grantor: string | null;
    /** What the member passed on goes with it; where it shall stay it is granted again. */
    readonly cascade: boolean;
  };
  /** Grantees that get the same: the list is shared by all objects with the same ACL. */
  grant: {
    readonly on: ObjectRef;
    /** The objects that are treated alike, one of which this is. */
    readonly cell: Cell;
    readonly privileges: PrivilegeSet;
    readonly grantable: boolean;
    readonly to: readonly Grantee[];
  };
  revoke: {
    readonly on: ObjectRef;
    readonly cell: Cell;
    /** Who gave it: PostgreSQL takes what the acting role gave. */
    readonly grantor: string;
    readonly privileges: PrivilegeSet;
    readonly from: readonly Grantee[];
    /** Only the grant option is taken. */
    readonly optionOnly: boolean;
    readonly cascade: boolean;
  };
  "grant-default": {
    readonly creator: string;
    readonly schema: string | null;
    readonly objects: DefaultAclObjects;
    readonly privileges: PrivilegeSet;
    readonly to: Grantee;
  };
  "revoke-default": {
    readonly creator: string;
    readonly schema: string | null;
    readonly objects: DefaultAclObjects;
    readonly privileges: PrivilegeSet;
    readonly from: Grantee;
  };
  aws: AwsRequest;
}

export type OpType = keyof Operations;
export type Operation<T extends OpType = OpType> = { readonly [K in T]: OperationOf<K> }[T];
interface OperationOf<T extends OpType> {
  readonly type: T;
  readonly change: Key;
  readonly phase: Phase;
  readonly site: Site;
  /** Role that the statement must run as; null: the admin itself. PostgreSQL only. */
  readonly as: string | null;
  /** Within a phase and site, lower ranks run first. */
  readonly rank: number;
  readonly args: Operations[T];
}
