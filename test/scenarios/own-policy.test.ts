import * as Scaling from "@aws-sdk/client-auto-scaling";
import * as EC2 from "@aws-sdk/client-ec2";
import * as IAM from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type OwnStatement, ownPolicies } from "../../src/access/own-policy.js";
import { loadAccessFile } from "../../src/config/load.js";
import type { Declared } from "../../src/model/declared.js";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { type JudgedAws, startJudgedAws } from "../support/judged-aws.js";
import { quickClock } from "../support/quick-clock.js";
import { createScene, type Scene } from "../support/scene.js";
import { tally } from "../support/tally.js";

const DB = "111122223333";
const arnOf = (what: string): string => `arn:aws:iam::${DB}:${what}`;
const documentOf = (statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: statement });
const HARMLESS = documentOf({ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" });
const LAMBDA = documentOf({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } });

const TRUST = "account: db, trust: [{ service: ec2.amazonaws.com }]";
const fileOf = (rest: string): string => `version: 1
owner: acme/access
accounts: { db: { id: "${DB}", region: us-east-2 } }
clusters: { demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam } } }
users: { watcher: { login: iam, clusters: [demo] } }
${rest}`;
const CI = "{ account: db, connect: [{ user: watcher, any_cluster: true }]";
/** With every key that makes a call of its own. */
const whole = (instances: readonly string[]): string =>
  fileOf(`defaults: { iam: { boundary: limit } }
iam_roles:
  app: { ${TRUST}, description: one, attach: [notes], assume: ["arn:aws:iam::999988887777:role/one"], instance_profile: { name: app, instances: [${instances}], replace: true, auto_scaling_group: [new, old] } }
  strict: { ${TRUST}, exclusive: true }
  any: { ${TRUST}, connect: [{ user: watcher, any_cluster: true }] }
iam_users:
  ci: ${CI}, attach: [notes] }
`);
const CHANGED = fileOf(`iam_roles:
  app: { ${TRUST}, description: two, assume: ["arn:aws:iam::999988887777:role/two"], instance_profile: { name: app } }
  strict: { ${TRUST}, exclusive: true }
iam_users:
  ci: ${CI} }
`);
const NOTHING = fileOf("");

let world: DemoWorld;
let judged: JudgedAws;
let scene: Scene;
let iam: IAM.IAMClient;
let ec2: EC2.EC2Client;
let instances: string[] = [];

beforeAll(async () => {
  world = await startDemoWorld({ major: 17 });
  judged = await startJudgedAws(world.env["AWS_ENDPOINT_URL"] ?? "", DB, (profile) => profile);
  const options = { endpoint: world.aws.endpoint, region: "us-east-2", credentials: await world.aws.rootOf(DB) };
  [iam, ec2] = [new IAM.IAMClient(options), new EC2.EC2Client(options)];
  scene = createScene({
    env: { ...world.env, AWS_ENDPOINT_URL: judged.endpoint },
    address: `demo=${world.address}`,
    clock: quickClock(40),
  });
  for (const PolicyName of ["notes", "limit"]) await iam.send(new IAM.CreatePolicyCommand({ PolicyName, PolicyDocument: HARMLESS }));
  for (const UserName of ["ci", "stranger"]) await iam.send(new IAM.CreateUserCommand({ UserName }));
  await iam.send(new IAM.CreateGroupCommand({ GroupName: "strangers" }));
  await iam.send(new IAM.CreateInstanceProfileCommand({ InstanceProfileName: "web" }));
  await startGroups(new Scaling.AutoScalingClient(options));
  const { Instances = [] } = await ec2.send(new EC2.RunInstancesCommand({ ImageId: "ami-12c6146b", MinCount: 2, MaxCount: 2 }));
  instances = Instances.map((one) => one.InstanceId ?? "");
});
afterAll(async () => {
  iam?.destroy();
  ec2?.destroy();
  scene?.remove();
  await judged?.stop();
  await world?.stop();
});

/** One from a launch template, one from a launch configuration. */
async function startGroups(scaling: Scaling.AutoScalingClient): Promise<void> {
  const [image, sizes] = [{ ImageId: "ami-12c6146b", InstanceType: "t2.micro" } as const, { MinSize: 0, MaxSize: 0 }];
  await ec2.send(new EC2.CreateLaunchTemplateCommand({ LaunchTemplateName: "new", LaunchTemplateData: image }));
  await scaling.send(new Scaling.CreateLaunchConfigurationCommand({ LaunchConfigurationName: "old", ...image }));
  const group = { ...sizes, AvailabilityZones: ["us-east-2a"] };
  const LaunchTemplate = { LaunchTemplateName: "new", Version: "$Latest" };
  await scaling.send(new Scaling.CreateAutoScalingGroupCommand({ ...group, AutoScalingGroupName: "new", LaunchTemplate }));
  await scaling.send(new Scaling.CreateAutoScalingGroupCommand({ ...group, AutoScalingGroupName: "old", LaunchConfigurationName: "old" }));
  scaling.destroy();
}

async function declaredOf(text: string): Promise<Declared> {
  scene.write(text);
  const { declared, problems } = await loadAccessFile(scene.file, "access.yaml");
  if (!declared) throw new Error(problems.map(({ message }) => message).join("\n"));
  return declared;
}

const granted = new Set<string>();
/** What is printed, without one action. */
async function allow(purpose: "plan" | "apply", text: string, was: string, without: string): Promise<void> {
  const former = await declaredOf(was);
  const [policy] = ownPolicies(purpose, await declaredOf(text), former);
  const left = (policy?.document.Statement ?? []).map((one): OwnStatement => {
    for (const action of one.Action) granted.add(action);
    return { ...one, Action: one.Action.filter((action) => action !== without) };
  });
  judged.allow(JSON.stringify({ ...policy?.document, Statement: left.filter(({ Action }) => Action.length > 0) }));
}

/** What keeps it from being done; "" where nothing does. */
async function refusalOf(text: string, was: string, without: string): Promise<string> {
  const attempt = async (): Promise<string> => {
    await allow("plan", text, was, without);
    const problems = (await scene.plan()).problems.filter(({ severity }) => severity === "error");
    if (problems.length > 0) return problems.map(({ message }) => message).join("\n");
    await allow("apply", text, was, without);
    const { status, units, unverified } = await scene.apply();
    return status === "applied" ? "" : JSON.stringify([units, unverified]);
  };
  return attempt().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
}

/** Made, changed by hand and mended, changed by the file, and gone: everything that pgaccord does in an account without a database. */
async function liveUntilRefused(without = ""): Promise<string> {
  const [one = "", two = ""] = instances;
  if ((await carriers()).length === 0)
    await ec2.send(new EC2.AssociateIamInstanceProfileCommand({ InstanceId: two, IamInstanceProfile: { Name: "web" } }));
  const steps: readonly (() => Promise<string>)[] = [
    () => refusalOf(whole([one]), NOTHING, without),
    () => meddle().then(() => refusalOf(whole([one, two]), NOTHING, without)),
    () => refusalOf(CHANGED, whole([one]), without),
    () => refusalOf(NOTHING, CHANGED, without),
  ];
  for (const step of steps) {
    const refusal = await step();
    if (refusal !== "") return refusal;
  }
  return "";
}

/** What somebody does by hand, beside pgaccord. */
async function meddle(): Promise<void> {
  const PolicyArn = arnOf("policy/any-access");
  await iam.send(new IAM.AttachUserPolicyCommand({ UserName: "stranger", PolicyArn }));
  await iam.send(new IAM.AttachGroupPolicyCommand({ GroupName: "strangers", PolicyArn }));
  await iam.send(new IAM.AttachRolePolicyCommand({ RoleName: "strict", PolicyArn: arnOf("policy/notes") }));
  await iam.send(new IAM.PutRolePolicyCommand({ RoleName: "strict", PolicyName: "own", PolicyDocument: HARMLESS }));
  await iam.send(new IAM.DeleteRolePermissionsBoundaryCommand({ RoleName: "strict" }));
  await iam.send(new IAM.UpdateAssumeRolePolicyCommand({ RoleName: "any", PolicyDocument: LAMBDA }));
  await iam.send(new IAM.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: "app", RoleName: "app" }));
}

