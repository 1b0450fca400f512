export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they end; left out: not by themselves. */
  readonly expiration?: Date;
}

/** As the SDKs take them: keys, or how to get them again before they end. */
export type Credentials = AwsKeys | (() => Promise<AwsKeys>);

/** AWS keys that stand in the environment; undefined where the SDK shall look for itself (a profile, SSO, a role of the machine). */
export function environmentCredentials(env: Readonly<Record<string, string | undefined>>): AwsKeys | undefined {
  const accessKeyId = env["AWS_ACCESS_KEY_ID"] ?? "";
  const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"] ?? "";
  const sessionToken = env["AWS_SESSION_TOKEN"] ?? "";
  // The SDK prefers a named profile to keys, and says so.
  if (accessKeyId === "" || secretAccessKey === "" || (env["AWS_PROFILE"] ?? "") !== "") return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === "" ? {} : { sessionToken }) };
}
