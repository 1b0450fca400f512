import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CreateRoleCommand, GetPolicyCommand, GetPolicyVersionCommand, type IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateDBClusterCommand, RDSClient } from "@aws-sdk/client-rds";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { freePort } from "../../src/sandbox/tied-process.js";
import { holdings, iamOf } from "../support/holdings.js";
import { type CliResult, createScene, type Scene } from "../support/scene.js";

/** The user of the doors, on both clusters. */
const fileOf = (user: string): string => `version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters:
  demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } }
  bi: { account: db, rds: { cluster: bi-aurora }, admin: { user: access_admin, password_env: BI_PASSWORD }, tls: { ca: bi.pem }, databases: { shop: {} } }
defaults: { clusters: [bi, demo] }
roles:
  readers:
    grants:
      demo/demo: { schemas: { pgdemo: [usage] }, tables: { pgdemo.orders: [select] } }
      bi/shop: { schemas: { s: [usage] }, tables: { s.sales: [select] } }
users: { ${user}: { login: iam, member_of: [readers] } }
iam_roles:
  reports: { account: db, trust: [ { service: ec2.amazonaws.com } ], connect: [ { user: ${user}, clusters: [bi, demo] } ] }
`;

describe("two clusters in one account, of which one is down for a while", () => {
  let demo: DemoWorld;
  let bi: LocalPostgres;
  let biId: string;
  let scene: Scene;
  let iam: IAMClient;
  let nowhere: string;
  beforeAll(async () => {
    demo = await startDemoWorld({ major: 17 });
    const { host, id } = await registerBi(demo);
    biId = id;
    bi = await startPostgres({ major: 17, rds: true, tlsNames: [host] });
    await bi.sql("CREATE DATABASE shop OWNER access_admin");
    await bi.sql("SET ROLE access_admin; CREATE SCHEMA s; CREATE TABLE s.sales (id integer)", "shop");
    nowhere = `127.0.0.1:${await freePort()}`;
    iam = iamOf(demo.aws);
    scene = createScene({ env: { ...(await sessionEnv(demo, iam)), BI_PASSWORD: bi.adminPassword }, address: `demo=${demo.address}` });
    copyFileSync(bi.certificates.caFile, join(dirname(scene.file), "bi.pem"));
  });
  afterAll(async () => {
    iam?.destroy();
    scene?.remove();
    await Promise.all([demo?.stop(), bi?.stop()]);
  });

  const up = (...args: readonly string[]): Promise<CliResult> => scene.cli(...args, "--address", `bi=${bi.host}:${bi.port}`);
  const down = (...args: readonly string[]): Promise<CliResult> => scene.cli(...args, "--address", `bi=${nowhere}`);
  const holds = async (of: LocalPostgres, database: string): Promise<string[]> =>
    [...(await holdings(of, database))].filter((one) => /^(reporter|auditor) /.test(one)).sort();
  const all = (user: string, schema: string, table: string): string[] => [
    `${user} SELECT on ${schema}.${table}`,
    `${user} USAGE on schema ${schema}`,
    `${user} is member of rds_iam`,
    `${user} is member of readers`,
    `${user} may log in`,
  ];
  /** As AWS holds them. */
  const doors = async (): Promise<unknown> => {
    const PolicyArn = "arn:aws:iam::111122223333:policy/reports-access";
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }));
    return JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? "")).Statement[0].Resource;
  };
  const door = (id: string, user: string): string => `arn:aws:rds-db:us-east-2:111122223333:dbuser:${id}/${user}`;

  it("a first apply opens the doors to the one that answers, and exits 4", async () => {
    scene.write(fileOf("reporter"));
    const planned = await down("plan", "--out", "plan.json");
    expect(planned).toMatchObject({ code: 1, err: expect.stringContaining("plan.json was not written") });
    expect(planned.out).toMatch(/^Left out: cluster bi \(cannot-connect\)\. Nothing of it is in the plan/);
    expect(planned.out).toContain("+ create user reporter");
    const applied = await down("apply", "--yes");
    expect(applied).toMatchObject({ code: 4, out: expect.stringContaining("Applied in part.") });
    expect(applied.out).toMatch(/Left out: cluster bi: Cannot connect to cluster bi at 127\.0\.0\.1:\d+/);
    expect(await holds(demo.postgres, "demo")).toEqual(all("reporter", "pgdemo", "orders"));
    expect(await doors()).toEqual([door(demo.endpoint.resourceId, "reporter")]);
  });

  it("without anything else to do it exits 1", async () => {
    const result = await down("apply", "--yes");
    expect(result).toMatchObject({ code: 1 });
    expect(result.out).toContain("No changes in what could be read.");
  });

  it("when it answers the next apply finishes, and exits 0", async () => {
    expect(await up("apply", "--yes")).toMatchObject({ code: 0 });
    expect(await holds(bi, "shop")).toEqual(all("reporter", "s", "sales"));
    expect(await doors()).toEqual([door(biId, "reporter"), door(demo.endpoint.resourceId, "reporter")].sort());
  });

  it("down again: of one document only the doors of the other cluster change", async () => {
    scene.write(fileOf("auditor"));
    const applied = await down("apply", "--yes", "--format", "json");
    expect(applied.code).toBe(4);
    expect(JSON.parse(applied.out)).toMatchObject({
      status: "partial",
      left_out: [{ type: "cluster", name: "bi", problems: [{ code: "cannot-connect" }] }],
      remaining: [],
      unverified: null,
    });
    expect(await holds(demo.postgres, "demo")).toEqual(all("auditor", "pgdemo", "orders"));
    expect(await holds(bi, "shop")).toEqual(all("reporter", "s", "sales"));
    expect(await doors()).toEqual([door(biId, "reporter"), door(demo.endpoint.resourceId, "auditor")].sort());
  });

  it("a lock that another apply holds refuses everything all the same", async () => {
    const holder = await demo.postgres.connect({ user: "postgres" });
    await holder.query("SELECT pg_advisory_lock(31638865368543090)");
    const result = await down("apply", "--yes");
    await holder.end();
    expect(result).toMatchObject({ code: 1, err: expect.stringContaining("[locked]") });
  });

  it("up again: the rest is done", async () => {
    expect(await up("apply", "--yes")).toMatchObject({ code: 0 });
    expect(await holds(bi, "shop")).toEqual(all("auditor", "s", "sales"));
    expect(await doors()).toEqual([door(biId, "auditor"), door(demo.endpoint.resourceId, "auditor")].sort());
    expect(await up("plan", "--detailed-exitcode")).toMatchObject({
      code: 0,
      // Who ran the demo's set-up has the admin's door, too, and is not who runs this.
      out: expect.stringMatching(/^warning: IAM user pgaccord-apply .*\n.*\n\nNo changes: the servers match the file\.\n$/),
    });
  });
});

