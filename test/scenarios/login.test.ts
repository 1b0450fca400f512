import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DetachRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { bodyOf, forward, sendError } from "../support/aws-proxy.js";
import { iamOf } from "../support/holdings.js";
import { majorsLeft } from "../support/majors.js";
import { type CliResult, createScene, MAIN, runCli, type Scene } from "../support/scene.js";

const ACCESS = readFileSync(new URL("../../access.yaml", import.meta.url), "utf8");
const [DB, MANAGEMENT] = ["111122223333", "444455556666"];

/** Connects by what stands in its environment, as libpq does, and ends with the code that it is given. */
const CONNECT = `
const pg = require(process.argv[1]);
const { PGHOST, PGHOSTADDR, PGPORT, PGUSER, PGDATABASE, PGPASSWORD, PGSSLMODE, PGSSLROOTCERT, PGSERVICE } = process.env;
const ssl = { ca: require("node:fs").readFileSync(PGSSLROOTCERT, "utf8"), servername: PGHOST };
const client = new pg.Client({ host: PGHOSTADDR, port: Number(PGPORT), user: PGUSER, password: PGPASSWORD, database: PGDATABASE, ssl });
client.connect().then(() => client.query("SELECT current_user AS name")).then(({ rows: [{ name }] }) => {
  const isToken = PGPASSWORD.includes("X-Amz-Signature") && !process.argv.join(" ").includes(PGPASSWORD);
  console.log(JSON.stringify({ name, PGHOST, PGDATABASE, PGSSLMODE, PGSERVICE: PGSERVICE ?? null, isToken }));
  return client.end();
}).then(() => process.exit(Number(process.argv[2])));
`;
const COMMAND = ["--", process.execPath, "-e", CONNECT, createRequire(import.meta.url).resolve("pg")];

