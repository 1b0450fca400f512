import type { Client } from "pg";
import type { DemoWorld } from "../sandbox/demo-world.js";
import type { CliIo } from "./io.js";

export interface DemoLogin {
  readonly user: string;
  /** The instance profile of access.yaml whose IAM role may log in as the user. */
  readonly profile: string;
  readonly trials: readonly { readonly what: string; readonly sql: string; readonly allowed: boolean }[];
}

const READ = { what: "reads pgdemo.products", sql: "SELECT count(*) FROM pgdemo.products" } as const;
/** As the article does that the example is taken from. */
const INSERT = "insert into pgdemo.products values (6,'Nokia',600)";
const WRITE = { what: INSERT, sql: INSERT } as const;

/** What each user of the example may and may not do. */
export const DEMO_LOGINS: readonly DemoLogin[] = [
  {
    user: "oltp_ro_user",
    profile: "pgdemo-db-report-profile",
    trials: [
      { ...READ, allowed: true },
      { ...WRITE, allowed: false },
    ],
  },
  {
    user: "oltp_rw_user",
    profile: "pgdemo-db-access-profile",
    trials: [
      { ...READ, allowed: true },
      { ...WRITE, allowed: true },
    ],
  },
  {
    user: "pgmonitor",
    profile: "pgmonitor-access-profile",
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
async function logIn(io: CliIo, world: DemoWorld, { user, profile }: DemoLogin): Promise<Client> {
  const [{ default: pg }, { Signer }, { readFile }] = await Promise.all([
    import("pg"),
    import("@aws-sdk/rds-signer"),
    import("node:fs/promises"),
  ]);
  const { host: hostname, port } = world.endpoint;
  const credentials = await world.credentialsOfInstance(profile);
  const token = await new Signer({ hostname, port, username: user, region: world.env["AWS_REGION"] ?? "", credentials }).getAuthToken();
  const ca = await readFile(world.env["PGSSLROOTCERT"] ?? "", "utf8");
  const { host: address, port: gatewayPort } = world.gateway;
  const ssl = { ca, servername: hostname };
  const client = new pg.Client({ host: address, port: gatewayPort, user, password: token, database: "demo", ssl });
  await client.connect();
  io.out(`✓ ${user} logs in: from an instance with ${profile}, by IAM role ${credentials.roleArn.split("/").at(-1)}\n`);
  return client;
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
