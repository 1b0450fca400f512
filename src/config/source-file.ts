import type { Login } from "../model/declared.js";
import type { Place } from "../model/place.js";
import type { ObjectType } from "../model/thing.js";
import type { JsonObject } from "../policies/json.js";

/** A text of the file and where it stands. */
export interface Word {
  readonly text: string;
  readonly place: Place;
}

/** access.yaml as it is written, shapes checked, nothing resolved yet. Entries that the schema refuses are left out. */
export interface SourceFile {
  /** As messages name it. */
  readonly file: string;
  readonly owner: string;
  readonly ownerWas: readonly Word[];
  readonly accounts: ReadonlyMap<string, SourceAccount>;
  readonly clusters: ReadonlyMap<string, SourceCluster>;
  /** `defaults.clusters`; null when there is none. */
  readonly defaultClusters: readonly Word[] | null;
  /** Of `roles` and `users`, in the order of the file; the names may clash. */
  readonly roles: readonly SourceRole[];
  readonly iamRoles: ReadonlyMap<string, SourceIamRole>;
  /** Of `iam_users` and `iam_policies`. */
  readonly iamDoors: readonly SourceIamDoor[];
  readonly iamDefaults: SourceIamDefaults;
  readonly safety: SourceSafety;
  readonly githubDetail: Word | null;
  /** `evidence.cloudtrail.athena`. */
  readonly athena: SourceAthena | null;
  /** All names of each section, those of entries that are left out too. */
  readonly names: Readonly<Record<Section, ReadonlySet<string>>>;
}
export type Section = "accounts" | "clusters" | "roles" | "users" | "iam_roles" | "iam_users" | "iam_policies";

export interface SourceAthena {
  readonly account: Word;
  readonly workgroup: Word | null;
  readonly table: Word;
  readonly place: Place;
}

export interface SourceAccount {
  readonly name: Word;
  readonly id: Word;
  readonly region: string;
  readonly planRole: Word | null;
  readonly applyRole: Word | null;
}

export interface SourceCluster {
  readonly name: Word;
  readonly account: Word | null;
  readonly region: Word | null;
  readonly rds: {
    readonly type: "cluster" | "instance";
    readonly id: string;
    readonly also: readonly Word[];
    readonly proxy: Word | null;
    readonly place: Place;
  } | null;
  /** The keys under `rds`. */
  readonly rdsKeys: readonly Word[];
  readonly address: Word | null;
  readonly admin: SourceLogin;
  readonly reader: SourceLogin | null;
  readonly tls: { readonly mode: Word | null; readonly ca: Word | null };
  readonly ensure: { readonly place: Place; readonly iamAuth: boolean; readonly logConnections: boolean } | null;
  readonly databases: ReadonlyMap<string, { readonly name: Word; readonly creators: readonly Word[] }>;
}

export interface SourceLogin {
  readonly place: Place;
  readonly user: Word;
  readonly auth: Word | null;
  readonly passwordEnv: Word | null;
  readonly database: Word | null;
}

export interface SourceSafety {
  readonly maxDeletions: Word | null;
  readonly maxRevokes: Word | null;
  readonly protect: readonly Word[];
  readonly allow: readonly {
    readonly place: Place;
    readonly code: Word;
    readonly name: Word | null;
    readonly target: Word | null;
    readonly until: Word;
    readonly reason: Word;
  }[];
  readonly acceptResidue: readonly {
    readonly place: Place;
    readonly who: Word;
    readonly on: Word;
    readonly grantor: Word | null;
    readonly until: Word;
    readonly reason: Word;
  }[];
  readonly acceptLeaks: readonly {
    readonly place: Place;
    readonly principal: Word;
    readonly until: Word | null;
    readonly reason: Word;
  }[];
}

export interface SourceRole {
  readonly name: Word;
  readonly section: "roles" | "users";
  readonly login: Login;
  /** Where `login` stands; the name's place when it is left out. */
  readonly loginPlace: Place;
  /** null: those of `defaults`. */
  readonly clusters: readonly Word[] | null;
  readonly memberOf: readonly SourceMembership[];
  /** What it was called before. */
  readonly was: Word | null;
  /** null: it does not end. */
  readonly expires: Word | null;
  /** Why and until which day no review proposes it as unused. */
  readonly keep: { readonly until: Word; readonly reason: string } | null;
  /** The keys under `grants`. */
  readonly scopes: readonly Word[];
  readonly grants: readonly SourceGrant[];
}

