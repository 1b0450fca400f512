import type { IAMClient } from "@aws-sdk/client-iam";
import type { RDSClient } from "@aws-sdk/client-rds";
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
  const endpoint = endpointOf(options);
  return {
    iam: (account) =>
      once(`iam ${account.name}`, async () => {
        const { IAMClient } = await import("@aws-sdk/client-iam");
        return new IAMClient({ ...COMMON, ...endpoint, region: account.region });
      }),
    rds: (account, region) =>
      once(`rds ${account.name} ${region}`, async () => {
        const { RDSClient } = await import("@aws-sdk/client-rds");
        return new RDSClient({ ...COMMON, ...endpoint, region });
      }),
    verifyCaller: (account) => once(`caller ${account.name}`, () => verifyCaller(account, endpoint)),
  };
}

/** The SDK reads it from the environment as well; said here so that a caller's own `env` counts. */
const endpointOf = ({ env }: AwsOptions): { endpoint?: string } => {
  const url = env["AWS_ENDPOINT_URL"] ?? "";
  return url === "" ? {} : { endpoint: url };
};

async function verifyCaller(account: DeclaredAccount, endpoint: { endpoint?: string }): Promise<void> {
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  const sts = new STSClient({ ...COMMON, ...endpoint, region: account.region });
  const identity = await sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
    throw new ProblemsError([awsProblem(error, "sts:GetCallerIdentity", account.name, account.place)], { cause: error });
  });
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
