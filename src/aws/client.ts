import type { AthenaClient } from "@aws-sdk/client-athena";
import type { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import type { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { RDSClient } from "@aws-sdk/client-rds";
import type { Credentials } from "../model/credentials.js";
import type { DeclaredAccount } from "../model/declared.js";
import type { Log } from "../model/log.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import { type AwsOptions, credentialsOf, endpointOf } from "./credentials.js";
import { AROUND_READING, BEFORE_READING, OUTERMOST, observe, quotasAreFinal, refusePages } from "./observe.js";
import { awsProblem } from "./problem.js";

/** Clients of one account, made when they are first needed. The SDKs are loaded then, too. */
export interface Aws {
  readonly iam: (account: DeclaredAccount) => Promise<IAMClient>;
  readonly rds: (account: DeclaredAccount, region: string) => Promise<RDSClient>;
  readonly ec2: (account: DeclaredAccount, region: string) => Promise<EC2Client>;
  readonly autoScaling: (account: DeclaredAccount, region: string) => Promise<AutoScalingClient>;
  readonly logs: (account: DeclaredAccount, region: string) => Promise<CloudWatchLogsClient>;
  readonly cloudtrail: (account: DeclaredAccount, region: string) => Promise<CloudTrailClient>;
  readonly athena: (account: DeclaredAccount, region: string) => Promise<AthenaClient>;
  /** Whose tokens open the account's databases; undefined: the SDK looks for itself. */
  readonly credentials: (account: DeclaredAccount) => Credentials | undefined;
  /** Fails unless the credentials belong to this account. Asked once. */
  readonly verifyCaller: (account: DeclaredAccount) => Promise<void>;
  /** ARN of whose credentials they are; null: not asked yet, or not answered. */
  readonly callerOf: (account: DeclaredAccount) => string | null;
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
  const { log } = options;
  const callers = new Map<string, string>();
  /** Of a service that is asked Region by Region. */
  const regional =
    <T extends Watchable>(
      service: string,
      make: (config: Common & { readonly region: string }) => Promise<T>,
      form: "page" | "json" = "page",
    ) =>
    (account: DeclaredAccount, region: string): Promise<T> =>
      once(`${service} ${account.name} ${region}`, async () => {
        const client = await make({ ...common(account), region });
        addTo(client, observe(log, { account: account.name, region }), OUTERMOST);
        if (form === "page") addTo(client, refusePages, BEFORE_READING);
        return client;
      });
  return {
    log,
    iam: (account) =>
      once(`iam ${account.name}`, async () => {
        const { IAMClient } = await import("@aws-sdk/client-iam");
        const client = new IAMClient({ ...common(account), region: account.region });
        client.middlewareStack.add(quotasAreFinal, AROUND_READING);
        client.middlewareStack.add(observe(log, { account: account.name, region: account.region }), OUTERMOST);
        client.middlewareStack.add(refusePages, BEFORE_READING);
        return client;
      }),
    rds: regional("rds", async (config) => new (await import("@aws-sdk/client-rds")).RDSClient(config)),
    ec2: regional("ec2", async (config) => new (await import("./ec2-sdk.js")).EC2Client(config)),
    autoScaling: regional("autoscaling", async (config) => new (await import("./auto-scaling-sdk.js")).AutoScalingClient(config)),
    cloudtrail: regional("cloudtrail", async (config) => new (await import("./trail-sdk.js")).CloudTrailClient(config)),
    // It speaks JSON, as which no page can be read.
    logs: regional("logs", async (config) => new (await import("./logs-sdk.js")).CloudWatchLogsClient(config), "json"),
    athena: regional("athena", async (config) => new (await import("./trail-sdk.js")).AthenaClient(config)),
    credentials,
    verifyCaller: (account) =>
      once(`caller ${account.name}`, async () => {
        const identity = await identityOf(account, common(account), options);
        if (identity.Arn) callers.set(account.name, identity.Arn);
        checkAccount(account, identity.Account);
      }),
    callerOf: (account) => callers.get(account.name) ?? null,
  };
}

/** What the clients have in common: each one's stack takes middleware of its own calls, and ours is of whatever calls. */
interface Watchable {
  readonly middlewareStack: { readonly add: (middleware: never, options: never) => void };
}
const addTo = ({ middlewareStack }: Watchable, middleware: typeof refusePages | ReturnType<typeof observe>, options: object): void =>
  middlewareStack.add(middleware as never, options as never);
type Common = typeof COMMON & { readonly endpoint?: string; readonly credentials?: Credentials };

const WHO_AM_I = "sts:GetCallerIdentity";

async function identityOf(
  account: DeclaredAccount,
  common: Common,
  { log, env }: AwsOptions,
): Promise<{ readonly Account?: string | undefined; readonly Arn?: string | undefined }> {
  checkEndpoint(account, common.endpoint);
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  // The first call of all: what cannot be reached is said soon.
  const sts = new STSClient({ ...common, maxAttempts: 3, region: account.region });
  sts.middlewareStack.add(observe(log, { account: account.name, region: account.region }), OUTERMOST);
  sts.middlewareStack.add(refusePages, BEFORE_READING);
  const failed = (error: unknown): ProblemsError => {
    const asked = { call: WHO_AM_I, account, caller: null, place: account.place, profile: env["AWS_PROFILE"] || undefined };
    return new ProblemsError([awsProblem(error, asked)], { cause: error });
  };
  const identity = await sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
    throw error instanceof ProblemsError ? error : failed(error);
  });
  // A page of a proxy, or another service, that reads as an answer without fields.
  if (!/^\d{12}$/.test(identity.Account ?? "")) throw failed(new Error("Deserialization error"));
  return identity;
}

function checkEndpoint(account: DeclaredAccount, endpoint: string | undefined): void {
  // What it is stays unsaid: it may hold a password.
  if (endpoint === undefined || /^https?:\/\/[^\s/]/.test(endpoint)) return;
  throw new ProblemsError([
    errorProblem("aws-unreachable", `AWS_ENDPOINT_URL holds no URL, so account ${account.name} cannot be asked.`, {
      place: account.place,
      hint: "Write it with http:// or https:// in front, or unset it.",
    }),
  ]);
}

function checkAccount(account: DeclaredAccount, id: string | undefined): void {
  if (id === account.id) return;
  throw new ProblemsError([
    errorProblem("wrong-account", `The AWS credentials are of account ${id}; access.yaml says ${account.id} for account ${account.name}.`, {
      place: account.place,
      hint: "Use the credentials of that account (AWS_PROFILE), or name an IAM role of it that they may assume: plan_role, apply_role.",
    }),
  ]);
}
