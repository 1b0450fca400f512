import type { IAMClient } from "@aws-sdk/client-iam";
import type { RDSClient } from "@aws-sdk/client-rds";
import { environmentCredentials } from "../model/credentials.js";
import type { DeclaredAccount } from "../model/declared.js";
import type { Log } from "../model/log.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import { OUTERMOST, observe } from "./observe.js";
import { awsProblem } from "./problem.js";

/** Clients of one account, made when they are first needed. The SDKs are loaded then, too. */
export interface Aws {
  readonly iam: (account: DeclaredAccount) => Promise<IAMClient>;
  readonly rds: (account: DeclaredAccount, region: string) => Promise<RDSClient>;
  /** Fails unless the credentials belong to this account. Asked once. */
  readonly verifyCaller: (account: DeclaredAccount) => Promise<void>;
  /** ARN of whose credentials they are; null: not asked yet, or not answered. */
  readonly callerOf: (account: DeclaredAccount) => string | null;
  readonly log: Log;
}

export interface AwsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** IAM throttles per call and account, at rates that AWS does not publish: adaptive retries wait for it. */
const COMMON = { retryMode: "adaptive", maxAttempts: 10 } as const;

export function createAws(options: AwsOptions): Aws {
  const clients = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, make: () => Promise<T>): Promise<T> => {
    const known = clients.get(key) as Promise<T> | undefined;
    if (known) return known;
    const made = make();
    clients.set(key, made);
    return made;
  };
  const common = commonOf(options);
  const { log } = options;
  const callers = new Map<string, string>();
  return {
    log,
    iam: (account) =>
      once(`iam ${account.name}`, async () => {
        const { IAMClient } = await import("@aws-sdk/client-iam");
        const client = new IAMClient({ ...COMMON, ...common, region: account.region });
        client.middlewareStack.add(observe(log, { account: account.name, region: account.region }), OUTERMOST);
        return client;
      }),
    rds: (account, region) =>
      once(`rds ${account.name} ${region}`, async () => {
        const { RDSClient } = await import("@aws-sdk/client-rds");
        const client = new RDSClient({ ...COMMON, ...common, region });
        client.middlewareStack.add(observe(log, { account: account.name, region }), OUTERMOST);
        return client;
      }),
    verifyCaller: (account) =>
      once(`caller ${account.name}`, async () => {
        const identity = await identityOf(account, common, log);
        if (identity.Arn) callers.set(account.name, identity.Arn);
        checkAccount(account, identity.Account);
      }),
    callerOf: (account) => callers.get(account.name) ?? null,
  };
}

interface Common {
  readonly endpoint?: string;
  readonly credentials?: NonNullable<ReturnType<typeof environmentCredentials>>;
}

/** The SDK reads both from its process; said here so that a caller's own `env` counts. */
function commonOf({ env }: AwsOptions): Common {
  const endpoint = env["AWS_ENDPOINT_URL"] ?? "";
  const credentials = environmentCredentials(env);
  return { ...(endpoint === "" ? {} : { endpoint }), ...(credentials ? { credentials } : {}) };
}

async function identityOf(
  account: DeclaredAccount,
  common: Common,
  log: Log,
): Promise<{ readonly Account?: string | undefined; readonly Arn?: string | undefined }> {
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  // The first call of all: what cannot be reached is said soon.
  const sts = new STSClient({ ...COMMON, ...common, maxAttempts: 3, region: account.region });
  sts.middlewareStack.add(observe(log, { account: account.name, region: account.region }), OUTERMOST);
  return await sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
    throw new ProblemsError([awsProblem(error, { call: "sts:GetCallerIdentity", account, caller: null, place: account.place })], {
      cause: error,
    });
  });
}

function checkAccount(account: DeclaredAccount, id: string | undefined): void {
  if (id === account.id) return;
  throw new ProblemsError([
    errorProblem("wrong-account", `The AWS credentials are of account ${id}; access.yaml says ${account.id} for account ${account.name}.`, {
      place: account.place,
      hint: "Use the credentials of that account (AWS_PROFILE), or correct its id.",
    }),
  ]);
}
