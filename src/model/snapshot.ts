import type { Acl } from "./acl.js";
import type { InstanceSnapshot, RdsServer, ScalingGroupSnapshot } from "./aws-things.js";
import type { IamRoleDetails, IamRoleUse } from "./iam-role-details.js";
import type { IamPrincipal } from "./principal.js";
import type { Problem } from "./problem.js";
import type { Tag, Target } from "./resource.js";
import type { DefaultAclObjects, ObjectType } from "./thing.js";

/** All that was read of one target set, at one moment per database. Raw: nothing is left out for being unmanaged. */
export interface Snapshot {
  readonly clusters: ReadonlyMap<string, ClusterSnapshot>;
  readonly accounts: ReadonlyMap<string, AccountSnapshot>;
  /** Targets that could not be read stand here and are missing above. */
  readonly unread: readonly Unread[];
}

/** A target that nothing is known of: it is left out with what hangs on it, and the others go on. */
export interface Unread {
  readonly target: Target;
  /** Why: errors. */
  readonly problems: readonly Problem[];
  /** What RDS said of a cluster that did not answer; null: not known. */
  readonly rds: RdsSnapshot | null;
}

export interface ClusterSnapshot {
  readonly name: string;
  /** RDS resource id, or PostgreSQL's system identifier: tells a clone from the original. */
  readonly identity: string;
  /** server_version_num: 170010. */
  readonly versionNum: number;
  readonly standby: boolean;
  /** The setting log_connections; left out: not known. */
  readonly logConnections?: string;
  /** What RDS says of it; null for a cluster that is not RDS's. */
  readonly rds: RdsSnapshot | null;
  /** Name of the role with OID 10. */
  readonly bootstrap: string;
  readonly roles: ReadonlyMap<string, RoleSnapshot>;
  readonly memberships: readonly MembershipRow[];
  /** All databases that accept connections, templates left out, with owner and ACL. */
  readonly databases: ReadonlyMap<string, DatabaseHead>;
  /** The declared databases that were read. */
  readonly inspected: ReadonlyMap<string, DatabaseSnapshot>;
  /** What refers to the roles that may have to be dropped, over all databases (pg_shdepend). */
  readonly dependencies: readonly RoleDependency[];
}

export interface RdsSnapshot {
  readonly id: string;
  readonly type: "cluster" | "instance";
  readonly resourceId: string;
  /** Servers that stand in for it, each with a resource id of its own. Left out: none. */
  readonly also?: readonly { readonly id: string; readonly resourceId: string }[];
  /** `keepsSecrets`: it takes tokens, and logs in with the user's password from Secrets Manager. Left out: the file names none. */
  readonly proxy?: { readonly name: string; readonly id: string; readonly endpoint: string; readonly keepsSecrets: boolean };
  readonly endpoint: string;
  readonly port: number;
  readonly iamAuth: boolean;
  /** Modifications that wait for the maintenance window: whatever is applied at once takes them along. Left out: none. */
  readonly pending?: readonly string[];
  readonly masterUser: string | null;
  /** Ids of the VPC security groups in front of it. Left out: none, or not known. */
  readonly securityGroups?: readonly string[];
  /** Read only where the file asks for what stands in it. */
  readonly parameterGroup?: ParameterGroup;
}

/** Of a cluster, or of an instance; and what it says of log_connections. */
export interface ParameterGroup {
  readonly name: string;
  /** `aurora-postgresql`, `postgres`: with the major version the family of its groups. */
  readonly engine: string;
  readonly isDefault: boolean;
  /** Identifiers of the others that have it, sorted. */
  readonly usedBy: readonly string[];
  /** null: the engine's default. */
  readonly value: string | null;
  /** `0,1`: what RDS lets through; null: not known. */
  readonly allowed: string | null;
}

export interface RoleSnapshot {
  readonly name: string;
  readonly login: boolean;
  readonly superuser: boolean;
  readonly createRole: boolean;
  readonly replication: boolean;
  readonly bypassRls: boolean;
  readonly inherit: boolean; // Before 16: whether its memberships give it anything by themselves
  readonly comment: string | null;
  readonly validUntil?: string | null; // VALID UNTIL as a day in UTC; null, left out: none
}

/** One row of pg_auth_members; before 16 a row has no options of its own: inherit and set are true. */
export interface MembershipRow {
  readonly role: string;
  readonly member: string;
  readonly grantor: string;
  readonly admin: boolean;
  readonly inherit: boolean;
  readonly set: boolean;
  /** The row's OID, which tells older ones from later ones; null or left out before 16. */
  readonly made?: number | null;
}

export interface DatabaseHead {
  readonly name: string;
  readonly owner: string;
  readonly acl: Acl;
}

