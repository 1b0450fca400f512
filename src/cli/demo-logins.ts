import type { DemoWorld } from "../sandbox/demo-world.js";
import type { CliIo } from "./io.js";

interface Login {
  readonly user: string;
  readonly trials: readonly { readonly what: string; readonly sql: string; readonly allowed: boolean }[];
}

const READ = { what: "reads pgdemo.products", sql: "SELECT count(*) FROM pgdemo.products" } as const;
const WRITE = { what: "writes pgdemo.orders", sql: "INSERT INTO pgdemo.orders (product, quantity) VALUES (2, 1)" } as const;

/** What each user of the example may and may not do. */
export const DEMO_LOGINS: readonly Login[] = [
  {
    user: "oltp_ro_user",
    trials: [
      { ...READ, allowed: true },
      { ...WRITE, allowed: false },
    ],
  },
  {
    user: "oltp_rw_user",
    trials: [
      { ...READ, allowed: true },
      { ...WRITE, allowed: true },
    ],
  },
  {
    user: "pgmonitor",
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

/** Logs in with a token as the user would, and tries. False: something was not as the file says. */
export async function demoLogin(io: CliIo, world: DemoWorld, { user, trials }: Login): Promise<boolean> {
  const [{ default: pg }, { Signer }, { readFile }] = await Promise.all([
    import("pg"),
    import("@aws-sdk/rds-signer"),
    import("node:fs/promises"),
  ]);
  const { host, port } = world.endpoint;
  const credentials = { accessKeyId: world.env["AWS_ACCESS_KEY_ID"] ?? "", secretAccessKey: world.env["AWS_SECRET_ACCESS_KEY"] ?? "" };
  const token = await new Signer({
    hostname: host,
    port,
    username: user,
    region: world.env["AWS_REGION"] ?? "",
    credentials,
  }).getAuthToken();
  const ca = await readFile(world.env["PGSSLROOTCERT"] ?? "", "utf8");
  const client = new pg.Client({
    host: world.gateway.host,
    port: world.gateway.port,
    user,
    password: token,
    database: "demo",
    ssl: { ca, servername: host },
  });
  const witness = await world.postgres.connect();
  await witness.query("SELECT 'pgaccord demo'");
  await client.connect();
  let good = true;
  try {
    for (const { what, sql, allowed } of trials) {
      const refusal = await client.query(sql).then(
        () => null,
        (error: Error) => error.message,
      );
      const asExpected = (refusal === null) === allowed;
      good &&= asExpected;
      io.out(`${asExpected ? "✓" : "✗"} ${user} ${what}: ${refusal ?? "yes"}\n`);
    }
  } finally {
    await Promise.all([client.end(), witness.end()]);
  }
  return good;
}
