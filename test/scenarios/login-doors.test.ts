import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateDBInstanceCommand, CreateDBProxyCommand, RDSClient, type UserAuthConfig } from "@aws-sdk/client-rds";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { type AwsProxy, startAwsProxy } from "../support/aws-proxy.js";
import { iamOf } from "../support/holdings.js";
import { majorsLeft } from "../support/majors.js";
import { createRdsFills } from "../support/rds-fills.js";
import { type CliResult, createScene } from "../support/scene.js";

const ME = "arn:aws:iam::111122223333:user/pgaccord-apply";
const fileOf = (cluster: string, connect: string): string => `version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters: { ${cluster}, admin: { user: access_admin, auth: iam }, databases: { demo: {} } } }
users: { ro: { login: iam } }
iam_roles: { readers: { account: db, trust: [{ arn: "${ME}" }], connect: [{ user: ro, ${connect} }] } }
`;

describe("pgaccord login to what is no Aurora cluster of its own", () => {
  const fills = createRdsFills();
  let world: DemoWorld;
  let proxy: AwsProxy;
  let rds: RDSClient;
  beforeAll(async () => {
    world = await startDemoWorld();
    proxy = await startAwsProxy(world.env["AWS_ENDPOINT_URL"] ?? "", fills.fill);
    rds = new RDSClient({ region: "us-east-2", endpoint: world.aws.endpoint, credentials: await world.aws.rootOf("111122223333") });
    // The demo's administrator has a door to the demo's cluster alone.
    const PolicyDocument = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}]}';
    const iam = iamOf(world.aws);
    await iam.send(new PutUserPolicyCommand({ UserName: "pgaccord-apply", PolicyName: "doors", PolicyDocument }));
    iam.destroy();
  });
  afterAll(async () => {
    rds?.destroy();
    await proxy?.stop();
    await world?.stop();
  });
  const check = { iam_role: "readers", user: "ro", ok: true, hop: null, why: null };

  it("an instance behind an address of the file", async () => {
    const made = await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: "reporting",
        DBInstanceClass: "db.t4g.micro",
        Engine: "postgres",
        EnableIAMDatabaseAuthentication: true,
        MasterUsername: "postgres",
        MasterUserPassword: "master-password",
        Port: 5432,
        VpcSecurityGroupIds: ["sg-0123456789abcdef0"],
      }),
    );
    const { Endpoint, DbiResourceId: resourceId = "" } = made.DBInstance ?? {};
    const door = await world.openDoor({ host: Endpoint?.Address ?? "", port: Endpoint?.Port ?? 0, resourceId });
    const scene = createScene({ env: { ...world.env, AWS_ENDPOINT_URL: proxy.endpoint } });
    writeFileSync(join(dirname(scene.file), "ca.pem"), readFileSync(door.caFile));
    const cluster = `reporting: { account: db, rds: { instance: reporting }, address: "127.0.0.1:${door.port}", tls: { ca: ca.pem }`;
    scene.write(`${fileOf(cluster, "clusters: [reporting]")}defaults: { clusters: [reporting] }\n`);
    expect((await scene.apply()).status).toBe("applied");
    const { code, out, err } = await scene.cli("login", "--check", "--format", "json");
    expect({ code, err, doors: JSON.parse(out).doors }).toEqual({ code: 0, err: "", doors: [{ ...check, cluster: "reporting" }] });
    await door.stop();
    const down = await scene.cli("login", "ro@reporting");
    expect(down).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(/Cannot connect to cluster reporting .*\[cannot-connect\]/),
    });
    expect(down.err).toContain("Its security groups are sg-0123456789abcdef0: they must let this machine in on port 5432.");
    scene.remove();
  });

  const startProxy = async (DBProxyName: string, Auth: UserAuthConfig[]): Promise<DemoWorld["endpoint"]> => {
    const ec2 = new EC2Client({ region: "us-east-2", endpoint: world.aws.endpoint, credentials: await world.aws.rootOf("111122223333") });
    const VpcSubnetIds = ((await ec2.send(new DescribeSubnetsCommand({}))).Subnets ?? []).flatMap(({ SubnetId }) => SubnetId ?? []);
    ec2.destroy();
    const RoleArn = "arn:aws:iam::111122223333:role/proxy";
    const { DBProxy } = await rds.send(new CreateDBProxyCommand({ DBProxyName, EngineFamily: "POSTGRESQL", Auth, RoleArn, VpcSubnetIds }));
    return { host: DBProxy?.Endpoint ?? "", port: 5432, resourceId: /prx-[^:]+$/.exec(DBProxy?.DBProxyArn ?? "")?.[0] ?? "" };
  };
  const clusterBehind = (name: string): string =>
    `demo: { account: db, rds: { cluster: demo-aurora, proxy: ${name} }, address: "${world.address}", tls: { ca: ca.pem }`;

  it.skipIf(majorsLeft !== null)("an RDS Proxy that keeps secrets: a user with a password, by a token", async () => {
    const SecretArn = "arn:aws:secretsmanager:us-east-2:111122223333:secret:kept";
    const endpoint = await startProxy("keeper", [{ AuthScheme: "SECRETS", SecretArn, IAMAuth: "REQUIRED" }]);
    const [door, empty] = [await world.openDoor(endpoint, ["kept"]), await world.openDoor(endpoint, [])];
    const scene = createScene({ env: { ...world.env, AWS_ENDPOINT_URL: proxy.endpoint } });
    const trust = (caFile: string): void => writeFileSync(join(dirname(scene.file), "ca.pem"), readFileSync(caFile));
    trust(world.postgres.certificates.caFile);
    const file = fileOf(clusterBehind("keeper"), "clusters: [demo], via: proxy").replace("ro: { login: iam }", "kept: { login: external }");
    scene.write(`${file.replace("user: ro", "user: kept")}defaults: { clusters: [demo] }\n`);
    expect((await scene.apply()).status).toBe("applied");
    trust(door.caFile);
    const through = (port: number): Promise<CliResult> =>
      scene.cli("login", "--check", "--format", "json", "--address", `demo=127.0.0.1:${port}`);
    const { code, out, err } = await through(door.port);
    const kept = { ...check, user: "kept", cluster: "demo" };
    expect({ code, err, doors: JSON.parse(out).doors }).toEqual({ code: 0, err: "", doors: [kept] });
    trust(empty.caFile);
    const without = await through(empty.port);
    expect([without.code, JSON.parse(without.out).doors]).toEqual([1, [{ ...kept, ok: false, hop: "login", why: expect.any(String) }]]);
    // The cluster itself takes the password alone.
    trust(world.postgres.certificates.caFile);
    const beside = await scene.cli("login", "--check", "--address", `demo=${world.address}`);
    expect(beside).toMatchObject({ code: 1, out: expect.stringContaining("✗ readers logs in as kept to demo: logging in failed") });
    scene.remove();
    await Promise.all([door.stop(), empty.stop()]);
  });

  it.skipIf(majorsLeft !== null)("an RDS Proxy that logs in by IAM", async () => {
    const endpoint = await startProxy("front", []);
    fills.proxyByIam();
    const door = await world.openDoor(endpoint);
    const scene = createScene({ env: { ...world.env, AWS_ENDPOINT_URL: proxy.endpoint } });
    const trust = (caFile: string): void => writeFileSync(join(dirname(scene.file), "ca.pem"), readFileSync(caFile));
    trust(world.postgres.certificates.caFile);
    scene.write(`${fileOf(clusterBehind("front"), "clusters: [demo], via: proxy")}defaults: { clusters: [demo] }\n`);
    expect((await scene.apply()).status).toBe("applied");
    trust(door.caFile);
    const through = ["--address", `demo=127.0.0.1:${door.port}`];
    const { code, out, err } = await scene.cli("login", "--check", "--format", "json", ...through);
    expect({ code, err, doors: JSON.parse(out).doors }).toEqual({ code: 0, err: "", doors: [{ ...check, cluster: "demo" }] });
    // Beside the proxy there is no door.
    trust(world.postgres.certificates.caFile);
    const beside = await scene.cli("login", "--check", "--address", `demo=${world.address}`);
    expect(beside).toMatchObject({ code: 1, out: expect.stringContaining("✗ readers logs in as ro to demo: logging in failed") });
    scene.remove();
    await door.stop();
  });
});