export interface SourceMembership {
  readonly role: Word;
  readonly admin: boolean;
  readonly inherit: boolean;
  readonly set: boolean;
  /** null: it does not end. */
  readonly expires: Word | null;
}

export interface SourceGrant {
  /** The key under `grants`: DATABASE or CLUSTER/DATABASE. */
  readonly scope: Word;
  readonly type: ObjectType;
  /** The object as it is written; for a database the key `database`. */
  readonly object: Word;
  readonly privileges: readonly Word[];
  /** null: it does not end. */
  readonly expires: Word | null;
}

export interface SourceConnect {
  readonly place: Place;
  readonly user: Word;
  readonly clusters: readonly Word[] | null;
  readonly anyCluster: boolean;
  readonly via: Word | null;
  /** null: it does not end. */
  readonly expires: Word | null;
}

export interface SourceTrust {
  readonly place: Place;
  /** The forms that are there: there should be one. */
  readonly forms: readonly TrustForm[];
  readonly service: Word | null;
  readonly sourceAccount: Word | null;
  readonly role: Word | null;
  readonly arn: Word | null;
  readonly account: Word | null;
  readonly externalId: Word | null;
  readonly oidc: { readonly provider: Word; readonly subjects: readonly Word[]; readonly audience: Word | null } | null;
  readonly saml: Word | null;
  readonly statement: JsonObject | null;
  readonly condition: JsonObject | null;
  /** null: it does not end. */
  readonly expires: Word | null;
}
export type TrustForm = (typeof TRUST_FORMS)[number];
export const TRUST_FORMS = ["service", "role", "arn", "account", "oidc", "saml", "statement"] as const;

/** The key of an IAM role, or an ARN. */
export interface SourceAssume extends Word {
  /** null: it does not end. */
  readonly expires: Word | null;
}

export interface SourceIamDefaults {
  readonly path: Word | null;
  readonly boundary: Word | null;
  readonly tags: readonly { readonly key: Word; readonly value: string }[];
}

export interface SourceIamRole {
  /** The key; of several accounts ACCOUNT/KEY. */
  readonly id: Word;
  readonly key: Word;
  /** The accounts of the list that it comes from; itself alone where there is no list. */
  readonly accounts: readonly string[];
  /** The key, unless `name` is given. */
  readonly name: Word;
  readonly account: Word;
  readonly trust: readonly SourceTrust[];
  readonly connect: readonly SourceConnect[];
  readonly assume: readonly SourceAssume[];
  readonly policy: Word | null;
  readonly instanceProfile: Word | null;
  readonly instances: SourceInstances | null;
  /** Names of Auto Scaling groups. */
  readonly scalingGroups: readonly Word[];
  /** `replace: true`, where it stands; null: it does not. */
  readonly replace: Word | null;
  readonly attach: readonly Word[];
  readonly description: Word | null;
  readonly sessionDuration: Word | null;
  readonly exclusive: boolean;
  readonly adopt: boolean;
  readonly manage: Word | null;
  /** null: it does not end. */
  readonly expires: Word | null;
  /** Its keys, where they stand. */
  readonly keys: readonly Word[];
}

export interface SourceInstances {
  readonly place: Place;
  readonly ids: readonly Word[];
  readonly tags: readonly { readonly key: Word; readonly value: string }[];
}

/** A policy that is made for an IAM user that is there already, or for whoever attaches it. */
export interface SourceIamDoor {
  readonly type: "user" | "policy";
  readonly id: Word;
  readonly name: Word;
  readonly account: Word;
  readonly accounts: readonly string[];
  readonly connect: readonly SourceConnect[];
  /** null: by the name. */
  readonly policy: Word | null;
  readonly attach: readonly Word[];
  readonly adopt: boolean;
  /** null: it does not end. */
  readonly expires: Word | null;
}
