import { ModifyDBInstanceCommand, RDSClient } from "@aws-sdk/client-rds";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { freePort } from "../../src/sandbox/tied-process.js";
import { doors, holdings } from "../support/holdings.js";
import { ONE_ACCOUNT } from "../support/one-account.js";
import { type CliResult, createScene } from "../support/scene.js";

const ACCESS = ONE_ACCOUNT;
const PASSWORD = ACCESS.replace("auth: iam }", "password_env: ADMIN_PASSWORD }").replace("access_admin", "postgres");

interface Case {
  readonly name: string;
  readonly file?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly address?: (port: number) => string;
  readonly code: string;
  readonly says: RegExp;
}

const CASES: readonly Case[] = [
  {
    name: "no server",
    address: (port) => `demo=127.0.0.1:${port}`,
    code: "cannot-connect",
    says: /^access.yaml:10:3: error: Cannot connect to cluster demo at 127\.0\.0\.1:\d+: connect ECONNREFUSED/,
  },
  {
    name: "a wrong password",
    file: PASSWORD,
    env: { ADMIN_PASSWORD: "wrong-secret" },
    code: "login-refused",
    says: /refused the login of postgres to cluster demo: password authentication failed for user "postgres"/,
  },
  {
    name: "no password",
    file: PASSWORD,
    code: "password-env-missing",
    says: /The variable ADMIN_PASSWORD is not set. It holds the password of postgres, who logs in to cluster demo\./,
  },
  {
    name: "wrong keys",
    env: { AWS_SECRET_ACCESS_KEY: "wrong" },
    code: "login-refused",
    says: /PAM authentication failed for user "access_admin"/,
  },
  {
    name: "a wrong account",
    file: ACCESS.replace("111122223333", "999922223333"),
    code: "wrong-account",
    says: /credentials are of account 111122223333; access.yaml says 999922223333 for account db/,
  },
  { name: "no AWS", env: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" }, code: "aws-unreachable", says: /AWS could not be reached/ },
  {
    name: "a missing RDS cluster",
    file: ACCESS.replace("demo-aurora", "demo-auora"),
    code: "rds-not-found",
    says: /There is no RDS cluster demo-auora in region us-east-2/,
  },
  {
    name: "a missing database",
    file: ACCESS.replaceAll(/^( +)demo: \{ creators/gm, "$1dmo: { creators").replaceAll(/^ {6}demo:$/gm, "      dmo:"),
    code: "missing-database",
    says: /Database dmo does not exist on cluster demo/,
  },
  {
    name: "a missing schema",
    file: ACCESS.replaceAll("pgdemo:", "pgdmeo:").replaceAll("pgdemo.*", "pgdmeo.*"),
    code: "missing-object",
    says: /Schema pgdmeo does not exist in database demo of cluster demo \(also in lines? /,
  },
  {
    name: "a missing table",
    file: ACCESS.replace("pgdemo.*: [select] }", "pgdemo.prodcts: [select] }"),
    code: "missing-object",
    says: /Table pgdemo\.prodcts does not exist.*\n +The nearest is table pgdemo\.products\./,
  },
  {
    name: "a certificate that is not trusted",
    env: { NODE_EXTRA_CA_CERTS: "" },
    code: "tls-failed",
    says: /No trusted TLS connection to cluster demo at 127\.0\.0\.1/,
  },
  {
    name: "a missing creator",
    file: ACCESS.replace("[app_owner]", "[app_onwer]"),
    code: "missing-role",
    says: /Creator app_onwer does not exist on cluster demo/,
  },
];

describe("servers that cannot be used", () => {
  let world: DemoWorld;
  let before: ReadonlySet<string>;
  const state = async (): Promise<Set<string>> => new Set([...(await holdings(world.postgres, "demo")), ...(await doors(world.aws))]);
  beforeAll(async () => {
    world = await startDemoWorld({ major: 17 });
    before = await state();
  });
  afterAll(async () => {
    await world?.stop();
  });

  const run = async ({ file = ACCESS, env = {}, address }: Partial<Case>, command: readonly [string, ...string[]]): Promise<CliResult> => {
    const at = address ? address(await freePort()) : `demo=${world.address}`;
    const scene = createScene({ env: { ...world.env, ...env }, address: at });
    scene.write(file);
    const result = await scene.cli(...command);
    scene.remove();
    return result;
  };

  it.each(CASES)("$name: exit 1, one clear message, nothing changed", async (c) => {
    for (const command of [["plan"], ["apply", "--yes"]] as const) {
      const result = await run(c, command);
      const said = result.out + result.err;
      expect({ code: result.code, said }).toMatchObject({ code: 1, said: expect.stringContaining(`[${c.code}]`) });
      expect(said).toMatch(new RegExp(c.says.source, "m"));
      expect(said.match(new RegExp(`\\[${c.code}\\]`, "g"))?.length).toBe(1);
      expect(said).not.toMatch(/^\s+at .*[/(]|node:internal|wrong-secret|undefined|\[object/m);
    }
    expect(await state()).toEqual(before);
  });

  it("IAM authentication off: says how to turn it on", async () => {
    const off = await startDemoWorld({ major: 17, iamAuth: false });
    try {
      const scene = createScene({ env: off.env, address: `demo=${off.address}` });
      scene.write(ACCESS);
      const result = await scene.cli("apply", "--yes");
      scene.remove();
      expect(result.code).toBe(1);
      expect(result.out).toContain(
        'IAM authentication is off on cluster demo-aurora (cluster demo), so 3 users with "login: iam" could not log in. [iam-auth-off]',
      );
      expect(result.out).toContain(
        "aws rds modify-db-cluster --db-cluster-identifier demo-aurora --enable-iam-database-authentication --apply-immediately",
      );
    } finally {
      await off.stop();
    }
  });

  it("two applies at once: the second is refused and names the first", async () => {
    const holder = await world.postgres.connect({ user: "postgres" });
    await holder.query("SET application_name = 'pgaccord'; SELECT pg_advisory_lock(31638865368543090)");
    const result = await run({}, ["apply", "--yes"]);
    await holder.end();
    expect(result.code).toBe(1);
    expect(result.err).toMatch(
      /Another apply is running on cluster demo: process \d+ \(postgres, pgaccord, from a socket, since .*\) holds its lock\. \[locked\]/,
    );
    expect(await state()).toEqual(before);
  });

  it("a name that exists in AWS and is not ours: left alone", async () => {
    const { CreateRoleCommand } = await import("@aws-sdk/client-iam");
    const { iamOf } = await import("../support/holdings.js");
    const trust = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }],
    });
    await iamOf(world.aws).send(new CreateRoleCommand({ RoleName: "PGDEMO-oltp-rw-role", AssumeRolePolicyDocument: trust }));
    const result = await run({}, ["apply", "--yes"]);
    expect(result.code).toBe(1);
    expect(result.out).toContain(
      "IAM role PGDEMO-oltp-rw-role exists already in account db, and pgaccord did not make it: it is left alone. [not-ours]",
    );
  });

  it("an RDS instance with IAM authentication on, off, and of another engine", async () => {
    const { CreateDBInstanceCommand } = await import("@aws-sdk/client-rds");
    const credentials = { accessKeyId: world.env["AWS_ACCESS_KEY_ID"] ?? "", secretAccessKey: world.env["AWS_SECRET_ACCESS_KEY"] ?? "" };
    const rds = new RDSClient({ endpoint: world.aws.endpoint, region: "us-east-2", credentials });
    const base = {
      DBInstanceClass: "db.t3.micro",
      MasterUsername: "postgres",
      MasterUserPassword: "master-password",
      AllocatedStorage: 20,
    };
    await rds.send(new CreateDBInstanceCommand({ ...base, DBInstanceIdentifier: "single", Engine: "postgres", Port: 5432 }));
    await rds.send(new CreateDBInstanceCommand({ ...base, DBInstanceIdentifier: "other", Engine: "mysql", Port: 3306 }));
    const withInstance = (id: string): string => ACCESS.replace("cluster: demo-aurora", `instance: ${id}`);
    expect((await run({ file: withInstance("other") }, ["plan"])).out).toContain(
      "RDS instance other runs mysql, not PostgreSQL. [rds-not-postgres]",
    );
    await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: "single", EnableIAMDatabaseAuthentication: true }));
    // Its endpoint is another one: the token for it is right, the certificate here is not.
    expect((await run({ file: withInstance("single") }, ["plan"])).out).toMatch(/No trusted TLS connection.*\[tls-failed\]/);
  });

  it("by doctor: one finding each, without a guess at SQL; and nothing where all is well", async () => {
    const untrusted = await run({ env: { NODE_EXTRA_CA_CERTS: "" } }, ["doctor"]);
    expect(untrusted).toMatchObject({ code: 1, err: "" });
    expect(untrusted.out).toMatch(/No trusted TLS connection.*\[tls-failed\]\n +Name the certificate authority/);
    expect(untrusted.out).not.toContain("BEGIN;");
    const well = await run({}, ["doctor", "--format", "json"]);
    expect(well).toMatchObject({ code: 0, err: "" });
    const { targets } = JSON.parse(well.out);
    expect(targets.map(({ target, read, missing, scripts }: Record<string, unknown>) => [target, read, missing, scripts])).toEqual([
      [{ type: "cluster", name: "demo" }, true, false, []],
      [{ type: "account", name: "db" }, true, false, []],
    ]);
  });
});
