import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as IAM from "@aws-sdk/client-iam";
import { CreateDBClusterCommand, RDSClient } from "@aws-sdk/client-rds";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import type { AwsKeys } from "../../src/sandbox/key-ring.js";
import { LOGGED_IN, logInWith } from "../support/login.js";
import { createScene, type Scene } from "../support/scene.js";

const [DB, MANAGEMENT] = ["111122223333", "444455556666"];
const KILLED = join(import.meta.dirname, "../support/killed-apply.ts");
const PROFILE = "pgmonitor-access-profile";
const arn = (account: string, role: string): string => `arn:aws:iam::${account}:role/${role}`;
const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });

/** AWS's article to the letter: the management account's role takes the database account's, which logs in as pgmonitor on every cluster. */
const ACCESS = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8");
const WITHOUT = ACCESS.replace(/ {2}pg-mgmt-role:[\s\S]*$/, "").replace(/^ {2}pgmonitor:.*\n/m, "");

describe("two accounts, one file", () => {
  let world: DemoWorld;
  let scene: Scene;
  let management: IAM.IAMClient;
  let db: IAM.IAMClient;
  beforeAll(async () => {
    world = await startDemoWorld({ major: 17 });
    const clientOf = async (account: string): Promise<IAM.IAMClient> =>
      new IAM.IAMClient({ endpoint: world.aws.endpoint, region: "us-east-2", credentials: await world.aws.rootOf(account) });
    [db, management] = await Promise.all([clientOf(DB), clientOf(MANAGEMENT)]);
    scene = createScene({ env: world.env, address: `demo=${world.address}` });
    scene.write(ACCESS);
  });
  afterAll(async () => {
    management?.destroy();
    db?.destroy();
    scene?.remove();
    await world?.stop();
  });
  const takeMonitorRole = async (credentials: AwsKeys): Promise<AwsKeys> => {
    const sts = new STSClient({ endpoint: world.env["AWS_ENDPOINT_URL"] ?? "", region: "us-east-2", credentials });
    const call = new AssumeRoleCommand({ RoleArn: arn(DB, "pg-monitor-role"), RoleSessionName: "monitor" });
    const { Credentials: keys } = await sts.send(call).finally(() => sts.destroy());
    return { accessKeyId: keys?.AccessKeyId ?? "", secretAccessKey: keys?.SecretAccessKey ?? "", sessionToken: keys?.SessionToken ?? "" };
  };
  /** From an instance of the management account through both roles: LOGGED_IN, or why not. */
  const logIn = async (user = "pgmonitor"): Promise<string> => {
    try {
      const keys = await takeMonitorRole(await world.credentialsOfInstance(PROFILE, MANAGEMENT));
      return await logInWith(world, keys, user);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

  /** Whether an apply was killed after that step; not when it has fewer. */
  const killedAfter = (step: number): Promise<boolean> =>
    new Promise((resolve) => {
      const args = ["--import", "tsx", KILLED, scene.file, `demo=${world.address}`, String(step)];
      execFile(process.execPath, args, { env: { ...process.env, ...world.env } }, (error) => resolve(error?.signal === "SIGKILL"));
    });

  it("says which IAM role it may not assume, and reads nothing of that account", async () => {
    scene.write(ACCESS.replace("role/pgaccord-plan", "role/nobody"));
    const { code, err, out } = await scene.cli("plan");
    const message = `The AWS credentials may not assume ${arn(MANAGEMENT, "nobody")}, the plan_role of account management.`;
    expect([code, out + err]).toEqual([1, expect.stringContaining(message)]);
    expect(out + err).toContain("Left out: AWS account management (aws-access-denied)");
    // What leads to it waits, too: its trust would name an IAM role of which nothing is known.
    expect(out).not.toContain("create IAM role pg-monitor-role");
    expect(out).toContain(
      "In account db these stay as they are: IAM roles pg-monitor-role. They take or trust IAM roles of account management, which was not read.",
    );
  });

  it("refuses credentials that are of another account than the file says", async () => {
    scene.write(ACCESS.replace(/^ +(plan|apply)_role:.*\n/gm, ""));
    const { code, err, out } = await scene.cli("plan");
    expect([code, out + err]).toEqual([
      1,
      expect.stringContaining(`The AWS credentials are of account ${DB}; access.yaml says ${MANAGEMENT}`),
    ]);
    scene.write(ACCESS);
  });

  it("assumes an IAM role of each account, and opens the way through both", async () => {
    expect(await logIn()).toMatch(`No IAM role is in instance profile ${PROFILE}`);
    const other = {
      DBClusterIdentifier: "payroll",
      Engine: "aurora-postgresql",
      MasterUsername: "m",
      MasterUserPassword: "master-password",
    };
    const rds = new RDSClient({ endpoint: world.aws.endpoint, region: "us-east-2", credentials: await world.aws.rootOf(DB) });
    await rds.send(new CreateDBClusterCommand(other));
    rds.destroy();
    const applied = await scene.cli("apply", "--yes");
    expect(applied.out).toContain(
      "RDS cluster payroll of account db (us-east-2) is not in the file, and any_cluster opens it, too: pg-monitor-role as pgmonitor.",
    );
    expect([applied.code, applied.err]).toEqual([0, expect.anything()]);
    expect(await scene.plan().then((plan) => plan.changes)).toEqual([]);
    expect(await logIn()).toBe(LOGGED_IN);
    expect(await logIn("oltp_rw_user")).toMatch(/is not authorized to perform: rds-db:connect/);
  });

  it.each([
    [
      "the caller's half",
      () =>
        management.send(
          new IAM.DetachRolePolicyCommand({ RoleName: "pg-mgmt-role", PolicyArn: `arn:aws:iam::${MANAGEMENT}:policy/pg-mgmt-policy` }),
        ),
    ],
    [
      "the door's half",
      () =>
        db.send(
          new IAM.UpdateAssumeRolePolicyCommand({
            RoleName: "pg-monitor-role",
            PolicyDocument: document({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }),
          }),
        ),
    ],
  ])("without %s nobody comes in, and the next apply repairs it", async (_, close) => {
    await close();
    expect(await logIn()).toMatch(/is not authorized to perform: sts:AssumeRole on resource/);
    expect((await scene.apply()).status).toBe("applied");
    expect(await logIn()).toBe(LOGGED_IN);
  });

  it.runIf(process.env["PGACCORD_MATRIX"])(
    "keeps the invariant when it is killed after every third step, and the next apply finishes",
    async () => {
      for (const [from, to] of [
        [WITHOUT, ACCESS],
        [ACCESS, WITHOUT],
      ] as const) {
        scene.write(from);
        expect((await scene.apply()).status).toBe("applied");
        const ends = [await logIn()];
        for (let step = 1, killed = true; killed; step += 3) {
          scene.write(to);
          killed = await killedAfter(step);
          // Nobody comes in before pgmonitor has all that it shall have, nor when it has lost any of it.
          const way = await logIn();
          const { rows } = await world.postgres
            .sql("SELECT pg_has_role('pgmonitor', 'pg_monitor', 'USAGE') AS may")
            .catch(() => ({ rows: [] }));
          expect({ step, way, may: way !== LOGGED_IN || rows[0]?.may }).toEqual({ step, way: expect.anything(), may: true });
          expect((await scene.apply()).status).toBe("applied");
          expect((await scene.plan()).changes).toEqual([]);
          ends.push(await logIn());
          expect(ends.at(-1) === LOGGED_IN).toBe(to === ACCESS);
          scene.write(from);
          expect((await scene.apply()).status).toBe("applied");
        }
        expect(ends.length).toBeGreaterThan(4);
      }
      scene.write(ACCESS);
      expect((await scene.apply()).status).toBe("applied");
    },
    600_000,
  );

  describe("an IAM user that is there already, and a policy by itself", () => {
    const MORE = `iam_users:
  ci: { name: reporting-ci, account: db, connect: [{ user: oltp_ro_user, clusters: [demo] }] }
iam_policies:
  analyst-connect: { account: db, connect: [{ user: oltp_ro_user, clusters: [demo] }] }
`;
    const arnOf = (name: string): string => `arn:aws:iam::${DB}:policy/${name}`;
    const attached = async (UserName: string): Promise<(string | undefined)[]> =>
      ((await db.send(new IAM.ListAttachedUserPoliciesCommand({ UserName }))).AttachedPolicies ?? []).map((p) => p.PolicyName);

    it("is never made: without it nothing is done", async () => {
      scene.write(`${ACCESS}${MORE}`);
      const { code, out } = await scene.cli("plan");
      expect([code, out]).toEqual([1, expect.stringContaining("There is no IAM user reporting-ci in account db.")]);
    });

    it("gets its door, and keeps nothing else of ours; who carries the policy is not looked at", async () => {
      const front = new IAM.IAMClient({
        endpoint: world.env["AWS_ENDPOINT_URL"] ?? "",
        region: "us-east-2",
        credentials: await world.aws.rootOf(DB),
      });
      await front.send(new IAM.CreateUserCommand({ UserName: "reporting-ci" }));
      await front.send(new IAM.CreateUserCommand({ UserName: "analyst" }));
      const keysOf = async (UserName: string): Promise<AwsKeys> => {
        const { AccessKey: key } = await front.send(new IAM.CreateAccessKeyCommand({ UserName }));
        return { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" };
      };
      const [ci, analyst] = [await keysOf("reporting-ci"), await keysOf("analyst")];
      front.destroy();
      expect(await logInWith(world, ci, "oltp_ro_user")).toMatch(/is not authorized to perform: rds-db:connect/);
      expect((await scene.apply()).status).toBe("applied");
      expect(await logInWith(world, ci, "oltp_ro_user")).toBe(LOGGED_IN);
      expect(await logInWith(world, analyst, "oltp_ro_user")).toMatch(/is not authorized to perform: rds-db:connect/);
      await db.send(new IAM.AttachUserPolicyCommand({ UserName: "analyst", PolicyArn: arnOf("analyst-connect") }));
      await db.send(new IAM.AttachUserPolicyCommand({ UserName: "analyst", PolicyArn: arnOf("reporting-ci-access") }));
      // Of the policy that is the other's the stranger loses it.
      expect((await scene.apply()).status).toBe("applied");
      expect(await attached("analyst")).toEqual(["analyst-connect"]);
      expect(await logInWith(world, analyst, "oltp_ro_user")).toBe(LOGGED_IN);
      expect((await scene.plan()).changes).toEqual([]);
    });

    it("lose both doors when they leave the file, and nothing else", async () => {
      scene.write(ACCESS);
      expect((await scene.apply()).status).toBe("applied");
      expect([await attached("reporting-ci"), await attached("analyst")]).toEqual([[], []]);
      const { Users = [] } = await db.send(new IAM.ListUsersCommand({}));
      expect(Users.map((user) => user.UserName)).toEqual(expect.arrayContaining(["analyst", "reporting-ci"]));
      expect((await scene.plan()).changes).toEqual([]);
    });
  });

  it("trusts of every form come back as they were written, in two accounts by one entry", async () => {
    const TRUSTS = [
      "{ service: ec2.amazonaws.com }",
      "{ service: lambda.amazonaws.com, source_account: db }",
      '{ service: ecs-tasks.amazonaws.com, condition: { ArnLike: { "aws:SourceArn": "arn:aws:ecs:us-east-2:111122223333:*" } } }',
      "{ service: pods.eks.amazonaws.com }",
      '{ oidc: { provider: token.actions.githubusercontent.com, subjects: ["repo:acme/app:environment:prod", "repo:acme/app:ref:refs/heads/*"] } }',
      "{ oidc: { provider: oidc.eks.us-east-2.amazonaws.com/id/ABC, subjects: [system:serviceaccount:default:app] } }",
      "{ saml: { provider: okta } }",
      '{ arn: "arn:aws:iam::777788889999:role/vendor", external_id: "7f3a-42" }',
      '{ account: management, condition: { StringEquals: { "aws:PrincipalOrgID": o-a1b2c3d4e5 } } }',
      '{ account: db, condition: { Bool: { "aws:MultiFactorAuthPresent": true } } }',
      '{ arn: "arn:aws:iam::111122223333:user/analyst" }',
      '{ statement: { Sid: Own, Effect: Allow, Action: ["sts:AssumeRole", "sts:SetSourceIdentity"], Principal: { AWS: "111122223333" }, Condition: { StringLike: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/ops-*" } } } }',
    ];
    const roles = [
      ...TRUSTS.map((trust, i) => `  t${i}: { account: db, trust: [${trust}] }`),
      // A trust has 2,048 characters at most.
      `  some: { account: [db, management], trust: [${TRUSTS.slice(0, 6).join(", ")}] }`,
      `  others: { account: [db, management], trust: [${TRUSTS.slice(6).join(", ")}] }`,
    ];
    scene.write(`${ACCESS}${roles.join("\n")}\n`);
    expect((await scene.apply()).status).toBe("applied");
    expect((await scene.plan()).changes).toEqual([]);
    // A condition that somebody takes away is seen, and put back.
    const { Role } = await db.send(new IAM.GetRoleCommand({ RoleName: "t7" }));
    const open = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""));
    for (const statement of open.Statement) delete statement.Condition;
    await db.send(new IAM.UpdateAssumeRolePolicyCommand({ RoleName: "t7", PolicyDocument: JSON.stringify(open) }));
    expect((await scene.plan()).changes).toHaveLength(1);
    scene.write(ACCESS);
    expect((await scene.apply()).status).toBe("applied");
  });

  it("is gone from both accounts when it leaves the file", async () => {
    scene.write(WITHOUT);
    expect((await scene.apply()).status).toBe("applied");
    const left = async (iam: IAM.IAMClient): Promise<(string | undefined)[]> => {
      const [{ Roles = [] }, { Policies = [] }, { InstanceProfiles = [] }] = await Promise.all([
        iam.send(new IAM.ListRolesCommand({})),
        iam.send(new IAM.ListPoliciesCommand({ Scope: "Local" })),
        iam.send(new IAM.ListInstanceProfilesCommand({})),
      ]);
      const names = [
        ...Roles.map((r) => r.RoleName),
        ...Policies.map((p) => p.PolicyName),
        ...InstanceProfiles.map((p) => p.InstanceProfileName),
      ];
      return names.filter((name) => !name?.startsWith("pgdemo"));
    };
    expect((await left(management)).sort()).toEqual(["pgaccord-apply", "pgaccord-plan"]);
    expect(await left(db)).toEqual([]);
    expect((await world.postgres.sql("SELECT FROM pg_roles WHERE rolname = 'pgmonitor'")).rows).toEqual([]);
  });
});