/** As in a job that took an IAM role: keys of a session, not of an IAM user. */
async function sessionEnv(demo: DemoWorld, iam: IAMClient): Promise<Readonly<Record<string, string>>> {
  const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
  const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } };
  const admin = `arn:aws:rds-db:us-east-2:111122223333:dbuser:${demo.endpoint.resourceId}/access_admin`;
  await iam.send(new CreateRoleCommand({ RoleName: "pgaccord-job", AssumeRolePolicyDocument: document(trust) }));
  const rights = [
    { Effect: "Allow", Action: ["iam:*", "rds:Describe*"], Resource: "*" },
    { Effect: "Allow", Action: "rds-db:connect", Resource: admin },
  ];
  await iam.send(new PutRolePolicyCommand({ RoleName: "pgaccord-job", PolicyName: "pgaccord", PolicyDocument: document(...rights) }));
  const keys = await demo.assumeAsService("lambda.amazonaws.com", "arn:aws:iam::111122223333:role/pgaccord-job");
  return {
    ...demo.env,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken ?? "",
  };
}

async function registerBi(demo: DemoWorld): Promise<{ readonly host: string; readonly id: string }> {
  const credentials = await demo.aws.rootOf("111122223333");
  const rds = new RDSClient({ endpoint: demo.aws.endpoint, region: "us-east-2", credentials });
  const { DBCluster } = await rds.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: "bi-aurora",
      Engine: "aurora-postgresql",
      MasterUsername: "postgres",
      MasterUserPassword: "master-password",
      EnableIAMDatabaseAuthentication: true,
    }),
  );
  rds.destroy();
  return { host: DBCluster?.Endpoint ?? "", id: DBCluster?.DbClusterResourceId ?? "" };
}
