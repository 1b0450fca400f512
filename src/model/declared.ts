import type { DeclaredInstances, DeclaredRds, DeclaredScalingGroup } from "./aws-things.js";
import type { DeclaredSafety } from "./declared-safety.js";
import type { DeclaredRoleDetails } from "./iam-role-details.js";
import type { Place } from "./place.js";
import type { PrivilegeSet } from "./privileges.js";
import type { Tag } from "./resource.js";
import type { ObjectType } from "./thing.js";

/** access.yaml, checked and resolved inside the file. Needs no server. */
export interface Declared {
  readonly owner: string;
  /** Owners whose marks on things of this file are taken over. */
  readonly ownerWas: readonly string[];
  readonly accounts: ReadonlyMap<string, DeclaredAccount>;
  readonly clusters: ReadonlyMap<string, DeclaredCluster>;
  /** Roles and users together, by name: a user is a role that may log in. */
  readonly roles: ReadonlyMap<string, DeclaredRole>;
  /** By the id in the file. */
  readonly iamRoles: ReadonlyMap<string, DeclaredIamRole>;
  /** Policies beside those of IAM roles. */
  readonly iamDoors: readonly DeclaredIamDoor[];
  readonly iam: DeclaredIamDefaults;
  readonly safety: DeclaredSafety;
  /** null: by the repository, counts where it is public. */
  readonly githubDetail: "full" | "counts" | null;
  /** The table of a trail; null: CloudTrail's event history is looked at. */
  readonly athena: DeclaredAthena | null;
}

/** Where CloudTrail's records can be asked for with Athena. */
export interface DeclaredAthena {
  /** Name of the account whose Athena it is. */
  readonly account: string;
  readonly workgroup: string;
  /** `database.table`. */
  readonly table: string;
  readonly place: Place;
}

export interface DeclaredAccount {
  readonly name: string;
  /** Twelve digits. */
  readonly id: string;
  readonly region: string;
  /** aws, aws-cn …: follows from the region. */
  readonly partition: string;
  /** ARN of the IAM role that reads, and of the one that writes; null: the caller's own credentials. */
  readonly planRole: string | null;
  readonly applyRole: string | null;
  readonly place: Place;
}

export type AdminAuth = { readonly type: "iam" } | { readonly type: "password"; readonly env: string } | { readonly type: "none" };

export interface DeclaredLogin {
  readonly user: string;
  readonly auth: AdminAuth;
  /** For what belongs to the whole server. */
  readonly database: string;
}

export interface DeclaredCluster {
  readonly name: string;
  /** Name of the account; always there with `rds`. */
  readonly account: string | null;
  readonly region: string | null;
  readonly rds: DeclaredRds | null;
  /** Where the socket goes: a host and port, or a folder that holds a unix socket. null: the endpoint that RDS reports. */
  readonly address: { readonly host: string; readonly port: number } | null;
  /** Who applies. */
  readonly admin: DeclaredLogin;
  /** Who plans; null: the admin. */
  readonly reader: DeclaredLogin | null;
  /** `ca`: PEM text, read from the file that `tls.ca` names. */
  readonly tls: { readonly mode: "verify-full" | "disable"; readonly ca: string | null };
  readonly databases: ReadonlyMap<string, DeclaredDatabase>;
  /** What RDS must be set to, before anything else. */
  readonly ensure: { readonly iamAuth: boolean; readonly logConnections: boolean; readonly place: Place };
  readonly place: Place;
}

export interface DeclaredDatabase {
  readonly name: string;
  /** Roles whose later objects the wildcards cover. */
  readonly creators: readonly { readonly role: string; readonly place: Place }[];
  readonly place: Place;
}

export type Login = "none" | "external" | "iam";

export interface DeclaredRole {
  readonly name: string;
  readonly login: Login;
  /** Clusters that it is on, sorted. */
  readonly clusters: readonly string[];
  readonly memberOf: readonly DeclaredMembership[];
  readonly grants: readonly DeclaredGrant[];
  /** What it was called before; null: nothing else. */
  readonly was: { readonly name: string; readonly place: Place } | null;
  /** The last day on which it holds, UTC: 2027-01-31. null: it does not end. */
  readonly until: string | null;
  /** A review does not propose it as unused: until that day, UTC. Left out: it may. */
  readonly keep?: { readonly until: string; readonly reason: string };
  readonly place: Place;
}

export interface DeclaredMembership {
  readonly role: string;
  readonly admin: boolean;
  readonly inherit: boolean;
  readonly set: boolean;
  /** The last day on which it holds, UTC: 2027-01-31. null: it does not end. */
  readonly until: string | null;
  readonly place: Place;
}

