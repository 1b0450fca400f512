import type { Grants } from "./acl.js";
import type { Cell } from "./cell.js";
import type { IamPrincipal } from "./principal.js";
import type { MembershipTerms } from "./right.js";
import type { DefaultAclObjects, ObjectRef } from "./thing.js";

/** Who made a role that carries our mark: `created` may be dropped by us, `adopted` only released. */
export type Mark = "created" | "adopted";

/** Every kind of thing that can be declared and exists live: its identity and its attributes. */
export interface Kinds {
  "pg.role": {
    id: { readonly cluster: string; readonly role: string };
    /** `owner`: whose mark it is, where `owner_was` takes it over. `name`: what it is called, where it is renamed. */
    attrs: { readonly login: boolean; readonly mark: Mark | null; readonly owner?: string; readonly name?: string };
  };
  "pg.membership": {
    id: { readonly cluster: string; readonly role: string; readonly member: string };
    attrs: MembershipTerms;
  };
  "pg.acl": {
    /** `cell`: the objects that are treated alike, one of which this is; no part of the identity. */
    id: { readonly cluster: string; readonly database: string; readonly on: ObjectRef; readonly cell: Cell };
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
  /** What RDS must be set to for a cluster: `ensure` of the file. Never deleted. */
  "rds.setting": {
    id: { readonly cluster: string; readonly setting: RdsSettingName };
    attrs: { readonly value: string };
  };
  "iam.role": {
    id: { readonly account: string; readonly name: string };
    attrs: {
      readonly path: string;
      /** Canonical JSON of the trust policy. */
      readonly trust: string;
      /** Ours (`pgaccord:*`) and those that the file names, sorted by key. */
      readonly tags: readonly Tag[];
      /** ARN of its permissions boundary; left out: it has none. */
      readonly boundary?: string;
      /** Left out: the file does not say it. */
      readonly description?: string;
      /** Seconds; left out: the file does not say it. */
      readonly sessionDuration?: number;
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
    /** `policy`: the name of one that the file makes, the ARN of one that somebody else made. */
    id: { readonly account: string; readonly principal: IamPrincipal; readonly name: string; readonly policy: string };
    /** Canonical JSON of the policy, which is a resource of its own: no part of what is compared. Empty of somebody else's. */
    attrs: {
      readonly document: string;
      /** Names of all policies that the file makes for whoever gets it; left out: not known. */
      readonly parts?: readonly string[];
    };
  };
  /** Somebody else's policy inside an IAM role: never declared, taken away where nothing foreign may be. */
  "iam.inline-policy": {
    id: { readonly account: string; readonly role: string; readonly name: string };
    /** Canonical JSON. */
    attrs: { readonly document: string };
  };
  "iam.instance-profile": {
    id: { readonly account: string; readonly name: string };
    attrs: { readonly path: string; readonly role: string | null; readonly tags: readonly Tag[] };
  };
  /** The instance profile that an EC2 instance carries. */
  "ec2.association": {
    id: { readonly account: string; readonly instance: string };
    /** ARN. */
    attrs: { readonly profile: string };
  };
}

export type RdsSettingName = "iam_auth" | "log_connections";

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
  /** The resources that this one stands for, all with its attributes; left out: itself alone. */
  readonly members?: Members<K>;
}
export interface Members<K extends Kind> {
  readonly count: number;
  /** Keys are made only for those that are asked for. */
  readonly each: () => Iterable<Pick<Resource<K>, "key" | "id">>;
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
