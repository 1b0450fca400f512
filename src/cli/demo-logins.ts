import type { Client } from "pg";
import type { DemoWorld } from "../sandbox/demo-world.js";
import { takeRole } from "../sandbox/take-role.js";
import type { CliIo } from "./io.js";

export interface DemoLogin {
  readonly user: string;
  /** The instance profile of access.yaml whose IAM role may log in as the user, or may take the one that may. */
  readonly profile: string;
  readonly accountId: string;
  /** ARN of the IAM role that is taken with that; null: none. */
  readonly takes: string | null;
  readonly trials: readonly { readonly what: string; readonly sql: string; readonly allowed: boolean }[];
}

const READ = { what: "reads pgdemo.products", sql: "SELECT count(*) FROM pgdemo.products" } as const;
/** As the article does that the example is taken from. */
const INSERT = "insert into pgdemo.products values (6,'Nokia',600)";
const WRITE = { what: INSERT, sql: INSERT } as const;

const [DB, MANAGEMENT] = ["111122223333", "444455556666"];

/** What each user of the example may and may not do. */
export const DEMO_LOGINS: readonly DemoLogin[] = [
  {
    user: "oltp_ro_user",
    profile: "pgdemo-db-report-profile",
    accountId: DB,
    takes: null,
    trials: [
      { ...READ, allowed: true },
      { ...WRITE, allowed: false },
    ],
  },
  {
    user: "oltp_rw_user",
    profile: "pgdemo-db-access-profile",
    accountId: DB,
    takes: null,
    trials: [
      { ...READ, allowed: true },
      { ...WRITE, allowed: true },
    ],
  },
  {
    user: "pgmonitor",
    profile: "pgmonitor-access-profile",
    accountId: MANAGEMENT,
    takes: `arn:aws:iam::${DB}:role/pg-monitor-role`,
    trials: [
      {
        what: "sees the queries of others in pg_stat_activity",
        sql: "SELECT 1 / count(*) FROM pg_stat_activity WHERE usename = 'rdsadmin' AND query LIKE '%pgaccord demo%'",
        allowed: true,
      },
      { ...READ, allowed: false },
    ],
  },
];

/** Logs in as an instance with the profile would, and tries. False: something was not as the file says. */
export async function demoLogin(io: CliIo, world: DemoWorld, login: DemoLogin): Promise<boolean> {
  const client = await logIn(io, world, login).catch((error: unknown) => {
    io.out(`✗ ${login.user} logs in: ${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  });
  if (client === null) return false;
  const witness = await world.postgres.connect();
  try {
    await witness.query("SELECT 'pgaccord demo'");
    return await tryAll(io, client, login);
  } finally {
    await Promise.all([client.end(), witness.end()]);
  }
}

/** Profile, IAM role, its credentials, a token, the front door: IAM decides at each. */
async function logIn(io: CliIo, world: DemoWorld, { user, profile, accountId, takes }: DemoLogin): Promise<Client> {
  const [{ default: pg }, { Signer }, { readFile }] = await Promise.all([
    import("pg"),
    import("@aws-sdk/rds-signer"),
    import("node:fs/promises"),
  ]);
  const { host: hostname, port } = world.endpoint;
  const first = await world.credentialsOfInstance(profile, accountId);
  const region = world.env["AWS_REGION"] ?? "";
  const credentials = takes === null ? first : await takeRole(world.env["AWS_ENDPOINT_URL"] ?? "", region, first, takes);
  const token = await new Signer({ hostname, port, username: user, region, credentials }).getAuthToken();
  const ca = await readFile(world.env["PGSSLROOTCERT"] ?? "", "utf8");
  const { host: address, port: gatewayPort } = world.gateway;
  const ssl = { ca, servername: hostname };
  const client = new pg.Client({ host: address, port: gatewayPort, user, password: token, database: "demo", ssl });
  await client.connect();
  const named = (arn: string): string => `${arn.split("/").at(-1)} of account ${arn.split(":")[4]}`;
  const way = takes === null ? first.roleArn.split("/").at(-1) : `${named(first.roleArn)}, then ${named(takes)}`;
  io.out(`✓ ${user} logs in: from an instance with ${profile}, by IAM role ${way}\n`);
  return client;
}

/** Without the caller's half of the way through two accounts nobody comes in. False: somebody did. */
export async function withoutHalf(io: CliIo, world: DemoWorld): Promise<boolean> {
  const { DetachRolePolicyCommand, IAMClient } = await import("@aws-sdk/client-iam");
  const iam = new IAMClient({
    endpoint: world.aws.endpoint,
    region: world.env["AWS_REGION"] ?? "",
    credentials: await world.aws.rootOf(MANAGEMENT),
  });
  await iam.send(new DetachRolePolicyCommand({ RoleName: "pg-mgmt-role", PolicyArn: `arn:aws:iam::${MANAGEMENT}:policy/pg-mgmt-policy` }));
  iam.destroy();
  const monitor = DEMO_LOGINS.find(({ takes }) => takes !== null);
  if (!monitor) return false;
  const refusal = await logIn({ ...io, out: () => undefined }, world, monitor).then(
    (client) => client.end().then(() => null),
    (error: Error) => error.message,
  );
  io.out(`${refusal === null ? "✗" : "✓"} ${monitor.user} does not log in: ${refusal ?? "it did"}\n`);
  return refusal !== null;
}

async function tryAll(io: CliIo, client: Client, { user, trials }: DemoLogin): Promise<boolean> {
  let good = true;
  for (const { what, sql, allowed } of trials) {
    const refusal = await client.query(sql).then(
      () => null,
      (error: Error) => error.message,
    );
    const asExpected = (refusal === null) === allowed;
    good &&= asExpected;
    io.out(`${asExpected ? "✓" : "✗"} ${user} ${what}: ${refusal ?? "yes"}\n`);
  }
  return good;
}
