import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CreatePolicyVersionCommand, ListPolicyVersionsCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { type AwsProxy, type Fault, startAwsProxy } from "../support/aws-proxy.js";
import { doors, iamOf } from "../support/holdings.js";
import { createScene, type Scene, titlesOf } from "../support/scene.js";

const ACCESS = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8");
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
    scene = createScene({ env: { ...world.env, AWS_ENDPOINT_URL: proxy.endpoint }, address: `demo=${world.address}` });
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

  it("asks with a number of calls that does not grow with the roles of the account", async () => {
    proxy.calls.length = 0;
    await scene.plan();
    const before = proxy.calls.length;
    const { CreateRoleCommand, DeleteRoleCommand } = await import("@aws-sdk/client-iam");
    const iam = iamOf(world.aws);
    const names = Array.from({ length: 40 }, (_, i) => `foreign-${i}`);
    const trust = '{"Version":"2012-10-17","Statement":[]}';
    for (const RoleName of names) await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
    proxy.calls.length = 0;
    await scene.plan();
    expect(proxy.calls).toHaveLength(before);
    for (const RoleName of names) await iam.send(new DeleteRoleCommand({ RoleName }));
    iam.destroy();
  });

  it.each([
    ["throttles", "CreateRole", xml(400, "Throttling", "Rate exceeded"), 2],
    ["does not see a new role yet", "AttachRolePolicy", xml(404, "NoSuchEntity", "The role cannot be found."), 2],
    ["changes the thing itself", "CreatePolicy", xml(409, "ConcurrentModification", "busy"), 1],
    ["has a bad moment", "CreateInstanceProfile", xml(500, "ServiceFailure", "oops"), 1],
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
    expect(out).toContain("The AWS credentials may not iam:AttachRolePolicy in account db. [AccessDenied]");
    expect([...(await doors(world.aws))].filter((d) => d.includes("rds-db"))).toEqual([]);
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
    expect(titlesOf(await scene.plan())).toEqual([]);
  });

  it("loses an answer: nobody knows, so the next plan is asked, and the next apply finishes", async () => {
    await removeIam();
    proxy.fail("CreatePolicy", "lost", 1);
    const { code, out } = await scene.cli("apply", "--yes", "--format", "json");
    const report = JSON.parse(out);
    // The SDK asks again and is told that the thing exists; or the failure is ours to tell.
    expect([0, 4]).toContain(code);
    expect(report.status).toBe(code === 0 ? "applied" : "partial");
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
    expect(titlesOf(await scene.plan())).toEqual([]);
  });

  it("says which call is denied when reading, and plans nothing for the account", async () => {
    proxy.fail("GetAccountAuthorizationDetails", xml(403, "AccessDenied", "no"));
    const { code, out } = await scene.cli("plan");
    expect(code).toBe(1);
    expect(out).toContain("The AWS credentials may not iam:GetAccountAuthorizationDetails in account db.");
    expect(out).toContain("Left out: AWS account db (aws-access-denied).");
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
});
