import { type AwsKeys, type Credentials, environmentCredentials } from "../model/credentials.js";
import type { DeclaredAccount } from "../model/declared.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import { type AwsOptions, endpointOf } from "./credentials.js";
import { OUTERMOST, observe } from "./observe.js";
import { awsProblem } from "./problem.js";

/** An IAM role to take, and what its trust wants to hear. */
export interface Taken {
  readonly arn: string;
  readonly externalId: string | null;
  readonly account: DeclaredAccount;
  /** Whom its trust lets in, in words. */
  readonly trusts: string;
}

type Options = Pick<AwsOptions, "env" | "log">;

/** ARN of whose credentials these are. @param account whose Region is asked, and of whom a problem tells */
export async function callerArn(account: DeclaredAccount, options: Options): Promise<string> {
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const sts = await clientOf(environmentCredentials(options.env), account, options);
  const { Arn } = await sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
    const asked = {
      call: "sts:GetCallerIdentity",
      account,
      caller: null,
      place: account.place,
      profile: options.env["AWS_PROFILE"] || undefined,
    };
    throw new ProblemsError([awsProblem(error, asked)], { cause: error });
  });
  return Arn ?? "";
}

/** One IAM role after the other, each with the keys of the one before. */
export async function takeRoles(roles: readonly Taken[], caller: string, options: Options): Promise<Credentials | undefined> {
  let keys: AwsKeys | undefined = environmentCredentials(options.env);
  let who = caller;
  for (const role of roles) {
    keys = await take(role, who, { keys, session: sessionNameOf(caller), options });
    who = role.arn;
  }
  return keys;
}

/**
 * So that CloudTrail tells who it was in every account on the way: the IAM user's name, or that of the session (of a person that of
 * Identity Center, of an instance its id). A source identity would stay through all of them, but each trust would have to allow
 * sts:SetSourceIdentity.
 */
function sessionNameOf(caller: string): string {
  const name = caller.slice(caller.search(/[^:/]*$/));
  return /^[\w+=,.@-]{2,64}$/.test(name) ? name : "pgaccord-login";
}

interface Taking {
  readonly keys: AwsKeys | undefined;
  readonly session: string;
  readonly options: Options;
}

async function take({ arn, externalId, account, trusts }: Taken, who: string, { keys, session, options }: Taking): Promise<AwsKeys> {
  const { AssumeRoleCommand } = await import("@aws-sdk/client-sts");
  const sts = await clientOf(keys, account, options);
  const call = new AssumeRoleCommand({
    RoleArn: arn,
    RoleSessionName: session,
    ...(externalId ? { ExternalId: externalId } : {}),
  });
  const { Credentials: taken } = await sts.send(call).catch((error: unknown) => {
    const problem = awsProblem(error, { call: `sts:AssumeRole on ${arn}`, account, caller: who, place: null });
    if (problem.code !== "aws-access-denied") throw new ProblemsError([problem], { cause: error });
    throw new ProblemsError(
      [
        errorProblem("aws-access-denied", `${who} may not assume ${arn} (account ${account.name}).`, {
          hint: `By the file its trust lets in ${trusts || "nobody"}: run this as one of these (a service: where it gives the IAM role). The caller's own policies must allow sts:AssumeRole, too.`,
        }),
      ],
      { cause: error },
    );
  });
  if (!taken?.AccessKeyId || !taken.SecretAccessKey || !taken.SessionToken) throw new Error("AWS gave no credentials.");
  return { accessKeyId: taken.AccessKeyId, secretAccessKey: taken.SecretAccessKey, sessionToken: taken.SessionToken };
}

async function clientOf(keys: AwsKeys | undefined, account: DeclaredAccount, { env, log }: Options) {
  const { STSClient } = await import("@aws-sdk/client-sts");
  const sts = new STSClient({ ...endpointOf({ env }), ...(keys ? { credentials: keys } : {}), maxAttempts: 3, region: account.region });
  sts.middlewareStack.add(observe(log, { account: account.name, region: account.region }), OUTERMOST);
  return sts;
}
