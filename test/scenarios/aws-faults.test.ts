import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  GetPolicyCommand,
  GetRoleCommand,
  ListPolicyVersionsCommand,
  ListRolesCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { titleOf } from "../../src/report/title.js";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { type AwsProxy, type Fault, startAwsProxy } from "../support/aws-proxy.js";
import { doors, iamOf } from "../support/holdings.js";
import { majorsLeft } from "../support/majors.js";
import { ONE_ACCOUNT } from "../support/one-account.js";
import { quickClock } from "../support/quick-clock.js";
import { createScene, type Scene, titlesOf } from "../support/scene.js";

const ACCESS = ONE_ACCOUNT;
const WITHOUT_IAM = `${ACCESS.slice(0, ACCESS.indexOf("\niam_roles:"))}\n`;

const xml = (status: number, code: string, message: string): Fault => ({ status, code, message });

/** What AWS does and the emulator does not, by a proxy between. */
describe("AWS that fails", () => {
  let world: DemoWorld;
  let proxy: AwsProxy;
  let scene: Scene;
  beforeAll(async () => {
    world = await startDemoWorld({ major: 17 });
    proxy = await startAwsProxy(world.env["AWS_ENDPOINT_URL"] ?? "");
    scene = createScene({
      env: { ...world.env, AWS_ENDPOINT_URL: proxy.endpoint },
      address: `demo=${world.address}`,
      clock: quickClock(20),
    });
    scene.write(ACCESS);
    expect((await scene.apply()).status).toBe("applied");
  });
  afterAll(async () => {
    scene?.remove();
    await proxy?.stop();
    await world?.stop();
  });
  beforeEach(async () => {
    scene.write(ACCESS);
    proxy.paged(false);
    expect(titlesOf(await scene.plan())).toEqual([]);
  });
  const removeIam = async (): Promise<void> => {
    scene.write(WITHOUT_IAM);
    expect((await scene.apply()).status).toBe("applied");
    expect([...(await doors(world.aws))]).toEqual([]);
    scene.write(ACCESS);
  };

  it("reads all pages", async () => {
    proxy.paged(true);
    proxy.calls.length = 0;
    expect(titlesOf(await scene.plan())).toEqual([]);
    expect(proxy.calls.filter((c) => c === "GetAccountAuthorizationDetails")).toHaveLength(4);
  });

  it.each([
    ["does not see a new role yet", "AttachRolePolicy", xml(404, "NoSuchEntity", "The role cannot be found."), 2],
    ...(majorsLeft === null
      ? ([
          ["throttles", "CreateRole", xml(400, "Throttling", "Rate exceeded"), 2],
          ["changes the thing itself", "CreatePolicy", xml(409, "ConcurrentModification", "busy"), 1],
          ["has a bad moment", "CreateInstanceProfile", xml(500, "ServiceFailure", "oops"), 1],
        ] as const)
      : []),
  ] as const)("%s: waits and goes on", async (_, action, fault, times) => {
    await removeIam();
    proxy.fail(action, fault, times);
    expect((await scene.apply()).status).toBe("applied");
    expect(titlesOf(await scene.plan())).toEqual([]);
  });

  it("denies a call: exit 4, what was done and what not, and the next apply finishes", async () => {
    await removeIam();
    proxy.fail("AttachRolePolicy", xml(403, "AccessDenied", "not authorized"));
    const { code, out } = await scene.cli("apply", "--yes");
    expect(code).toBe(4);
    expect(out).toContain("Applied in part.");
    expect(out).toMatch(/open, AWS account db: failed after 0 of \d+ steps/);
    expect(out).toMatch(/The AWS credentials \(arn:aws:\S+\) may not iam:AttachRolePolicy in account db\. \[AccessDenied\]/);
    expect([...(await doors(world.aws))].filter((d) => d.includes("rds-db"))).toEqual([]);
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
    expect(titlesOf(await scene.plan())).toEqual([]);
  });

  it.each(["CreateRole", ...(majorsLeft === null ? ["CreatePolicy", "AddRoleToInstanceProfile"] : [])])(
    "loses the answer of %s: it is made again, and what it did is seen",
    async (action) => {
      await removeIam();
      proxy.fail(action, "lost", 1);
      expect((await scene.cli("apply", "--yes")).code).toBe(0);
      expect(titlesOf(await scene.plan())).toEqual([]);
    },
  );

  it("is behind a proxy that answers with a page: no empty account, and a call that is made again", async () => {
    proxy.fail("GetAccountAuthorizationDetails", "page", 2);
    expect(titlesOf(await scene.plan())).toEqual([]);
    await removeIam();
    proxy.fail("CreatePolicy", "page", 2);
    expect((await scene.apply()).status).toBe("applied");
    expect(titlesOf(await scene.plan())).toEqual([]);
  });

  it("has a thing of that name that is not ours since the plan: says so at once", async () => {
    await removeIam();
    const iam = iamOf(world.aws);
    const { world: live, build, declared } = await scene.world();
    const plan = build(await live.inspect());
    const PolicyName = "pg-db-monitor-policy";
    const PolicyDocument = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}';
    const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
    const call = plan.steps.flatMap(({ run }) => ("action" in run && run.input["PolicyName"] === PolicyName ? [run] : []))[0];
    if (!call) throw new Error(`no call for ${PolicyName} of ${declared.owner}`);
    await expect(live.ports.callAws(call)).rejects.toThrow(/iam:CreatePolicy on pg-db-monitor-policy failed/);
    await iam.send(new DeletePolicyCommand({ PolicyArn: Policy?.Arn }));
    iam.destroy();
    expect((await scene.apply()).status).toBe("applied");
  });

  it("says which call is denied when reading, and plans nothing for the account", async () => {
    proxy.fail("GetAccountAuthorizationDetails", xml(403, "AccessDenied", "no"));
    const { code, out } = await scene.cli("plan");
    expect(code).toBe(1);
    expect(out).toMatch(/The AWS credentials \(arn:aws:\S+\) may not iam:GetAccountAuthorizationDetails in account db\./);
    expect(out).toContain("Left out: AWS account db (aws-access-denied).");
    proxy.fail("GetAccountAuthorizationDetails", xml(403, "AccessDenied", "no"));
    const doctor = await scene.cli("doctor", "--account", "db");
    expect(doctor).toMatchObject({ code: 1, err: "" });
    expect(doctor.out).toContain('{"Effect":"Allow","Action":"iam:GetAccountAuthorizationDetails","Resource":"*"}');
  });

  it.each([
    ["ListInstanceProfiles", "iam:ListInstanceProfiles"],
    ["DescribeDBClusters", "rds:DescribeDBClusters"],
  ])("names %s as what was denied, though others run beside it", async (action, call) => {
    proxy.fail(action, xml(403, "AccessDenied", "no"));
    const denied = (await scene.plan()).problems.filter(({ code }) => code === "aws-access-denied");
    expect(denied.map(({ message }) => message.replace(/ \(arn:.*?\)/, ""))).toEqual([
      `The AWS credentials may not ${call} in account db.`,
    ]);
  });

  it("logs every statement and call, and nothing that is secret", async () => {
    const { code, err } = await scene.cli("plan", "--log-level", "debug", "--log-format", "json");
    expect(code).toBe(0);
    const lines: Record<string, unknown>[] = err
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const events = (event: string) => lines.filter((line) => line["event"] === event);
    for (const line of lines) expect(Object.keys(line).slice(0, 3)).toEqual(["time", "level", "event"]);
    const [begin] = events("sql").filter(({ statement }) => String(statement).startsWith("BEGIN TRANSACTION ISOLATION LEVEL"));
    expect(begin).toMatchObject({ cluster: "demo", database: expect.any(String), pid: expect.any(Number), ms: expect.any(Number) });
    expect(events("sql").some(({ rows, statement }) => Number(rows) > 5 && String(statement).includes("pg_catalog.pg_roles"))).toBe(true);
    const call = { account: "db", region: "us-east-2", status: 200, request: expect.any(String), attempts: 1, ms: expect.any(Number) };
    for (const [service, operation] of [
      ["sts", "GetCallerIdentity"],
      ["rds", "DescribeDBClusters"],
      ["iam", "GetAccountAuthorizationDetails"],
    ])
      expect(events("aws")).toContainEqual(expect.objectContaining({ service, operation, ...call }));
    // Those of the two databases, and one that shows that no pooler is between.
    expect(events("connect")).toHaveLength(3);
    expect(lines.at(-1)).toMatchObject({ level: "info", event: "exit", code: 0 });
    expect(err).not.toMatch(/X-Amz|Signature|SCRAM/i);
    expect(err).not.toContain(world.env["AWS_SECRET_ACCESS_KEY"] ?? "?");
  });

  it("takes the hand's other spelling of a document for what it is", async () => {
    const iam = iamOf(world.aws);
    const PolicyArn = "arn:aws:iam::111122223333:policy/pgdemo-oltp-rw-user-policy";
    const live = (await scene.world()).world.inspect();
    const { policies, roles } = (await live).accounts.get("db") ?? { policies: new Map(), roles: new Map() };
    const { Statement } = JSON.parse(policies.get("pgdemo-oltp-rw-user-policy")?.document ?? "{}");
    const [{ Resource }] = Statement;
    const byHand = {
      Id: "mine",
      Statement: { Sid: "Mine", Resource: [...[Resource].flat(), ...[Resource].flat()], Action: "RDS-DB:Connect", Effect: "Allow" },
      Version: "2012-10-17",
    };
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: JSON.stringify(byHand, null, 2), SetAsDefault: true }));
    const trust = JSON.parse(roles.get("pg-monitor-role")?.trust ?? "{}");
    const turned = {
      Version: "2012-10-17",
      Statement: trust.Statement.map((s: object) =>
        Object.fromEntries(Object.entries({ ...s, Action: ["sts:AssumeRole", "sts:AssumeRole"] }).reverse()),
      ),
    };
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "pg-monitor-role", PolicyDocument: JSON.stringify(turned) }));
    expect(titlesOf(await scene.plan())).toEqual([]);
    iam.destroy();
  });

  it("has room for five versions of a policy: the oldest makes way", async () => {
    const iam = iamOf(world.aws);
    const PolicyArn = "arn:aws:iam::111122223333:policy/pgdemo-oltp-ro-user-policy";
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "rds-db:connect", Resource: "*" }],
    });
    for (let i = 0; i < 4; i++) await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
    expect((await scene.apply()).status).toBe("applied");
    expect(titlesOf(await scene.plan())).toEqual([]);
    const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(Versions.length).toBeLessThanOrEqual(5);
    iam.destroy();
  });

  it("shows a deleted principal as its unique id: repaired as drift", async () => {
    const iam = iamOf(world.aws);
    const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "AROAEXAMPLEEXAMPLE123" } };
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "pgdemo-oltp-ro-role", PolicyDocument }));
    expect(titlesOf(await scene.plan())).toEqual([expect.stringContaining("pgdemo-oltp-ro-role")]);
    expect((await scene.apply()).status).toBe("applied");
    iam.destroy();
  });

  // The last one: it leaves IAM otherwise than the file says.
  it("releases what is tagged as adopted, and deletes what pgaccord made", async () => {
    const iam = iamOf(world.aws);
    const Tags = [{ Key: "pgaccord:origin", Value: "adopted" }];
    const RoleName = "pgdemo-oltp-ro-role";
    await iam.send(new TagRoleCommand({ RoleName, Tags }));
    const adopted = "arn:aws:iam::111122223333:policy/pg-db-monitor-policy";
    await iam.send(new TagPolicyCommand({ PolicyArn: adopted, Tags }));
    expect(titlesOf(await scene.plan())).toEqual([]);
    scene.write(WITHOUT_IAM);
    const released = (await scene.plan()).changes.filter(({ op }) => op === "release").map(titleOf);
    expect(released.sort()).toEqual(["release IAM policy pg-db-monitor-policy", `release IAM role ${RoleName}`]);
    expect((await scene.apply()).status).toBe("applied");
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    expect(Role?.Tags ?? []).toEqual([]);
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: adopted }));
    expect([Policy?.Tags ?? [], Policy?.AttachmentCount]).toEqual([[], 0]);
    expect([...(await doors(world.aws))].filter((door) => door.includes("rds-db"))).toEqual([]);
    expect(await scene.plan()).toMatchObject({ changes: [] });
    const { Roles = [] } = await iam.send(new ListRolesCommand({}));
    expect(Roles.map((role) => role.RoleName).filter((name) => name?.startsWith("pg"))).toEqual([RoleName]);
    iam.destroy();
  });
});