describe("pgaccord login", () => {
  let world: DemoWorld;
  let scene: Scene;
  beforeAll(async () => {
    world = await startDemoWorld();
    scene = createScene({ env: world.env, address: `demo=${world.address}` });
    scene.write(ACCESS);
    expect((await scene.apply()).status).toBe("applied");
  });
  afterAll(async () => {
    scene?.remove();
    await world?.stop();
  });
  afterEach(async () => {
    await scene.apply();
  });

  /** On an instance with that profile: its metadata give the only credentials. */
  const on = async (profile: string, account: string, ...args: readonly string[]): Promise<CliResult> => {
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...env } = world.env;
    const metadata = `${env["AWS_ENDPOINT_URL"]}/instance/${account}/${profile}`;
    const own = createScene({
      env: { ...env, AWS_CONTAINER_CREDENTIALS_FULL_URI: metadata, PGSERVICE: "elsewhere" },
      address: `demo=${world.address}`,
    });
    own.write(ACCESS);
    try {
      return await own.cli("login", ...args);
    } finally {
      own.remove();
    }
  };
  const reporter = (...args: readonly string[]) => on("pgdemo-db-report-profile", DB, ...args);
  const monitor = (...args: readonly string[]) => on("pgmonitor-access-profile", MANAGEMENT, ...args);

  it("runs a command with a token and verified TLS in its environment, and ends with its exit code", async () => {
    const { code, out, err } = await reporter("oltp_ro_user@demo", ...COMMAND, "7");
    expect({ code, err }).toEqual({ code: 7, err: "" });
    expect(JSON.parse(out)).toEqual({
      name: "oltp_ro_user",
      PGHOST: world.endpoint.host,
      PGDATABASE: "demo",
      PGSSLMODE: "verify-full",
      PGSERVICE: null,
      isToken: true,
    });
  });

  it.each([
    ["SIGINT", 9],
    ["SIGTERM", 8],
  ] as const)("%s that comes to it alone reaches the command, which says how it ends", async (signal, code) => {
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...env } = world.env;
    const AWS_CONTAINER_CREDENTIALS_FULL_URI = `${env["AWS_ENDPOINT_URL"]}/instance/${DB}/pgdemo-db-report-profile`;
    const wait = `process.on("SIGINT", () => process.exit(9)).on("SIGTERM", () => process.exit(8)); setInterval(() => 0, 9e3); console.log("up");`;
    const args = ["login", "oltp_ro_user@demo", "-f", scene.file, "--address", `demo=${world.address}`, "--", process.execPath, "-e", wait];
    // A session of its own has no terminal.
    const child = spawn(process.execPath, [MAIN, ...args], {
      detached: true,
      env: { ...process.env, ...env, AWS_CONTAINER_CREDENTIALS_FULL_URI },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.stdout.once("data", () => child.kill(signal));
    // What does not reach the command leaves it running.
    const late = setTimeout(() => process.kill(-(child.pid ?? 0), "SIGKILL"), 20_000);
    expect(await ended).toBe(code);
    clearTimeout(late);
  });

  it("goes through both accounts, and names the database that is asked for", async () => {
    const { code, out } = await monitor("pgmonitor@demo/postgres", ...COMMAND, "0");
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, name: "pgmonitor", PGDATABASE: "postgres" });
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      "a door of another",
      ["oltp_rw_user@demo"],
      /may not assume arn:aws:iam::111122223333:role\/pgdemo-oltp-rw-role .*\[aws-access-denied\]\n +By the file its trust lets in ec2/,
    ],
    ["a database that is not there", ["oltp_ro_user@demo/nowhere"], /Database nowhere does not exist/],
    [
      "a command that is not there",
      ["oltp_ro_user@demo", "--", "no-such-psql"],
      /There is no command no-such-psql on this machine\. \[command-not-found\]/,
    ],
    ["a server that is down", ["oltp_ro_user@demo", "--address", "demo=127.0.0.1:1"], /Cannot connect to cluster demo at 127\.0\.0\.1:1/],
  ])("%s: exit 1, and what to do", async (_, args, expected) => {
    const { code, out, err } = await reporter(...args);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(expected);
  });

  it("--check proves each door that one may take, and that there is no other", async () => {
    expect(await monitor("--check")).toEqual({
      code: 0,
      err: "",
      out: "✓ pg-monitor-role logs in as pgmonitor to demo\n✓ pg-monitor-role does not come in as oltp_ro_user to demo\n- pg-monitor-role at another cluster: none to try\n2 doors are for others to try.\n",
    });
    const { code, out } = await scene.cli("login", "--check");
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^None to try: .*pgaccord-apply .*\n3 doors are for others to try\.\n$/),
    });
  });

  it("--check names the hop that fails", async () => {
    const [db, management] = [
      iamOf(world.aws),
      new IAMClient({ endpoint: world.aws.endpoint, region: "us-east-2", credentials: await world.aws.rootOf(MANAGEMENT) }),
    ];
    const policy = (account: string, name: string): string => `arn:aws:iam::${account}:policy/${name}`;
    await db.send(new DetachRolePolicyCommand({ RoleName: "pg-monitor-role", PolicyArn: policy(DB, "pg-db-monitor-policy") }));
    const token = JSON.parse((await monitor("--check", "--format", "json")).out);
    expect(token.doors).toEqual([
      {
        iam_role: "pg-monitor-role",
        user: "pgmonitor",
        cluster: "demo",
        ok: false,
        hop: "login",
        why: expect.stringMatching(/refused the login of pgmonitor to cluster demo: PAM authentication failed/),
      },
    ]);
    expect(token.none_to_try).toEqual([{ iam_role: "pg-monitor-role", what: "cluster" }]);
    expect(token.refused).toMatchObject([{ user: "oltp_ro_user", ok: true, hop: null, why: null }]);
    await management.send(new DetachRolePolicyCommand({ RoleName: "pg-mgmt-role", PolicyArn: policy(MANAGEMENT, "pg-mgmt-policy") }));
    const { code, out } = await monitor("--check");
    expect(code).toBe(1);
    expect(out).toMatch(
      /✗ pg-monitor-role logs in as pgmonitor to demo: taking the IAM role failed\n +arn:aws:sts::444455556666:assumed-role\/pg-mgmt-role\/\S+ may not assume/,
    );
    // What does not get as far as the server proves nothing.
    expect(out).toMatch(/✗ pg-monitor-role is kept out as oltp_ro_user of demo: taking the IAM role failed/);
    for (const client of [db, management]) client.destroy();
  });

  it.skipIf(majorsLeft !== null)(
    "asks RDS as whoever plans where the IAM role with the door may not, and nobody where the endpoint is in the file",
    async () => {
      let asks = `AWS4-HMAC-SHA256 Credential=${world.env["AWS_ACCESS_KEY_ID"]}/`;
      const front = createServer((request, response) => {
        void bodyOf(request).then(async (body) => {
          if (/^DescribeDB/.test(body.get("Action") ?? "") && !request.headers.authorization?.startsWith(asks)) {
            const message = "User: somebody is not authorized to perform: rds:DescribeDBClusters";
            return sendError(response, { status: 403, code: "AccessDenied", message }, body);
          }
          const { status, text } = await forward(world.env["AWS_ENDPOINT_URL"] ?? "", request, body);
          response.writeHead(status, { "content-type": "text/xml" }).end(text);
        });
      });
      await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
      const { port } = front.address() as AddressInfo;
      const behind = createScene({ env: { ...world.env, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` }, address: `demo=${world.address}` });
      const mine = `{ arn: "arn:aws:iam::${DB}:user/pgaccord-apply" }`;
      const access = ACCESS.replace(/trust: \[(.*)\](\n {4}connect: \[\{ user: oltp_rw_user)/, `trust: [$1, ${mine}]$2`);
      for (const one of [scene, behind]) one.write(access);
      expect((await scene.apply()).status).toBe("applied");
      const { code, out, err } = await behind.cli("login", "oltp_rw_user@demo", ...COMMAND, "0");
      asks = "nobody";
      const nobody = await behind.cli("login", "oltp_rw_user@demo", ...COMMAND, "0");
      // Then an endpoint in the file does.
      behind.write(access.replace("rds: { cluster: demo-aurora }", `$&\n    address: ${world.endpoint.host}:${world.endpoint.port}`));
      const written = await behind.cli("login", "oltp_rw_user@demo", ...COMMAND, "0");
      front.close();
      behind.remove();
      scene.write(ACCESS);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(JSON.parse(out).name).toBe("oltp_rw_user");
      expect(nobody).toEqual({ code: 1, out: "", err: expect.stringContaining("[aws-access-denied]") });
      expect([written.code, written.err, JSON.parse(written.out).name]).toEqual([0, "", "oltp_rw_user"]);
    },
  );

  it.skipIf(majorsLeft !== null)("starts from a profile that aws-config prints, as the SDK itself reads it, across accounts", async () => {
    const { out: config } = await runCli(["aws-config", "-f", "access.yaml", "--for", "pgmonitor"], join(scene.file, ".."), {});
    const file = join(scene.file, "../aws-config");
    writeFileSync(file, config);
    const {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: Token,
    } = await world.credentialsOfInstance("pgmonitor-access-profile", MANAGEMENT);
    const keys = { Code: "Success", AccessKeyId, SecretAccessKey, Token, Expiration: new Date(Date.now() + 3_600_000).toISOString() };
    // As the metadata of instances answer (EC2 user guide, "IMDSv2").
    const metadata = createServer(({ method, url }, response) => {
      const about = url?.endsWith("/pg-mgmt-role") ? JSON.stringify(keys) : "pg-mgmt-role";
      response.end(method === "PUT" ? "token" : about);
    });
    await new Promise<void>((resolve) => metadata.listen(0, "127.0.0.1", resolve));
    const { port } = metadata.address() as AddressInfo;
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...env } = world.env;
    const own = createScene({
      env: {
        ...env,
        AWS_CONFIG_FILE: file,
        AWS_PROFILE: "pgaccord-pg-monitor-role",
        AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${port}`,
      },
      address: `demo=${world.address}`,
    });
    own.write(ACCESS);
    const { code, out, err } = await own.cli("login", "--check", "--format", "json");
    metadata.close();
    own.remove();
    rmSync(file);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    // Without the profile the caller would be the IAM role of the instance, and go the same way by itself.
    expect(JSON.parse(out)).toMatchObject({
      caller: `arn:aws:sts::${DB}:assumed-role/pg-monitor-role/pgaccord-login`,
      doors: [{ user: "pgmonitor", ok: true }],
    });
  });

  it.skipIf(majorsLeft !== null)("--check says where somebody comes in without a line of the file", async () => {
    const db = iamOf(world.aws);
    const PolicyDocument = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}]}';
    await db.send(new PutRolePolicyCommand({ RoleName: "pgdemo-oltp-ro-role", PolicyName: "wide", PolicyDocument }));
    const { code, out } = await reporter("--check");
    expect(code).toBe(1);
    expect(out).toContain(
      "✗ pgdemo-oltp-ro-role is kept out as oltp_rw_user of demo: logging in failed\n    It logged in, and the file gives no such door.\n",
    );
    db.destroy();
  });
});
