import type { IAMClient } from "@aws-sdk/client-iam";
import type { RDSClient } from "@aws-sdk/client-rds";
import { environmentCredentials } from "../model/credentials.js";
import type { DeclaredAccount } from "../model/declared.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import { awsProblem } from "./problem.js";

/** Clients of one account, made when they are first needed. The SDKs are loaded then, too. */
export interface Aws {
  readonly iam: (account: DeclaredAccount) => Promise<IAMClient>;
  readonly rds: (account: DeclaredAccount, region: string) => Promise<RDSClient>;
  /** Fails unless the credentials belong to this account. Asked once. */
  readonly verifyCaller: (account: DeclaredAccount) => Promise<void>;
}

export interface AwsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
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
  return {
    iam: (account) =>
      once(`iam ${account.name}`, async () => {
        const { IAMClient } = await import("@aws-sdk/client-iam");
        return new IAMClient({ ...COMMON, ...common, region: account.region });
      }),
    rds: (account, region) =>
      once(`rds ${account.name} ${region}`, async () => {
        const { RDSClient } = await import("@aws-sdk/client-rds");
        return new RDSClient({ ...COMMON, ...common, region });
      }),
    verifyCaller: (account) => once(`caller ${account.name}`, () => verifyCaller(account, common, options.env["AWS_PROFILE"] || undefined)),
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

const WHO_AM_I = "sts:GetCallerIdentity";

async function verifyCaller(account: DeclaredAccount, common: Common, profile: string | undefined): Promise<void> {
  // What it is stays unsaid: it may hold a password.
  if (common.endpoint !== undefined && !/^https?:\/\/[^\s/]/.test(common.endpoint))
    throw new ProblemsError([
      errorProblem("aws-unreachable", `AWS_ENDPOINT_URL holds no URL, so account ${account.name} cannot be asked.`, {
        place: account.place,
        hint: "Write it with http:// or https:// in front, or unset it.",
      }),
    ]);
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  // The first call of all: what cannot be reached is said soon.
  const sts = new STSClient({ ...COMMON, ...common, maxAttempts: 3, region: account.region });
  const identity = await sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
    throw new ProblemsError([awsProblem(error, WHO_AM_I, account.name, account.place, { profile, region: account.region })], {
      cause: error,
    });
  });
  // A page of a proxy, or another service, that reads as an answer without fields.
  if (!/^\d{12}$/.test(identity.Account ?? ""))
    throw new ProblemsError([awsProblem(new Error("Deserialization error"), WHO_AM_I, account.name, account.place)]);
  if (identity.Account === account.id) return;
  throw new ProblemsError([
    errorProblem(
      "wrong-account",
      `The AWS credentials are of account ${identity.Account}; access.yaml says ${account.id} for account ${account.name}.`,
      {
        place: account.place,
        hint: "Use the credentials of that account (AWS_PROFILE), or correct its id.",
      },
    ),
  ]);
}