const carriers = async (): Promise<EC2.IamInstanceProfileAssociation[]> =>
  (await ec2.send(new EC2.DescribeIamInstanceProfileAssociationsCommand({}))).IamInstanceProfileAssociations ?? [];

/** Whatever a run that was refused left behind. */
async function clear(): Promise<void> {
  judged.allow(null);
  for (const text of [whole(instances), NOTHING]) {
    scene.write(text);
    expect(await scene.apply()).toMatchObject({ status: "applied" });
  }
  for (const { AssociationId } of await carriers()) await ec2.send(new EC2.DisassociateIamInstanceProfileCommand({ AssociationId }));
}

it("lets plan and apply do all they do, and holds no action that they do not need", async (context) => {
  expect(await liveUntilRefused()).toBe("");
  // Which user logs in is asked by the server, not by a call.
  expect([...granted].filter((action) => action !== "rds-db:connect").sort()).toEqual([...judged.asked].sort());
  tally(context, { counts: { "actions of a printed policy": granted.size } });
}, 60_000);

const MATRIX = Boolean(process.env["PGACCORD_MATRIX"]);
/** The first is refused before anything is made, the second soon after. */
const SOME = ["iam:GetAccountSummary", "iam:PassRole"];

it("is refused without any one of them, by name", async (context) => {
  const all = [...judged.asked].sort();
  const actions = MATRIX ? all : SOME;
  for (const action of actions) {
    if (MATRIX) await clear();
    expect(await liveUntilRefused(action), action).toContain(action);
  }
  const left = all.length - actions.length;
  if (left > 0) tally(context, { left: `${left} of ${all.length} actions (npm run test:matrix leaves each out)` });
}, 900_000);
