/** What an IAM role says of itself, and for how long whoever takes it may have it. */
export interface IamRoleDetails {
  readonly description: string;
  /** Seconds. */
  readonly sessionDuration: number;
}

/** null: the file does not say it, and what is there is left alone. */
export interface DeclaredRoleDetails {
  readonly description: string | null;
  readonly sessionDuration: number | null;
}
