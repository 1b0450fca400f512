import * as Scaling from "@aws-sdk/client-auto-scaling";
import * as EC2 from "@aws-sdk/client-ec2";
import * as IAM from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalAws, startAws } from "../../src/sandbox/local-aws.js";
import { type AwsProxy, startAwsProxy } from "../support/aws-proxy.js";
import { quickClock } from "../support/quick-clock.js";
import { createScene, type Scene, titlesOf } from "../support/scene.js";

const [DB, MANAGEMENT] = ["111122223333", "444455556666"];
const arnOf = (profile: string): string => `arn:aws:iam::${DB}:instance-profile/${profile}`;
const NO_SUCH_YET = {
  status: 400,
  code: "InvalidParameterValue",
  message: "Value (app) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
};

const fileOf = (profile: string, more = ""): string => `version: 1
owner: acme/access
accounts: { db: { id: "${DB}", region: us-east-2 } }
clusters: {}
iam_roles:
  app: { account: db, trust: [{ service: ec2.amazonaws.com }]${profile} }
${more}`;
const on = (instances: string): string => fileOf(`, instance_profile: { name: app, instances: ${instances} }`);

describe("instance profiles on EC2 instances", () => {
  let aws: LocalAws;
  let proxy: AwsProxy;
  let scene: Scene;
  let ec2: EC2.EC2Client;
  let [free, tagged, taken] = ["", "", ""];

  const run = async (App: string, client = ec2): Promise<string> => {
    const input = { ImageId: "ami-12c6146b", MinCount: 1, MaxCount: 1 };
    const TagSpecifications = [{ ResourceType: "instance" as const, Tags: [{ Key: "App", Value: App }] }];
    const { Instances = [] } = await client.send(new EC2.RunInstancesCommand({ ...input, TagSpecifications }));
    return Instances[0]?.InstanceId ?? "";
  };
  const carried = async (client = ec2): Promise<Record<string, string>> => {
    const { IamInstanceProfileAssociations: all = [] } = await client.send(new EC2.DescribeIamInstanceProfileAssociationsCommand({}));
    return Object.fromEntries(all.map((one) => [one.InstanceId ?? "", (one.IamInstanceProfile?.Arn ?? "").replace(/.*\//, "")]));
  };
  const applied = async (text: string): Promise<readonly string[]> => {
    scene.write(text);
    const titles = titlesOf(await scene.plan());
    expect(await scene.apply()).toMatchObject({ status: "applied" });
    expect((await scene.plan()).changes).toEqual([]);
    return titles;
  };

  beforeAll(async () => {
    aws = await startAws();
    const options = { endpoint: aws.endpoint, region: "us-east-2", credentials: await aws.rootOf(DB) };
    ec2 = new EC2.EC2Client(options);
    const iam = new IAM.IAMClient(options);
    await iam.send(new IAM.CreateInstanceProfileCommand({ InstanceProfileName: "web" }));
    iam.destroy();
    [free, tagged, taken] = [await run("other"), await run("App1"), await run("App1")];
    await ec2.send(new EC2.AssociateIamInstanceProfileCommand({ InstanceId: taken, IamInstanceProfile: { Arn: arnOf("web") } }));
    proxy = await startAwsProxy(aws.endpoint);
    scene = createScene({ env: { ...aws.env, AWS_ENDPOINT_URL: proxy.endpoint }, clock: quickClock(40) });
  });
  afterAll(async () => {
    ec2?.destroy();
    scene?.remove();
    await proxy?.stop();
    await aws?.stop();
  });

  it("an unknown one, and one that carries somebody else's profile, stop the plan", async () => {
    scene.write(on(`[${taken}, i-00000000000000000]`));
    const { problems } = await scene.plan();
    expect(problems.map(({ code }) => code).sort()).toEqual(["instance-has-profile", "missing-instance"]);
  });

  it("asks EC2 nothing where no instance is named", async () => {
    proxy.calls.length = 0;
    scene.write(fileOf(", instance_profile: { name: app }"));
    await scene.plan();
    expect(proxy.calls.filter((call) => call.startsWith("Describe"))).toEqual([]);
    expect(proxy.calls).toContain("GetAccountAuthorizationDetails");
  });

  it("by id: EC2 is waited for until it sees the new profile, and a lost answer is no failure", async () => {
    proxy.fail("AssociateIamInstanceProfile", NO_SUCH_YET, 2);
    proxy.calls.length = 0;
    await applied(on(`[${free}]`));
    expect(proxy.calls.filter((call) => call === "AssociateIamInstanceProfile")).toHaveLength(3);
    expect(await carried()).toEqual({ [free]: "app", [taken]: "web" });
    proxy.fail("AssociateIamInstanceProfile", "lost");
    await applied(on(`[${free}, ${tagged}]`));
    expect(await carried()).toEqual({ [free]: "app", [tagged]: "app", [taken]: "web" });
  });

  it("by tag, with replace: one call for whoever carries another; the rest lose it", async () => {
    proxy.calls.length = 0;
    const titles = await applied(on("{ tag: { App: App1 } }, replace: true"));
    expect(titles).toEqual(
      [`delete instance profile of EC2 instance ${free}: app`, `update instance profile of EC2 instance ${taken}: web to app`].sort(),
    );
    expect(proxy.calls.filter((call) => /associat/i.test(call) && !/^Describe/.test(call))).toEqual([
      "DisassociateIamInstanceProfile",
      "ReplaceIamInstanceProfileAssociation",
    ]);
    expect(await carried()).toEqual({ [tagged]: "app", [taken]: "app" });
  });

  it("who gives it by hand to another instance is undone, and EC2 refusing is said with the call", async () => {
    await ec2.send(new EC2.AssociateIamInstanceProfileCommand({ InstanceId: free, IamInstanceProfile: { Arn: arnOf("app") } }));
    const message = "You are not authorized to perform this operation.";
    proxy.fail("DisassociateIamInstanceProfile", { status: 403, code: "UnauthorizedOperation", message });
    expect(JSON.stringify((await scene.apply()).units)).toContain("may not ec2:DisassociateIamInstanceProfile in account db");
    proxy.fail("DescribeInstances", { status: 403, code: "UnauthorizedOperation", message });
    expect((await scene.plan()).problems.map((one) => one.message).join()).toContain("may not ec2:DescribeInstances in account db");
    await applied(on("{ tag: { App: App1 } }, replace: true"));
    expect(await carried()).toEqual({ [tagged]: "app", [taken]: "app" });
  });

  it("an Auto Scaling group is looked at: its template in the version that it takes, all of a mixed policy, its configuration", async () => {
    const options = { endpoint: aws.endpoint, region: "us-east-2", credentials: await aws.rootOf(DB) };
    const scaling = new Scaling.AutoScalingClient(options);
    const Sizes = { MinSize: 0, MaxSize: 0, DesiredCapacity: 0, AvailabilityZones: ["us-east-2a"] };
    const template = async (LaunchTemplateName: string, ...profiles: readonly object[]): Promise<string> => {
      const [first, ...rest] = profiles.map((one) => ({ ImageId: "ami-12c6146b", ...one }));
      const made = await ec2.send(new EC2.CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData: first ?? {} }));
      for (const LaunchTemplateData of rest)
        await ec2.send(new EC2.CreateLaunchTemplateVersionCommand({ LaunchTemplateName, LaunchTemplateData }));
      return made.LaunchTemplate?.LaunchTemplateId ?? "";
    };
    const group = (AutoScalingGroupName: string, rest: object) =>
      scaling.send(new Scaling.CreateAutoScalingGroupCommand({ AutoScalingGroupName, ...Sizes, ...rest }));
    const byName = { IamInstanceProfile: { Name: "app" } };
    const LaunchTemplateId = await template("mixed-up", {}, byName, { IamInstanceProfile: { Name: "web" } });
    await template("good", { IamInstanceProfile: { Arn: arnOf("app") } });
    for (const [name, Version] of [
      ["first", "$Default"],
      ["second", "2"],
      ["last", "$Latest"],
    ] as const)
      await group(name, { LaunchTemplate: { LaunchTemplateId, Version } });
    const good = { LaunchTemplateName: "good", Version: "$Latest" };
    const Overrides = [{ InstanceType: "t4g.nano", LaunchTemplateSpecification: { LaunchTemplateId, Version: "3" } }];
    await group("several", { MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: good, Overrides } } });
    for (const [LaunchConfigurationName, profile] of [
      ["old", { IamInstanceProfile: arnOf("app") }],
      ["older", {}],
    ] as const) {
      const input = { LaunchConfigurationName, ImageId: "ami-12c6146b", InstanceType: "t2.micro", ...profile };
      await scaling.send(new Scaling.CreateLaunchConfigurationCommand(input));
      await group(`by-${LaunchConfigurationName}`, { LaunchConfigurationName });
    }
    scaling.destroy();
    const saidOf = async (): Promise<string[]> =>
      (await scene.plan()).problems.map(
        ({ code, message }) => `${code} ${message.replace(/ of account db starts instances without profile app/, "")}`,
      );
    scene.write(fileOf(", instance_profile: { name: app, auto_scaling_group: [first, second, last, several, by-old, by-older, nobody] }"));
    const said = [
      "Auto Scaling group by-older: launch configuration older names none.",
      "Auto Scaling group first: launch template mixed-up (version $Default) names none.",
      "Auto Scaling group last: launch template mixed-up (version $Latest) names web.",
      "Auto Scaling group several: launch template mixed-up (version 3) names web.",
      "There is no Auto Scaling group nobody in account db: nothing starts instances with profile app.",
    ];
    expect((await saidOf()).sort()).toEqual(said.map((one) => `launch-template-profile ${one}`));
    // One call takes fifty names.
    const nobody = Array.from({ length: 50 }, (_, i) => `nobody-${i}`);
    scene.write(fileOf(`, instance_profile: { name: app, auto_scaling_group: [${nobody.join(", ")}, second] }`));
    proxy.calls.length = 0;
    expect(await saidOf()).toHaveLength(nobody.length);
    expect(proxy.calls.filter((call) => call === "DescribeAutoScalingGroups")).toHaveLength(2);
    proxy.fail("DescribeLaunchTemplateVersions", { status: 400, code: "InvalidLaunchTemplateId.NotFound", message: "gone" });
    scene.write(fileOf(", instance_profile: { name: app, auto_scaling_group: second }"));
    expect(await saidOf()).toEqual([
      expect.stringMatching(/^launch-template-profile Auto Scaling group second: launch template \S+ \(version 2\) is not there\.$/),
    ]);
    expect(await saidOf()).toEqual([]);
  });

  it("another path is refused under the same names, and under others a replacement without a gap, also one that stops in the middle", async () => {
    const moved = (name: string): string =>
      on("{ tag: { App: App1 } }")
        .replace("iam_roles:", "defaults: { iam: { path: /access/ } }\niam_roles:")
        .replaceAll("account: db, trust", `account: db, name: ${name}, trust`)
        .replace("{ name: app,", `{ name: ${name},`);
    scene.write(moved("app"));
    expect((await scene.plan()).problems.map(({ code }) => code)).toEqual(["iam-path-differs", "iam-path-differs"]);
    scene.write(moved("app-2"));
    const message = "User: ci is not authorized to perform: iam:DeleteInstanceProfile";
    proxy.fail("DeleteInstanceProfile", { status: 403, code: "AccessDenied", message });
    proxy.calls.length = 0;
    expect((await scene.apply()).status).not.toBe("applied");
    const writes = proxy.calls.filter((call) => /^(Create|Add|Replace|Disassociate|Remove|Delete)/.test(call));
    expect(writes).toEqual([
      "CreateRole",
      "CreateInstanceProfile",
      "AddRoleToInstanceProfile",
      "ReplaceIamInstanceProfileAssociation",
      "ReplaceIamInstanceProfileAssociation",
      "RemoveRoleFromInstanceProfile",
      "DeleteInstanceProfile",
    ]);
    expect(await carried()).toEqual({ [tagged]: "app-2", [taken]: "app-2" });
    expect((await applied(moved("app-2"))).every((title) => title.startsWith("delete "))).toBe(true);
  });

  it("all goes with the IAM role: first off the instances", async () => {
    proxy.calls.length = 0;
    await applied(
      fileOf("")
        .replace(/^ {2}app:.*\n/m, "")
        .replace("iam_roles:\n", ""),
    );
    const writes = proxy.calls.filter((call) => /^(Disassociate|Delete|Remove)/.test(call));
    expect(writes).toEqual([
      "DisassociateIamInstanceProfile",
      "DisassociateIamInstanceProfile",
      "RemoveRoleFromInstanceProfile",
      "DeleteInstanceProfile",
      "DeleteRole",
    ]);
    expect(await carried()).toEqual({});
  });

  it("of an IAM role of the management account they are that account's, in its Region", async () => {
    const options = { endpoint: aws.endpoint, credentials: await aws.rootOf(MANAGEMENT) };
    const [there, elsewhere] = ["eu-central-1", "us-east-2"].map((region) => new EC2.EC2Client({ ...options, region }));
    const [one, other] = [await run("App1", there), await run("App1", elsewhere)];
    const roles = ["plan", "apply"].map((name) => `${name}_role: "arn:aws:iam::${MANAGEMENT}:role/${name}"`).join(", ");
    const account = `management: { id: "${MANAGEMENT}", region: eu-central-1, ${roles} }`;
    const inManagement = (text: string): string =>
      text.replace("accounts: {", `accounts: { ${account},`).replace("account: db, trust", "account: management, trust");
    await applied(inManagement(on("{ tag: { App: App1 } }, auto_scaling_group: web")));
    expect((await scene.plan()).problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "launch-template-profile There is no Auto Scaling group web in account management: nothing starts instances with profile app.",
    ]);
    expect([await carried(there), await carried(elsewhere), await carried()]).toEqual([{ [one]: "app" }, {}, {}]);
    await applied(inManagement(on(`[${one}]`)));
    scene.write(inManagement(on(`[${other}]`)));
    expect((await scene.plan()).problems.map(({ code }) => code)).toEqual(["missing-instance"]);
    await applied(inManagement(fileOf("")));
    expect(await carried(there)).toEqual({});
    for (const client of [there, elsewhere]) client?.destroy();
  });
});
