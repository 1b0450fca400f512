import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Authority, createAuthority } from "../../../src/sandbox/authority.js";
import { type AwsFront, startAwsFront } from "../../../src/sandbox/aws-front.js";
import type { AwsKeys, KeyRing } from "../../../src/sandbox/key-ring.js";
import { type LocalAws, startAws } from "../../../src/sandbox/local-aws.js";

const [HERE, THERE] = ["111122223333", "444455556666"];
const APP = `arn:aws:iam::${HERE}:role/app`;
const allow = (Action: string, more: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, ...more }] });
const trust = (AWS: string, Condition = {}): string => allow("sts:AssumeRole", { Principal: { AWS }, Condition });
const may = (Action: string): string => allow(Action, { Resource: "*" });

/** Who may take an IAM role, decided on documents that lie in the emulator. */
describe("the front of the AWS emulator", () => {
  let aws: LocalAws;
  let front: AwsFront;
  let authority: Authority;
  let here: IAMClient;
  let there: IAMClient;
  let app: AwsKeys;
  const ring: KeyRing = new Map();
  beforeAll(async () => {
    aws = await startAws({ accountId: HERE });
    authority = createAuthority(aws, ring);
    front = await startAwsFront(aws.endpoint, authority, ring);
    const iamOf = async (account: string): Promise<IAMClient> =>
      new IAMClient({ endpoint: front.endpoint, region: "us-east-2", credentials: await aws.rootOf(account) });
    [here, there] = [await iamOf(HERE), await iamOf(THERE)];
    const lambda = allow("sts:AssumeRole", { Principal: { Service: "lambda.amazonaws.com" } });
    await here.send(new CreateRoleCommand({ RoleName: "app", AssumeRolePolicyDocument: lambda }));
    for (const iam of [here, there])
      await iam.send(new CreateRoleCommand({ RoleName: "goal", Path: "/x/", AssumeRolePolicyDocument: lambda }));
    app = await authority.assumeAsService("lambda.amazonaws.com", APP);
  });
  afterAll(async () => {
    authority.stop();
    await front.stop();
    await aws.stop();
  });

  const goal = (account: string): string => `arn:aws:iam::${account}:role/x/goal`;
  const assume = async (credentials: AwsKeys, RoleArn: string, more = {}): Promise<string> => {
    const sts = new STSClient({ endpoint: front.endpoint, region: "us-east-2", credentials });
    const answer = sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "s1", ...more }));
    return answer.then(
      ({ AssumedRoleUser }) => AssumedRoleUser?.Arn ?? "",
      (error: Error) => `${error.name}: ${error.message}`,
    );
  };
  const denied = (account: string): string =>
    `AccessDenied: User: arn:aws:sts::${HERE}:assumed-role/app/i-0a1b2c3d4e5f60718 is not authorized to perform: sts:AssumeRole on resource: ${goal(account)}`;
  const taken = (account: string): string => `arn:aws:sts::${account}:assumed-role/goal/s1`;
  const set = async (iam: IAMClient, PolicyDocument: string, own: string | null): Promise<void> => {
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "goal", PolicyDocument }));
    if (own === null) await here.send(new DeleteRolePolicyCommand({ RoleName: "app", PolicyName: "p" })).catch(() => undefined);
    else await here.send(new PutRolePolicyCommand({ RoleName: "app", PolicyName: "p", PolicyDocument: own }));
  };
  const DENY = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "sts:*", Resource: "*" }] });

  it.each<[string, string, string, string | null, boolean]>([
    ["its own account: a trust that names it", HERE, trust(APP), null, true],
    ["its own account: a trust that names it, and a Deny of its own", HERE, trust(APP), DENY, false],
    ["its own account: a trust that names the account", HERE, trust(HERE), null, false],
    ["its own account: a trust that names the account, and a policy", HERE, trust(HERE), may("sts:AssumeRole"), true],
    ["its own account: a policy alone", HERE, trust("arn:aws:iam::111122223333:role/other"), may("sts:AssumeRole"), false],
    ["another account: a trust alone", THERE, trust(APP), null, false],
    ["another account: a policy alone", THERE, trust(THERE), may("sts:AssumeRole"), false],
    ["another account: both", THERE, trust(APP), may("sts:AssumeRole"), true],
    ["another account: both, through the account", THERE, trust(HERE), may("sts:*"), true],
    ["another account: a policy for another action", THERE, trust(APP), may("sts:TagSession"), false],
  ])("in %s", async (_, account, trusted, own, allowed) => {
    await set(account === HERE ? here : there, trusted, own);
    expect(await assume(app, goal(account))).toBe(allowed ? taken(account) : denied(account));
  });

  it("asks for the external id", async () => {
    await set(there, trust(HERE, { StringEquals: { "sts:ExternalId": "e1" } }), may("sts:AssumeRole"));
    expect(await assume(app, goal(THERE))).toBe(denied(THERE));
    expect(await assume(app, goal(THERE), { ExternalId: "e2" })).toBe(denied(THERE));
    expect(await assume(app, goal(THERE), { ExternalId: "e1" })).toBe(taken(THERE));
  });

  it("knows boundaries", async () => {
    await set(here, trust(HERE), may("sts:AssumeRole"));
    expect(await assume(app, goal(HERE))).toBe(taken(HERE));
    const { Policy } = await here.send(new CreatePolicyCommand({ PolicyName: "limit", PolicyDocument: may("s3:*") }));
    await here.send(new PutRolePermissionsBoundaryCommand({ RoleName: "app", PermissionsBoundary: Policy?.Arn }));
    expect(await assume(app, goal(HERE))).toBe(denied(HERE));
    await here.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: "app" }));
    expect(await assume(app, goal(HERE))).toBe(taken(HERE));
  });

  it("knows the session's policy, a role that is not there, and roots", async () => {
    await set(here, trust(HERE), may("sts:AssumeRole"));
    expect(await assume(app, `arn:aws:iam::${HERE}:role/goal`)).toMatch(/^AccessDenied/);
    expect(await assume(await aws.rootOf(HERE), goal(HERE))).toMatch(/^AccessDenied/);
    const sts = new STSClient({ endpoint: front.endpoint, region: "us-east-2", credentials: app });
    const Policy = may("rds-db:connect");
    await set(here, trust(APP), may("sts:AssumeRole"));
    await here.send(new PutRolePolicyCommand({ RoleName: "goal", PolicyName: "p", PolicyDocument: may("sts:*") }));
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: goal(HERE), RoleSessionName: "s1", Policy }));
    const door = { region: "us-east-2", accountId: HERE, resourceId: "cluster-A", user: "ann" };
    const key = Credentials?.AccessKeyId ?? "";
    expect(await authority.connectRefusal(key, door)).toMatch(/is not authorized to perform: rds-db:connect/);
    await here.send(new PutRolePolicyCommand({ RoleName: "goal", PolicyName: "p", PolicyDocument: may("*") }));
    expect(await authority.connectRefusal(key, door)).toBeNull();
    expect(await authority.connectRefusal(key, { ...door, accountId: THERE })).toMatch(/is of another account than the database$/);
    const narrow = await sts.send(new AssumeRoleCommand({ RoleArn: goal(HERE), RoleSessionName: "s1", Policy: may("s3:*") }));
    expect(await authority.connectRefusal(narrow.Credentials?.AccessKeyId ?? "", door)).toMatch(/is not authorized/);
  });

  it("takes a user by its own policies and its groups', while its key is active", async () => {
    const door = { region: "us-east-2", accountId: HERE, resourceId: "cluster-A", user: "ann" };
    await here.send(new CreateUserCommand({ UserName: "ann", Path: "/people/" }));
    const { AccessKey } = await here.send(new CreateAccessKeyCommand({ UserName: "ann" }));
    const key = AccessKey?.AccessKeyId ?? "";
    expect(await authority.connectRefusal(key, door)).toMatch(/^arn:aws:iam::111122223333:user\/people\/ann is not authorized/);
    await here.send(new CreateGroupCommand({ GroupName: "staff" }));
    await here.send(new AddUserToGroupCommand({ GroupName: "staff", UserName: "ann" }));
    const { Policy } = await here.send(new CreatePolicyCommand({ PolicyName: "door", PolicyDocument: may("rds-db:connect") }));
    await here.send(new AttachGroupPolicyCommand({ GroupName: "staff", PolicyArn: Policy?.Arn }));
    expect(await authority.connectRefusal(key, door)).toBeNull();
    await here.send(new UpdateAccessKeyCommand({ UserName: "ann", AccessKeyId: key, Status: "Inactive" }));
    expect(await authority.connectRefusal(key, door)).toBe("its access key belongs to nobody");
  });

  it("gives a service an IAM role that trusts it, and EC2 only one that an instance profile holds", async () => {
    await expect(authority.assumeAsService("ec2.amazonaws.com", APP)).rejects.toThrow(`No instance profile holds ${APP}.`);
    await expect(authority.assumeAsService("ecs.amazonaws.com", APP)).rejects.toThrow(`${APP} does not trust ecs.amazonaws.com.`);
    await expect(authority.assumeAsService("lambda.amazonaws.com", `${APP}2`)).rejects.toThrow(`There is no IAM role ${APP}2.`);
    await expect(authority.credentialsOfInstance("none")).rejects.toThrow(
      "No IAM role is in instance profile none of account 111122223333.",
    );
  });

  it("passes everything else on", async () => {
    const sts = new STSClient({ endpoint: front.endpoint, region: "us-east-2", credentials: app });
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:sts::${HERE}:assumed-role/app/i-0a1b2c3d4e5f60718`);
  });
});
