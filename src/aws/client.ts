import type { IAMClient } from "@aws-sdk/client-iam";
import type { RDSClient } from "@aws-sdk/client-rds";
import type { Credentials } from "../model/credentials.js";
import type { DeclaredAccount } from "../model/declared.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import { type AwsOptions, credentialsOf, endpointOf } from "./credentials.js";
import { awsProblem } from "./problem.js";

/** Clients of one account, made when they are first needed. The SDKs are loaded then, too. */
export interface Aws {
  readonly iam: (account: DeclaredAccount) => Promise<IAMClient>;
  readonly rds: (account: DeclaredAccount, region: string) => Promise<RDSClient>;
  /** Whose tokens open the account's databases; undefined: the SDK looks for itself. */
  readonly credentials: (account: DeclaredAccount) => Credentials | undefined;
  /** Fails unless the credentials belong to this account. Asked once. */
  readonly verifyCaller: (account: DeclaredAccount) => Promise<void>;
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
  const roles = new Map<string, Credentials | undefined>();
  const credentials = (account: DeclaredAccount): Credentials | undefined => {
    if (!roles.has(account.name)) roles.set(account.name, credentialsOf(account, options));
    return roles.get(account.name);
  };
  const common = (account: DeclaredAccount): Common => {
    const own = credentials(account);
    return { ...COMMON, ...endpoint, ...(own ? { credentials: own } : {}) };
  };
  return {
    iam: (account) =>
      once(`iam ${account.name}`, async () => {
        const { IAMClient } = await import("@aws-sdk/client-iam");
        return new IAMClient({ ...common(account), region: account.region });
      }),
    rds: (account, region) =>
      once(`rds ${account.name} ${region}`, async () => {
        const { RDSClient } = await import("@aws-sdk/client-rds");
        return new RDSClient({ ...common(account), region });
      }),
    credentials,
    verifyCaller: (account) => once(`caller ${account.name}`, () => verifyCaller(account, common(account))),
  };
}

type Common = typeof COMMON & { readonly endpoint?: string; readonly credentials?: Credentials };

async function verifyCaller(account: DeclaredAccount, common: Common): Promise<void> {
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  // The first call of all: what cannot be reached is said soon.
  const sts = new STSClient({ ...common, maxAttempts: 3, region: account.region });
  const identity = await sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
    if (error instanceof ProblemsError) throw error;
    throw new ProblemsError([awsProblem(error, "sts:GetCallerIdentity", account.name, account.place)], { cause: error });
  });
  if (identity.Account === account.id) return;
  throw new ProblemsError([
    errorProblem(
      "wrong-account",
      `The AWS credentials are of account ${identity.Account}; access.yaml says ${account.id} for account ${account.name}.`,
      {
        place: account.place,
        hint: "Use the credentials of that account (AWS_PROFILE), or name an IAM role of it that they may assume: plan_role, apply_role.",
      },
    ),
  ]);
}
