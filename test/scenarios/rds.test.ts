import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import * as RDS from "@aws-sdk/client-rds";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { type AwsProxy, startAwsProxy } from "../support/aws-proxy.js";
import { createRdsFills } from "../support/rds-fills.js";
import { createScene, type Scene, titlesOf } from "../support/scene.js";

const FILE = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8");
const fileOf = (ensure: string): string => FILE.replace(/^( {4}rds: .*\n)/m, `$1    ensure: { ${ensure} }\n`);

describe("ensure.iam_auth, where the admin itself logs in by IAM", () => {
  const fills = createRdsFills();
  let world: DemoWorld;
  let proxy: AwsProxy;
  let scene: Scene;

  beforeAll(async () => {
    world = await startDemoWorld({ major: 17, iamAuth: false });
    proxy = await startAwsProxy(world.env["AWS_ENDPOINT_URL"] ?? "", fills.fill);
    scene = createScene({ env: { ...world.env, AWS_ENDPOINT_URL: proxy.endpoint }, address: `demo=${world.address}` });
    scene.write(fileOf("iam_auth: true"));
  });
  afterAll(async () => {
    scene?.remove();
    await proxy?.stop();
    await world?.stop();
  });

  it("does nothing while modifications of others wait", async () => {
    fills.pend("demo-aurora", "<EngineVersion>17.9</EngineVersion>");
    const { problems } = await scene.plan();
    const found = problems.find(({ code }) => code === "pending-modifications");
    expect(found?.message).toContain("demo-aurora (cluster demo) has modifications that wait for its maintenance window (EngineVersion)");
    expect(found?.hint).toContain("aws rds describe-db-clusters --region us-east-2 --db-cluster-identifier demo-aurora");
    expect((await scene.cli("apply", "--yes")).code).toBe(1);
    expect(proxy.calls).not.toContain("ModifyDBCluster");
    fills.pend("demo-aurora", "");
  });

  it("is the cluster's whole plan, which says so", async () => {
    const { code, out } = await scene.cli("plan", "--format", "sql");
    expect(code).toBe(0);
    expect(out).toContain("IAM authentication of cluster demo is still off, so access_admin cannot log in");
    expect(out).toContain(
      "-- aws rds modify-db-cluster --region us-east-2 --db-cluster-identifier 'demo-aurora' --enable-iam-database-authentication --apply-immediately",
    );
    expect(out).not.toContain("CREATE ROLE");
    expect(titlesOf(await scene.plan()).filter((title) => /RDS|user|oltp_r._role/.test(title))).toEqual([
      "turn on IAM authentication of RDS cluster demo-aurora",
    ]);
  });

  it("waits until RDS says that it is on, and then the rest is planned and applied", async () => {
    fills.delay(2);
    const first = await scene.cli("apply", "--yes");
    expect(first.out).toContain("Run `pgaccord apply` again");
    expect(first.code).toBe(4);
    const asked = proxy.calls.slice(proxy.calls.indexOf("ModifyDBCluster") + 1).filter((call) => call === "DescribeDBClusters");
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect((await scene.plan()).units.map(({ phase }) => phase)).not.toContain("ensure");
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
    expect((await scene.plan()).changes).toEqual([]);
  });

  it("log_connections: the group of AWS's own is refused, one of its own is changed, one of a stranger's is not", async () => {
    scene.write(fileOf("iam_auth: true, log_connections: true"));
    await world.postgres.sql("ALTER SYSTEM SET log_connections = off");
    await world.postgres.sql("SELECT pg_reload_conf()");
    const codesNow = async (): Promise<string[]> =>
      (await scene.plan()).problems.map(({ code }) => code).filter((code) => code.startsWith("parameter-group"));
    expect(await codesNow()).toEqual(["parameter-group-default"]);
    const rds = new RDS.RDSClient({
      endpoint: world.aws.endpoint,
      region: "us-east-2",
      credentials: await world.aws.rootOf("111122223333"),
    });
    const own = { DBClusterParameterGroupName: "demo-own", DBParameterGroupFamily: "aurora-postgresql17", Description: "own" };
    await rds.send(new RDS.CreateDBClusterParameterGroupCommand(own));
    fills.group("demo-aurora", "demo-own");
    expect(titlesOf(await scene.plan())).toEqual(["turn on log_connections in parameter group demo-own of RDS cluster demo-aurora"]);
    await rds.send(
      new RDS.CreateDBClusterCommand({
        DBClusterIdentifier: "stranger",
        Engine: "aurora-postgresql",
        MasterUsername: "postgres",
        MasterUserPassword: "master-password",
      }),
    );
    fills.group("stranger", "demo-own");
    expect(await codesNow()).toEqual(["parameter-group-shared"]);
    fills.group("stranger", "another");
    expect((await scene.apply()).status).toBe("applied");
    const { Parameters = [] } = await rds.send(new RDS.DescribeDBClusterParametersCommand({ DBClusterParameterGroupName: "demo-own" }));
    expect(Parameters.map(({ ParameterName, ParameterValue }) => `${ParameterName}=${ParameterValue}`)).toEqual(["log_connections=1"]);
    expect((await scene.plan()).changes).toEqual([]);
    rds.destroy();
  });

  it("via: proxy: a proxy that takes no tokens is refused, as one that keeps secrets is for a user without a password; the door names one that logs in by IAM", async () => {
    const access = { region: "us-east-2", endpoint: world.aws.endpoint, credentials: await world.aws.rootOf("111122223333") };
    const [rds, ec2] = [new RDS.RDSClient(access), new EC2Client(access)];
    const VpcSubnetIds = ((await ec2.send(new DescribeSubnetsCommand({}))).Subnets ?? []).flatMap(({ SubnetId }) => SubnetId ?? []);
    const RoleArn = "arn:aws:iam::111122223333:role/proxy";
    await rds.send(
      new RDS.CreateDBProxyCommand({ DBProxyName: "demo-proxy", EngineFamily: "POSTGRESQL", Auth: [], RoleArn, VpcSubnetIds }),
    );
    scene.write(
      FILE.replace("{ cluster: demo-aurora }", "{ cluster: demo-aurora, proxy: demo-proxy }").replace(
        "clusters: [demo] }]",
        "clusters: [demo], via: proxy }]",
      ),
    );
    const codesNow = async (): Promise<string[]> => (await scene.plan()).problems.flatMap(({ code }) => (/proxy/.test(code) ? [code] : []));
    expect(await codesNow()).toEqual(["rds-proxy-without-iam"]);
    const SecretArn = "arn:aws:secretsmanager:us-east-2:111122223333:secret:ro";
    const Auth = [{ AuthScheme: "SECRETS", SecretArn, IAMAuth: "REQUIRED" } as const];
    await rds.send(new RDS.DeleteDBProxyCommand({ DBProxyName: "demo-proxy" }));
    const second = await rds.send(
      new RDS.CreateDBProxyCommand({ DBProxyName: "demo-proxy", EngineFamily: "POSTGRESQL", Auth, RoleArn, VpcSubnetIds }),
    );
    const id = /prx-[^:]+$/.exec(second.DBProxy?.DBProxyArn ?? "")?.[0];
    expect(await codesNow()).toEqual(["proxy-keeps-secrets"]);
    fills.proxyByIam();
    const plan = await scene.plan();
    expect(plan.problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(JSON.stringify(plan.steps)).toContain(`arn:aws:rds-db:us-east-2:111122223333:dbuser:${id}/`);
    for (const client of [rds, ec2]) client.destroy();
  });
});