/** Objects of one kind, schema, owner and ACL. */
export interface ObjectGroup {
  readonly type: ObjectType;
  readonly schema: string;
  readonly owner: string;
  /** Members of an extension are compared only where the file names them literally. */
  readonly extension: boolean;
  readonly acl: Acl;
  /** Of routines: where types of their arguments stand, other than the routines' own schema and PostgreSQL's. */
  readonly typeSchemas?: readonly string[];
  /** For a routine `name` plus `args`, for a column `name` plus `table`. */
  readonly objects: readonly { readonly name: string; readonly args?: string; readonly table?: string }[];
}

export interface DatabaseSnapshot {
  readonly name: string;
  /** System schemas are left out. */
  readonly schemas: ReadonlyMap<string, { readonly name: string; readonly owner: string; readonly acl: Acl }>;
  readonly groups: readonly ObjectGroup[];
  readonly defaultAcls: readonly DefaultAclRow[];
}

export interface DefaultAclRow {
  readonly creator: string;
  readonly schema: string | null;
  readonly objects: DefaultAclObjects;
  readonly acl: Acl;
}

/** Rows of pg_shdepend that refer to one role, counted. */
export interface RoleDependency {
  readonly role: string;
  /** null: a shared object. */
  readonly database: string | null;
  /** pg_class, pg_proc, pg_namespace, pg_database, pg_default_acl, pg_type … */
  readonly catalog: string;
  readonly type: "owner" | "acl" | "policy" | "initial-acl" | "other";
  readonly count: number;
}

export interface AccountSnapshot {
  readonly name: string;
  /** Twelve digits, from GetCallerIdentity. */
  readonly id: string;
  readonly roles: ReadonlyMap<string, IamRoleSnapshot>;
  /** Customer-managed policies, by name. */
  readonly policies: ReadonlyMap<string, IamPolicySnapshot>;
  readonly instanceProfiles: ReadonlyMap<string, InstanceProfileSnapshot>;
  /** Attachments of customer-managed policies to roles, users and groups. */
  readonly attachments: readonly { readonly principal: IamPrincipal; readonly name: string; readonly policyArn: string }[];
  /** By `role/NAME`: inline policies, and ARNs of attached policies that are not the account's own: their documents are not read. */
  readonly foreign: ReadonlyMap<string, { readonly inline: readonly InlinePolicy[]; readonly attached: readonly string[] }>;
  /** ARN of whoever reads it, a session's too; left out: not known. */
  readonly caller?: string;
  /** IAM users and groups, by name; left out: not read. */
  readonly users?: ReadonlyMap<string, IamUserSnapshot>;
  readonly groups?: ReadonlyMap<string, { readonly name: string; readonly path: string; readonly arn: string }>;
  /** Documents of AWS's own policies that somebody carries, or is bounded by, by ARN; left out: not read. */
  readonly awsPolicies?: ReadonlyMap<string, string>;
  /** Every PostgreSQL of RDS in the account's region; null: not read, because no door leads to any cluster. */
  readonly rdsServers: readonly RdsServer[] | null;
  /** EC2 instances of the account's region by id; null: not read, because nothing of the file is about any. */
  readonly instances: ReadonlyMap<string, InstanceSnapshot> | null;
  /** Of the Auto Scaling groups that the file names those that are there, by name; left out: it names none. */
  readonly scalingGroups?: ReadonlyMap<string, ScalingGroupSnapshot>;
  /** Left out: not read; then AWS's defaults count. */
  readonly quotas?: IamQuotas;
}

/** What AWS lets the account have; a number that it does not say is left out. Sizes in characters without white space. */
export interface IamQuotas {
  readonly trustSize?: number;
  readonly policySize?: number;
  /** Of one policy. */
  readonly versions?: number;
  readonly attachedToRole?: number;
  readonly attachedToUser?: number;
  readonly roles?: QuotaUse;
  readonly policies?: QuotaUse;
  readonly profiles?: QuotaUse;
}
export interface QuotaUse {
  readonly used: number;
  readonly most: number;
}

export interface InlinePolicy {
  readonly name: string;
  /** Decoded JSON text as AWS holds it. */
  readonly document: string;
}

export interface IamRoleSnapshot extends IamRoleUse {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  /** Decoded JSON text as AWS holds it. */
  readonly trust: string;
  readonly tags: readonly Tag[];
  /** ARN of its permissions boundary; left out: it has none. */
  readonly boundary?: string;
  /** Left out, both: not read, because the file says neither of any IAM role of the account. */
  readonly details?: IamRoleDetails;
}

export interface IamUserSnapshot {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  /** Names of its groups. */
  readonly groups: readonly string[];
  /** ARN of its permissions boundary; left out: it has none. */
  readonly boundary?: string;
}

export interface IamPolicySnapshot {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  /** Decoded JSON text of the default version. */
  readonly document: string;
  readonly versions: readonly { readonly id: string; readonly isDefault: boolean }[];
  /** null: not read, because nothing suggests that the policy is ours. */
  readonly tags: readonly Tag[] | null;
  readonly boundaryUses: number;
}

export interface InstanceProfileSnapshot {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly role: string | null;
  readonly tags: readonly Tag[] | null;
}
