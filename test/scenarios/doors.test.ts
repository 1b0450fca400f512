import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as IAM from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import type { AwsKeys } from "../../src/sandbox/key-ring.js";
import { iamOf } from "../support/holdings.js";
import { LOGGED_IN, logInThrough, logInWith } from "../support/login.js";
import { createScene, type Scene, titlesOf } from "../support/scene.js";

const ACCESS = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8");
/** By user: the instance profile of access.yaml. */
const PROFILES = {
  oltp_ro_user: "pgdemo-db-report-profile",
  oltp_rw_user: "pgdemo-db-access-profile",
  pgmonitor: "pgmonitor-access-profile",
} as const;
const ROLE = "pgdemo-oltp-ro-role";
const POLICY = "arn:aws:iam::111122223333:policy/pgdemo-oltp-ro-user-policy";
const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const ec2 = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } };
const lambda = { ...ec2, Principal: { Service: "lambda.amazonaws.com" } };

interface Sabotage {
  readonly what: string;
  readonly close: (iam: IAM.IAMClient) => Promise<unknown>;
  readonly open: (iam: IAM.IAMClient) => Promise<unknown>;
  readonly says: RegExp;
}

const connectDenied = /pgdemo-oltp-ro-role\/\S+ is not authorized to perform: rds-db:connect on resource: \S+\/oltp_ro_user$/;

/** Each closes the door of oltp_ro_user in one way. */
const SABOTAGE: readonly Sabotage[] = [
  {
    what: "its policy is detached",
    close: (iam) => iam.send(new IAM.DetachRolePolicyCommand({ RoleName: ROLE, PolicyArn: POLICY })),
    open: (iam) => iam.send(new IAM.AttachRolePolicyCommand({ RoleName: ROLE, PolicyArn: POLICY })),
    says: connectDenied,
  },
  {
    what: "its policy's default version is another",
    close: (iam) =>
      iam.send(
        new IAM.CreatePolicyVersionCommand({
          PolicyArn: POLICY,
          SetAsDefault: true,
          PolicyDocument: document({
            Effect: "Allow",
            Action: "rds-db:connect",
            Resource: "arn:aws:rds-db:us-east-2:111122223333:dbuser:*/x",
          }),
        }),
      ),
    open: (iam) => iam.send(new IAM.SetDefaultPolicyVersionCommand({ PolicyArn: POLICY, VersionId: "v1" })),
    says: connectDenied,
  },
  {
    what: "its IAM role no longer trusts EC2",
    close: (iam) => iam.send(new IAM.UpdateAssumeRolePolicyCommand({ RoleName: ROLE, PolicyDocument: document(lambda) })),
    open: (iam) => iam.send(new IAM.UpdateAssumeRolePolicyCommand({ RoleName: ROLE, PolicyDocument: document(ec2) })),
    says: /^arn:aws:iam::111122223333:role\/pgdemo-oltp-ro-role does not trust ec2\.amazonaws\.com\.$/,
  },
  {
    what: "its IAM role is taken out of the instance profile",
    close: (iam) => iam.send(new IAM.RemoveRoleFromInstanceProfileCommand({ RoleName: ROLE, InstanceProfileName: PROFILES.oltp_ro_user })),
    open: (iam) => iam.send(new IAM.AddRoleToInstanceProfileCommand({ RoleName: ROLE, InstanceProfileName: PROFILES.oltp_ro_user })),
    says: /^No IAM role is in instance profile pgdemo-db-report-profile/,
  },
  {
    what: "another policy of the IAM role denies it",
    close: (iam) => {
      const PolicyDocument = document({ Effect: "Deny", Action: "rds-db:*", Resource: "*" });
      return iam.send(new IAM.PutRolePolicyCommand({ RoleName: ROLE, PolicyName: "no", PolicyDocument }));
    },
    open: (iam) => iam.send(new IAM.DeleteRolePolicyCommand({ RoleName: ROLE, PolicyName: "no" })),
    says: connectDenied,
  },
  {
    what: "a boundary leaves rds-db out",
    close: async (iam) => {
      const PolicyDocument = document({ Effect: "Allow", Action: "s3:*", Resource: "*" });
      const { Policy } = await iam.send(new IAM.CreatePolicyCommand({ PolicyName: "limit", PolicyDocument }));
      await iam.send(new IAM.PutRolePermissionsBoundaryCommand({ RoleName: ROLE, PermissionsBoundary: Policy?.Arn }));
    },
    open: (iam) => iam.send(new IAM.DeleteRolePermissionsBoundaryCommand({ RoleName: ROLE })),
    says: connectDenied,
  },
];

