/** From `from` to before `to`, milliseconds since 1970 UTC. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Where use was seen, or would have been. */
export type EvidenceSource =
  /** Log files: of RDS, of CloudWatch Logs, of any PostgreSQL. They name the user. */
  | "rds-log"
  | "cloudwatch-log"
  | "log-file"
  /** The export of that name: IAM principals that were refused. It says nothing of those that were let in. */
  | "iam-db-auth-error"
  /** AssumeRole calls. */
  | "cloudtrail"
  | "athena"
  /** These two prove use; that they are silent proves nothing. */
  | "role-last-used"
  | "access-advisor"
  /** Who is connected now. */
  | "pg-stat-activity";

/** One try to log in, as the lines of one server process tell it. */
export interface LoginAttempt {
  /** When the server took it for authorized, or refused it. */
  readonly at: number;
  readonly user: string;
  /** null: the log does not say, or the server refused before it mattered. */
  readonly database: string | null;
  /** pam, scram-sha-256, md5, trust …; null: the log does not say (before 14, or without `authentication`). */
  readonly method: string | null;
  readonly outcome: "ok" | "failed";
  /** Of a failed one. */
  readonly reason: LoginFailure | null;
  /** Host and port as the server saw them; null: not logged, or a socket. */
  readonly address: string | null;
}

export type LoginFailure =
  | "password"
  | "pam"
  | "no-such-role"
  | "no-password"
  | "no-login"
  | "no-connect"
  | "connection-limit"
  | "no-such-database"
  | "pg-hba"
  | "other";

/** Attempts that differ in nothing but the moment, of one day, UTC, or of one run. */
export interface LoginCount {
  readonly cluster: string;
  readonly user: string;
  readonly database: string | null;
  readonly method: string | null;
  readonly outcome: "ok" | "failed";
  readonly reason: LoginFailure | null;
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** An IAM principal that a database refused. */
export interface RefusedPrincipal {
  readonly cluster: string;
  /** Its ARN, as the export has it. */
  readonly principal: string;
  readonly user: string;
  readonly reason: string;
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** Who took an IAM role. */
export interface AssumedRole {
  /** ARN of the IAM role that was taken. */
  readonly role: string;
  readonly caller: AssumeCaller;
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /** Session names and source identities, sorted. */
  readonly sessions: readonly string[];
  readonly addresses: readonly string[];
}

export interface AssumeCaller {
  /** Twelve digits; null: AWS itself, or a federated identity. */
  readonly account: string | null;
  /** Of the IAM role or user behind a session, a service's name or an identity provider's ARN; null: only its id is known. */
  readonly arn: string | null;
  /** AROA… or AIDA… without the session's name; null: it has none. */
  readonly uniqueId: string | null;
  /** Of a federated identity, as its provider calls it. */
  readonly subject?: string;
}

/** What a source saw of a target: outside of `seen` nothing is known. */
export interface Coverage {
  readonly source: EvidenceSource;
  /** A cluster of the file, or an IAM role's ARN. */
  readonly target: string;
  /** One server of a cluster (its instance id), or a Region of CloudTrail; null: it has no parts. A target is covered where all its parts are. */
  readonly part: string | null;
  /** Sorted, apart from each other. */
  readonly seen: readonly Interval[];
  /** In words, of what is missing: `log_connections is off`. */
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly why: string }[];
}

/** When an IAM role was last used for anything, as IAM itself says. */
export interface RoleUse {
  /** ARN. */
  readonly role: string;
  readonly at: number;
  readonly region: string | null;
  readonly source: "role-last-used" | "access-advisor";
}

/** All that is known of who used what. */
export interface Evidence {
  readonly logins: readonly LoginCount[];
  readonly refused: readonly RefusedPrincipal[];
  readonly assumed: readonly AssumedRole[];
  readonly roleUses: readonly RoleUse[];
  readonly coverage: readonly Coverage[];
}

export const NO_EVIDENCE: Evidence = { logins: [], refused: [], assumed: [], roleUses: [], coverage: [] };
