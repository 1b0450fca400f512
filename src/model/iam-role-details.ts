/** What an IAM role says of itself, and for how long whoever takes it may have it. */
export interface IamRoleDetails {
  readonly description: string;
  /** Seconds. */
  readonly sessionDuration: number;
}

/** What a plan does not look at. */
export interface IamRoleUse {
  /** AROA…, which CloudTrail calls it by in other accounts. */
  readonly uniqueId?: string;
  /** As IAM says, of anything at all, in some 400 days; left out: it says nothing. */
  readonly lastUsed?: { readonly at: number; readonly region: string | null };
}

/** null: the file does not say it, and what is there is left alone. */
export interface DeclaredRoleDetails {
  readonly description: string | null;
  readonly sessionDuration: number | null;
}