/** What a grant is given on. */
export interface GrantOn {
  readonly type: ObjectType;
  /** null: objects of the type stand in no schema. */
  readonly schema: string | null;
  /** null: the wildcard `schema.*`. */
  readonly name: string | null;
  /** Of a routine that is named. */
  readonly args: string | null;
}

export interface DeclaredGrant {
  readonly cluster: string;
  readonly database: string;
  readonly on: GrantOn;
  /** "all" is expanded for the server's version. */
  readonly privileges: PrivilegeSet | "all";
  /** As the file writes the object: `pgdemo.*`. */
  readonly pattern: string;
  /** The last day on which it holds, UTC: 2027-01-31. null: it does not end. */
  readonly until: string | null;
  readonly place: Place;
}

/** Who may take an IAM role. */
export type TrustForm =
  /** `sourceAccount`: only on behalf of this account, twelve digits. */
  | { readonly type: "service"; readonly service: string; readonly sourceAccount: string | null }
  /** The id of an IAM role of this file. */
  | { readonly type: "role"; readonly role: string }
  | { readonly type: "arn"; readonly arn: string }
  /** The name of an account of this file. */
  | { readonly type: "account"; readonly account: string }
  | { readonly type: "oidc"; readonly provider: string; readonly subjects: readonly string[]; readonly audience: string }
  | { readonly type: "saml"; readonly provider: string }
  /** Canonical JSON. */
  | { readonly type: "statement"; readonly statement: string };

export type TrustEntry = TrustForm & {
  readonly externalId: string | null;
  /** Canonical JSON of a condition block. */
  readonly condition: string | null;
  /** The last day on which it holds, UTC: 2027-01-31. null: it does not end. */
  readonly until: string | null;
  readonly place: Place;
};

/** An IAM role that may be taken: the id of one of this file, or an ARN. */
export interface DeclaredAssume {
  readonly to: { readonly type: "role"; readonly role: string } | { readonly type: "arn"; readonly arn: string };
  /** The last day on which it holds, UTC: 2027-01-31. null: it does not end. */
  readonly until: string | null;
  readonly place: Place;
}

export interface DeclaredConnect {
  readonly user: string;
  /** null: every cluster of the account and region, declared or not. */
  readonly clusters: readonly string[] | null;
  /** Through the RDS Proxy of each cluster, and not to the cluster itself. */
  readonly viaProxy: boolean;
  /** The last day on which it holds, UTC: 2027-01-31. null: it does not end. */
  readonly until: string | null;
  readonly place: Place;
}

/** What holds for all IAM things of the file. */
export interface DeclaredIamDefaults {
  /** Of what is created. */
  readonly path: string;
  /** Sorted by key. */
  readonly tags: readonly Tag[];
}

/** A managed policy that somebody else made. */
export interface DeclaredAttach {
  readonly arn: string;
  readonly place: Place;
}

export interface DeclaredIamRole extends DeclaredRoleDetails {
  /** Its key in the file. */
  readonly id: string;
  /** Its name in AWS. */
  readonly name: string;
  readonly account: string;
  readonly trust: readonly TrustEntry[];
  readonly connect: readonly DeclaredConnect[];
  readonly assume: readonly DeclaredAssume[];
  /** Name of the generated policy; null when it connects nowhere and takes no other IAM role. */
  readonly policy: string | null;
  readonly instanceProfile: string | null;
  /** Which EC2 instances carry the profile; null: who carries it is left alone. */
  readonly instances: DeclaredInstances | null;
  /** Whose launch templates shall name the profile. */
  readonly scalingGroups: readonly DeclaredScalingGroup[];
  readonly attach: readonly DeclaredAttach[];
  /** Nothing else may hang on it. */
  readonly exclusive: boolean;
  /** What is there under these names and is nobody's is taken over. */
  readonly adopt: boolean;
  /** `policy`: the IAM role itself is somebody else's. */
  readonly manage: "whole" | "policy";
  /** ARN of the permissions boundary that it is created with; null: none. */
  readonly boundary: string | null;
  /** The last day on which it holds, UTC: 2027-01-31. null: it does not end. */
  readonly until: string | null;
  readonly place: Place;
}

/** A policy for an IAM user that is there already, or for whoever attaches it. */
export interface DeclaredIamDoor {
  /** Its key in the file. */
  readonly id: string;
  /** null: who carries it is not looked at. */
  readonly user: string | null;
  readonly account: string;
  readonly connect: readonly DeclaredConnect[];
  /** Name of the generated policy. */
  readonly policy: string;
  /** Of an IAM user. */
  readonly attach: readonly DeclaredAttach[];
  readonly adopt: boolean;
  /** The last day on which it holds, UTC: 2027-01-31. null: it does not end. */
  readonly until: string | null;
  readonly place: Place;
}
