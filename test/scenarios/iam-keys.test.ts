import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as IAM from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { LOGGED_IN, logInWith } from "../support/login.js";
import { createScene, effectsOf, leftAlone, type Scene, titlesOf } from "../support/scene.js";

const [DB, MANAGEMENT] = ["111122223333", "444455556666"];
const KILLED = join(import.meta.dirname, "../support/killed-apply.ts");
const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const trusting = (...Service: readonly string[]): string => document({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service } });
const HARMLESS = document({ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" });
const STS_ALONE = document({ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" });
const EC2 = "trust: [{ service: ec2.amazonaws.com }]";
const DOOR = "connect: [{ user: oltp_ro_user, clusters: [demo] }]";

const HEAD = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8").replace(/^iam_roles:[\s\S]*/m, "");
const fileOf = (defaults: string, iam: string): string =>
  HEAD.replace("defaults:\n", `defaults:\n  iam: { path: /access/${defaults} }\n`) + iam;
const LIMITED = ", boundary: limit, tags: { team: platform }";
/** Every key once; `both` in two accounts. */
const KEYS = `iam_roles:
  both: { account: [db, management], ${EC2}, attach: [notes] }
  strict: { account: db, ${EC2}, attach: [notes], exclusive: true, description: notes only, session_duration: 7200 }
  hand-made: { account: db, ${EC2}, ${DOOR}, adopt: true }
  host: { account: db, manage: policy, ${DOOR} }
  pg-mgmt-role: { account: management, ${EC2}, assume: [pg-monitor-role], instance_profile: { name: pgmonitor-access-profile } }
  pg-monitor-role: { account: db, trust: [{ role: pg-mgmt-role }], connect: [{ user: pgmonitor, any_cluster: true }] }
iam_users:
  ci: { account: db, ${DOOR}, attach: [notes] }
iam_policies:
  own-door: { account: db, ${DOOR}, adopt: true }
`;
const WITHOUT_ONE = KEYS.replace("attach: [notes] }\n  strict", "attach: [] }\n  strict");

describe("defaults.iam, attach, exclusive, adopt, manage: policy", () => {
  let world: DemoWorld;
  let scene: Scene;
  let db: IAM.IAMClient;
  let management: IAM.IAMClient;
  const policyArn = (name: string, account = DB): string => `arn:aws:iam::${account}:policy/${name}`;
  const roleOf = async (iam: IAM.IAMClient, RoleName: string) => {
    const { Role } = await iam.send(new IAM.GetRoleCommand({ RoleName }));
    const { AttachedPolicies = [] } = await iam.send(new IAM.ListAttachedRolePoliciesCommand({ RoleName }));
    return {
      path: Role?.Path,
      details: [Role?.Description, Role?.MaxSessionDuration],
      boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
      trust: decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""),
      tags: Object.fromEntries((Role?.Tags ?? []).map(({ Key, Value }) => [Key ?? "", Value])),
      attached: AttachedPolicies.map((one) => one.PolicyName).sort(),
    };
  };
  const namesOf = async (iam: IAM.IAMClient): Promise<(string | undefined)[]> => {
    const [{ Roles = [] }, { Policies = [] }, { InstanceProfiles = [] }] = await Promise.all([
      iam.send(new IAM.ListRolesCommand({})),
      iam.send(new IAM.ListPoliciesCommand({ Scope: "Local" })),
      iam.send(new IAM.ListInstanceProfilesCommand({})),
    ]);
    return [
      ...Roles.map((r) => r.RoleName),
      ...Policies.map((p) => p.PolicyName),
      ...InstanceProfiles.map((p) => p.InstanceProfileName),
    ].sort();
  };
  const applied = async (): Promise<void> => {
    expect((await scene.apply()).status).toBe("applied");
    expect((await scene.plan()).changes).toEqual([]);
  };

  beforeAll(async () => {
    world = await startDemoWorld({ major: 17 });
    const clientOf = async (account: string): Promise<IAM.IAMClient> =>
      new IAM.IAMClient({ endpoint: world.aws.endpoint, region: "us-east-2", credentials: await world.aws.rootOf(account) });
    [db, management] = await Promise.all([clientOf(DB), clientOf(MANAGEMENT)]);
    for (const iam of [db, management]) {
      await iam.send(new IAM.CreatePolicyCommand({ PolicyName: "notes", PolicyDocument: HARMLESS }));
      await iam.send(new IAM.CreatePolicyCommand({ PolicyName: "limit", PolicyDocument: STS_ALONE }));
    }
    await db.send(new IAM.CreatePolicyCommand({ PolicyName: "own-door", PolicyDocument: HARMLESS }));
    const hand = { AssumeRolePolicyDocument: trusting("ec2.amazonaws.com", "lambda.amazonaws.com"), Path: "/hand/" };
    for (const RoleName of ["hand-made", "host"]) {
      await db.send(new IAM.CreateRoleCommand({ RoleName, ...hand }));
      await db.send(new IAM.AttachRolePolicyCommand({ RoleName, PolicyArn: policyArn("notes") }));
    }
    await db.send(new IAM.CreateUserCommand({ UserName: "ci" }));
    scene = createScene({ env: world.env, address: `demo=${world.address}` });
  });
  afterAll(async () => {
    management?.destroy();
    db?.destroy();
    scene?.remove();
    await world?.stop();
  });

  it("without adopt and with what is missing nothing is done", async () => {
    scene.write(fileOf(LIMITED, KEYS.replaceAll(", adopt: true", "").replace("host:", "nobody:").replace("[notes]", "[nothing]")));
    const errors = (await scene.plan()).problems.filter(({ severity }) => severity === "error").map(({ message }) => message);
    for (const text of [
      "IAM role hand-made exists already in account db",
      "IAM policy own-door exists already in account db",
      "There is no IAM role nobody in account db.",
      `There is no IAM policy ${policyArn("nothing", MANAGEMENT)} in account management`,
    ])
      expect(errors).toContainEqual(expect.stringContaining(text));
  });

  it("is planned and counted, applied, and then there is no difference", async () => {
    scene.write(fileOf(LIMITED, KEYS));
    const plan = await scene.plan();
    expect(plan.counts.adopt).toBe(2);
    expect(plan.problems.filter((p) => p.refuses).map(({ code, name }) => `${code}=${name}`)).toEqual([
      "adopt-narrows=hand-made",
      "adopt-narrows=own-door",
    ]);
    await applied();
  });

  it("stands so in both accounts", async () => {
    for (const [iam, account] of [
      [db, DB],
      [management, MANAGEMENT],
    ] as const) {
      const { path, boundary, tags, attached } = await roleOf(iam, "both");
      expect({ path, boundary, team: tags["team"], attached }).toEqual({
        path: "/access/",
        boundary: policyArn("limit", account),
        team: "platform",
        attached: ["notes"],
      });
    }
    expect((await roleOf(db, "strict")).details).toEqual(["notes only", 7200]);
    const { tags, ...handMade } = await roleOf(db, "hand-made");
    expect(handMade).toMatchObject({ path: "/hand/", boundary: undefined, attached: ["hand-made-access", "notes"] });
    expect(handMade.trust).not.toContain("lambda");
    expect(tags).toMatchObject({ "pgaccord:origin": "adopted", team: "platform" });
    expect(await roleOf(db, "host")).toMatchObject({ tags: {}, boundary: undefined, attached: ["host-access", "notes"] });
    const user = await db.send(new IAM.GetUserCommand({ UserName: "ci" }));
    expect([user.User?.Tags ?? [], user.User?.PermissionsBoundary]).toEqual([[], undefined]);
    expect((await scene.plan().then(leftAlone)).join()).toContain(
      `IAM role hand-made of account db carries IAM policy ${policyArn("notes")}`,
    );
  });

  /** As an instance of the management account, through two IAM roles with a path. */
  const logIn = async (): Promise<string> => {
    const credentials = await world.credentialsOfInstance("pgmonitor-access-profile", MANAGEMENT);
    const sts = new STSClient({ endpoint: world.env["AWS_ENDPOINT_URL"] ?? "", region: "us-east-2", credentials });
    const call = new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${DB}:role/access/pg-monitor-role`, RoleSessionName: "m" });
    const { Credentials: keys } = await sts.send(call).finally(() => sts.destroy());
    const taken = {
      accessKeyId: keys?.AccessKeyId ?? "",
      secretAccessKey: keys?.SecretAccessKey ?? "",
      sessionToken: keys?.SessionToken ?? "",
    };
    return logInWith(world, taken, "pgmonitor");
  };

  it("exclusive: what somebody attaches or writes into the IAM role goes, when it is let pass", async () => {
    await db.send(new IAM.AttachRolePolicyCommand({ RoleName: "strict", PolicyArn: policyArn("limit") }));
    await db.send(new IAM.PutRolePolicyCommand({ RoleName: "strict", PolicyName: "own", PolicyDocument: HARMLESS }));
    await db.send(new IAM.UpdateRoleCommand({ RoleName: "strict", Description: "by hand", MaxSessionDuration: 3600 }));
    await db.send(new IAM.AttachRolePolicyCommand({ RoleName: "both", PolicyArn: policyArn("limit") }));
    const guards = (await scene.plan()).problems.filter((p) => p.refuses);
    expect(guards.map(({ message }) => message)).toEqual([
      `IAM role strict would lose what somebody else gave it: ${policyArn("limit")}, inline policy own.`,
    ]);
    expect((await scene.apply()).status).toBe("applied");
    expect(await roleOf(db, "strict")).toMatchObject({ attached: ["notes"], details: ["notes only", 7200] });
    expect((await db.send(new IAM.ListRolePoliciesCommand({ RoleName: "strict" }))).PolicyNames).toEqual([]);
    expect((await roleOf(db, "both")).attached).toEqual(["limit", "notes"]);
    await db.send(new IAM.DetachRolePolicyCommand({ RoleName: "both", PolicyArn: policyArn("limit") }));
  });

  it("a boundary that leaves the file is a gain; a tag stays, and so does what attach did not name", async () => {
    scene.write(fileOf("", WITHOUT_ONE));
    const plan = await scene.plan();
    expect(effectsOf(plan)).toContain(`IAM role strict gains what the permissions boundary ${policyArn("limit")} does not allow`);
    expect(effectsOf(plan)).toContain(`IAM role both loses IAM policy ${policyArn("notes")}`);
    expect(await logIn()).toMatch(/is not authorized to perform: rds-db:connect/);
    expect((await scene.apply()).status).toBe("applied");
    expect(await logIn()).toBe(LOGGED_IN);
    const { boundary, tags, attached } = await roleOf(db, "both");
    expect([boundary, tags["team"], attached, tags["pgaccord:boundary"]]).toEqual([undefined, "platform", [], undefined]);
  });

  it("leaves nothing of ours behind, and all that was there before", async () => {
    scene.write(fileOf("", "").replace(/^ {2}pgmonitor:.*\n/m, ""));
    const plan = await scene.plan();
    expect(titlesOf(plan).filter((title) => title.startsWith("release"))).toEqual([
      "release IAM policy own-door",
      "release IAM role hand-made",
    ]);
    await applied();
    expect(await namesOf(db)).toEqual(["hand-made", "host", "limit", "notes", "own-door"]);
    expect(await namesOf(management)).toEqual(["limit", "notes", "pgaccord-apply", "pgaccord-plan"]);
    expect(await roleOf(db, "hand-made")).toMatchObject({
      path: "/hand/",
      boundary: undefined,
      trust: expect.not.stringContaining("lambda"),
      tags: { team: "platform" },
      attached: ["notes"],
    });
    expect(await roleOf(db, "host")).toMatchObject({ tags: {}, attached: ["notes"] });
    expect((await db.send(new IAM.ListAttachedUserPoliciesCommand({ UserName: "ci" }))).AttachedPolicies).toEqual([]);
  });

  it("a generated policy without room goes on in another, and both go with the IAM role", async () => {
    const arns = Array.from({ length: 100 }, (_, i) => `"arn:aws:iam::999988887777:role/elsewhere-${100 + i}-${"x".repeat(40)}"`);
    scene.write(fileOf("", `iam_roles:\n  far: { account: db, ${EC2}, assume: [${arns.join(", ")}] }\n`));
    await applied();
    expect((await roleOf(db, "far")).attached).toEqual(["far-access", "far-access-2"]);
    scene.write(fileOf("", ""));
    expect((await scene.apply()).status).toBe("applied");
    expect(await namesOf(db)).toEqual(["hand-made", "host", "limit", "notes", "own-door"]);
  });

  /** Whether an apply was killed after that step; not when it has fewer. */
  const killedAfter = (step: number): Promise<boolean> =>
    new Promise((resolve) => {
      const args = ["--import", "tsx", KILLED, scene.file, `demo=${world.address}`, String(step)];
      execFile(process.execPath, args, { env: { ...process.env, ...world.env } }, (error) => resolve(error?.signal === "SIGKILL"));
    });

  it.runIf(process.env["PGACCORD_MATRIX"])(
    "killed on the way to it, the file that leaves all of it out leaves nothing of ours behind",
    async () => {
      let step = 1;
      for (; step < 60; step += 2) {
        scene.write(fileOf(LIMITED, KEYS));
        if (!(await killedAfter(step))) break;
        scene.write(fileOf("", "").replace(/^ {2}pgmonitor:.*\n/m, ""));
        await applied();
        expect([step, await namesOf(db)]).toEqual([step, ["hand-made", "host", "limit", "notes", "own-door"]]);
        for (const name of ["hand-made", "host"]) expect([step, (await roleOf(db, name)).attached]).toEqual([step, ["notes"]]);
        expect((await db.send(new IAM.ListAttachedUserPoliciesCommand({ UserName: "ci" }))).AttachedPolicies).toEqual([]);
      }
      expect(step).toBeGreaterThan(25);
    },
    600_000,
  );
});
