import { type AwsKeys, type Credentials, environmentCredentials } from "../model/credentials.js";
import type { DeclaredAccount } from "../model/declared.js";
import type { Log } from "../model/log.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import { OUTERMOST, observe } from "./observe.js";
import { awsProblem } from "./problem.js";

/** What the calls are for: which IAM role of an account is assumed. */
export type Purpose = "plan" | "apply";

export interface AwsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly purpose: Purpose;
  readonly log: Log;
  /** As whom all calls are made, whatever the file names; undefined inside: the SDK looks for itself. */
  readonly as?: { readonly credentials: Credentials | undefined };
}

/** The SDK reads it from its process; said here so that a caller's own `env` counts. */
export function endpointOf({ env }: Pick<AwsOptions, "env">): { readonly endpoint?: string } {
  const endpoint = env["AWS_ENDPOINT_URL"] ?? "";
  return endpoint === "" ? {} : { endpoint };
}

/** The caller's own, or, where the file names an IAM role of the account, those of that role. undefined: the SDK looks for itself. */
export function credentialsOf(account: DeclaredAccount, options: AwsOptions): Credentials | undefined {
  if (options.as) return options.as.credentials;
  const role = options.purpose === "plan" ? account.planRole : account.applyRole;
  return role === null ? environmentCredentials(options.env) : renewed(() => assume(account, role, options));
}

/** Before they end: a call must not meet credentials that have just expired. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** All clients of an account share one session. A failure is not kept. */
function renewed(get: () => Promise<AwsKeys>): () => Promise<AwsKeys> {
  let known: Promise<AwsKeys> | null = null;
  return async () => {
    const keys = await known?.catch(() => null);
    if (keys && (keys.expiration?.getTime() ?? 0) - RENEW_BEFORE_MS > Date.now()) return keys;
    known = get();
    return await known;
  };
}

async function assume(account: DeclaredAccount, role: string, options: AwsOptions): Promise<AwsKeys> {
  const { AssumeRoleCommand, STSClient } = await import("@aws-sdk/client-sts");
  const own = environmentCredentials(options.env);
  const sts = new STSClient({ ...endpointOf(options), ...(own ? { credentials: own } : {}), maxAttempts: 3, region: account.region });
  sts.middlewareStack.add(observe(options.log, { account: account.name, region: account.region }), OUTERMOST);
  const call = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: `pgaccord-${options.purpose}` });
  const { Credentials: keys } = await sts.send(call).catch((error: unknown) => {
    throw new ProblemsError([refusal(error, account, role, options.purpose)], { cause: error });
  });
  if (!keys?.AccessKeyId || !keys.SecretAccessKey || !keys.SessionToken) throw new Error("AWS gave no credentials.");
  return {
    accessKeyId: keys.AccessKeyId,
    secretAccessKey: keys.SecretAccessKey,
    sessionToken: keys.SessionToken,
    ...(keys.Expiration ? { expiration: keys.Expiration } : {}),
  };
}

function refusal(error: unknown, account: DeclaredAccount, role: string, purpose: Purpose) {
  const problem = awsProblem(error, { call: `sts:AssumeRole on ${role}`, account, caller: null, place: account.place });
  if (problem.code !== "aws-access-denied") return problem;
  return errorProblem("aws-access-denied", `The AWS credentials may not assume ${role}, the ${purpose}_role of account ${account.name}.`, {
    place: account.place,
    hint: "Allow the caller sts:AssumeRole on it, and let its trust name the caller.",
  });
}