describe("a door", () => {
  let world: DemoWorld;
  let scene: Scene;
  let iam: IAM.IAMClient;
  beforeAll(async () => {
    world = await startDemoWorld({ major: 17 });
    scene = createScene({ env: world.env, address: `demo=${world.address}` });
    scene.write(ACCESS);
    iam = iamOf(world.aws);
  });
  afterAll(async () => {
    iam?.destroy();
    scene?.remove();
    await world?.stop();
  });
  const logins = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      await Promise.all(Object.entries(PROFILES).map(async ([user, profile]) => [user, await logInThrough(world, profile, user)])),
    );
  const ALL = { oltp_ro_user: LOGGED_IN, oltp_rw_user: LOGGED_IN, pgmonitor: LOGGED_IN };

  it("is closed before the first apply, and open after it, for its own user only", async () => {
    const before = await logins();
    for (const [user, profile] of Object.entries(PROFILES)) expect(before[user]).toMatch(`No IAM role is in instance profile ${profile}`);
    expect((await scene.apply()).status).toBe("applied");
    expect(await logins()).toEqual(ALL);
    expect(await logInThrough(world, PROFILES.oltp_rw_user, "oltp_ro_user")).toMatch(/pgdemo-oltp-rw-role\/\S+ is not authorized/);
    expect(await logInThrough(world, PROFILES.oltp_ro_user, "access_admin")).toMatch(/is not authorized to perform: rds-db:connect/);
  });

  it.each(SABOTAGE)("is closed, and no other, when $what", async ({ close, open, says }) => {
    await close(iam);
    expect(await logins()).toEqual({ ...ALL, oltp_ro_user: expect.stringMatching(says) });
    await open(iam);
    expect(await logins()).toEqual(ALL);
  });

  it("that was closed in AWS is opened by the next apply", async () => {
    await iam.send(new IAM.DetachRolePolicyCommand({ RoleName: ROLE, PolicyArn: POLICY }));
    await iam.send(new IAM.UpdateAssumeRolePolicyCommand({ RoleName: "pg-monitor-role", PolicyDocument: document(lambda) }));
    expect(await logins()).toEqual({
      ...ALL,
      oltp_ro_user: expect.stringMatching(connectDenied),
      pgmonitor: expect.stringMatching(/is not authorized to perform: sts:AssumeRole on resource: \S+pg-monitor-role$/),
    });
    expect((await scene.apply()).status).toBe("applied");
    expect(await logins()).toEqual(ALL);
  });

  it("opens to no other key", async () => {
    const mine = await world.credentialsOfInstance(PROFILES.oltp_ro_user);
    const withSecret = { ...mine, secretAccessKey: "wrong" };
    expect(await logInWith(world, mine, "oltp_ro_user")).toBe(LOGGED_IN);
    expect(await logInWith(world, withSecret, "oltp_ro_user")).toContain("its signature is wrong");
    expect(await logInWith(world, await world.aws.rootOf("111122223333"), "oltp_ro_user")).toContain("its access key is unknown");
    const example = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "emulator" };
    expect(await logInWith(world, example, "oltp_ro_user")).toContain("its access key is unknown");
    const apply = { accessKeyId: world.env["AWS_ACCESS_KEY_ID"] ?? "", secretAccessKey: world.env["AWS_SECRET_ACCESS_KEY"] ?? "" };
    expect(await logInWith(world, apply, "oltp_ro_user")).toMatch(/user\/pgaccord-apply is not authorized to perform: rds-db:connect/);
    expect(await logInWith(world, apply, "access_admin", "postgres")).toBe(LOGGED_IN);
  });

  it("opens to no IAM role of another account, whatever it may there", async () => {
    const credentials = await world.aws.rootOf("444455556666");
    const other = new IAM.IAMClient({ endpoint: world.aws.endpoint, region: "us-east-2", credentials });
    const trust = document({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "111122223333" } });
    await other.send(new IAM.CreateRoleCommand({ RoleName: "guest", AssumeRolePolicyDocument: trust }));
    const PolicyDocument = document({ Effect: "Allow", Action: "*", Resource: "*" });
    await other.send(new IAM.PutRolePolicyCommand({ RoleName: "guest", PolicyName: "all", PolicyDocument }));
    other.destroy();
    const guest = await assume("arn:aws:iam::444455556666:role/guest");
    expect(await logInWith(world, guest, "oltp_ro_user")).toContain("is of another account than the database");
  });

  /** As pgaccord-apply, who may assume what trusts the account. */
  async function assume(RoleArn: string): Promise<AwsKeys> {
    const { AWS_ENDPOINT_URL: endpoint = "", AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = world.env;
    const sts = new STSClient({ endpoint, region: "us-east-2", credentials: { accessKeyId, secretAccessKey } });
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "s" }));
    sts.destroy();
    return {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
  }

  it("of the reader opens to who plans, and not the admin's", async () => {
    await world.postgres.sql("CREATE ROLE access_reader LOGIN; GRANT rds_iam TO access_reader");
    const withReader = ACCESS.replace(/^( +)admin: .*$/m, "$&\n$1reader: { user: access_reader, auth: iam }");
    const reader = createScene({ env: world.readerEnv, address: `demo=${world.address}` });
    reader.write(withReader);
    expect(titlesOf(await reader.plan())).toEqual([]);
    const refused = await reader.cli("apply", "--yes");
    reader.remove();
    expect(refused.code).toBe(1);
    expect(refused.out + refused.err).toContain("PAM authentication failed");
  });
});
