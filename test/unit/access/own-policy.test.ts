import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type OwnPolicy, ownPolicies } from "../../../src/access/own-policy.js";
import { loadAccessFile } from "../../../src/config/load.js";
import type { Declared } from "../../../src/model/declared.js";
import { type IamRequest, judge } from "../../../src/sandbox/naive-iam.js";

const ROOT = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "pgaccord-own-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function declaredOf(text: string): Promise<Declared> {
  const file = join(folder, "access.yaml");
  writeFileSync(file, text);
  const { declared, problems } = await loadAccessFile(file, "access.yaml");
  if (!declared) throw new Error(problems.map(({ message }) => message).join("\n"));
  return declared;
}

const ID = "111122223333";
const fileOf = (iam: string, { path = "/", region = "us-east-2" } = {}): string => `version: 1
owner: acme/access
accounts: { db: { id: "${ID}", region: ${region} } }
clusters:
  demo:
    account: db
    rds: { cluster: demo-aurora, proxy: front }
    admin: { user: access_admin, auth: iam }
    reader: { user: access_reader, auth: iam }
    ensure: { iam_auth: true, log_connections: true }
  alone:
    account: db
    region: eu-central-1
    rds: { instance: alone }
    admin: { user: access_admin, password_env: ALONE }
    ensure: { iam_auth: true, log_connections: true }
defaults: { clusters: [demo], iam: { path: ${path}, boundary: limit } }
users: { ro: { login: iam } }
iam_roles: ${iam}
`;
const ROLE = "account: db, trust: [{ service: ec2.amazonaws.com }]";
const APP = `app: { ${ROLE}, description: of App1, connect: [{ user: ro, clusters: [demo] }], attach: [notes], exclusive: true, instance_profile: { name: app-profile, instances: { tag: { App: App1 } }, auto_scaling_group: web } }`;

async function policyOf(purpose: "plan" | "apply", text: string, was?: string): Promise<OwnPolicy> {
  const [policy] = ownPolicies(purpose, await declaredOf(text), was === undefined ? null : await declaredOf(was));
  if (!policy) throw new Error("the file has no account");
  return policy;
}
const actionsOf = ({ document }: OwnPolicy): string[] => [...new Set(document.Statement.flatMap(({ Action }) => Action))].sort();
const may = ({ document }: OwnPolicy, action: string, resource: string, policy?: string): boolean => {
  const request: IamRequest = { action, resource, context: policy === undefined ? {} : { "iam:PolicyARN": policy } };
  return judge([JSON.stringify(document)], request) === "allow";
};
const iam = (what: string): string => `arn:aws:iam::${ID}:${what}`;

describe("the policy of whoever applies", () => {
  it("holds every call that there is", async () => {
    const execute = readFileSync(join(ROOT, "src/aws/execute.ts"), "utf8");
    const calls = [...execute.matchAll(/^ {4}(\w+): sdk\.\1Command,$/gm)].map((match) => match[1] ?? "");
    const user = "iam_users: { ci: { account: db, connect: [{ user: ro, clusters: [demo] }] } }";
    const held = actionsOf(await policyOf("apply", `${fileOf(`{ ${APP} }`)}${user}\n`)).map((action) => action.replace(/^.*:/, ""));
    expect(calls.length).toBeGreaterThan(30);
    expect(calls.filter((call) => !held.includes(call))).toEqual([]);
  });

  it("is for the names of the file alone", async () => {
    const policy = await policyOf("apply", fileOf(`{ ${APP} }`, { path: "/access/" }));
    expect(may(policy, "iam:DeleteRole", iam("role/access/app"))).toBe(true);
    expect(may(policy, "iam:DeleteRole", iam("role/access/app-2"))).toBe(false);
    expect(may(policy, "iam:DeleteRole", iam("role/app"))).toBe(false);
    expect(may(policy, "iam:PassRole", iam("role/access/app"))).toBe(true);
    expect(may(policy, "iam:PassRole", iam("role/access/other"))).toBe(false);
    expect(may(policy, "iam:CreatePolicyVersion", iam("policy/access/app-access"))).toBe(true);
    expect(may(policy, "iam:CreatePolicyVersion", iam("policy/notes"))).toBe(false);
  });

  it("attaches what the file says, and takes its own policies off anybody", async () => {
    const policy = await policyOf("apply", fileOf(`{ app: { ${ROLE}, connect: [{ user: ro, clusters: [demo] }], attach: [notes] } }`));
    const admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    expect(may(policy, "iam:AttachRolePolicy", iam("role/app"), iam("policy/app-access"))).toBe(true);
    expect(may(policy, "iam:AttachRolePolicy", iam("role/app"), iam("policy/notes"))).toBe(true);
    expect(may(policy, "iam:AttachRolePolicy", iam("role/app"), admin)).toBe(false);
    expect(may(policy, "iam:AttachRolePolicy", iam("role/other"), iam("policy/app-access"))).toBe(false);
    expect(may(policy, "iam:DetachRolePolicy", iam("role/other"), iam("policy/app-access"))).toBe(true);
    expect(may(policy, "iam:DetachRolePolicy", iam("role/other"), iam("policy/notes"))).toBe(false);
    expect(may(policy, "iam:DetachRolePolicy", iam("role/app"), iam("policy/notes"))).toBe(true);
    expect(may(policy, "iam:DetachRolePolicy", iam("role/app"), admin)).toBe(false);
  });

  it("names what a policy goes on in, where the doors may not have room in one", async () => {
    const taking = (count: number): Promise<OwnPolicy> => {
      const assume = Array.from({ length: count }, (_, i) => `"arn:aws:iam::999988887777:role/r${i}"`).join(", ");
      return policyOf("apply", fileOf(`{ app: { ${ROLE}, assume: [${assume}] } }`));
    };
    const [few, many] = [await taking(9), await taking(10)];
    for (const part of ["app-access-2", "app-access-20"]) {
      expect(may(few, "iam:CreatePolicy", iam(`policy/${part}`))).toBe(false);
      expect(may(many, "iam:CreatePolicy", iam(`policy/${part}`))).toBe(true);
      expect(may(many, "iam:AttachRolePolicy", iam("role/app"), iam(`policy/${part}`))).toBe(true);
    }
    expect(may(many, "iam:CreatePolicy", iam("policy/app-access-other"))).toBe(false);
  });

  it("finds what somebody else made under any path", async () => {
    const adopted = await policyOf("apply", fileOf(`{ app: { ${ROLE}, adopt: true } }`, { path: "/access/" }));
    for (const path of ["/", "/access/", "/hand/made/"]) expect(may(adopted, "iam:TagRole", iam(`role${path}app`))).toBe(true);
    expect(may(adopted, "iam:TagRole", iam("role/hand/other-app"))).toBe(false);
    const host = await policyOf("apply", fileOf("{ host: { account: db, manage: policy, connect: [{ user: ro, clusters: [demo] }] } }"));
    expect(may(host, "iam:AttachRolePolicy", iam("role/hand/host"), iam("policy/host-access"))).toBe(true);
    expect(may(host, "iam:TagRole", iam("role/host"))).toBe(false);
  });

  it("changes of RDS what ensure is about, in the cluster's region", async () => {
    const policy = await policyOf("apply", fileOf("{}"));
    const rds = (what: string, region = "us-east-2"): string => `arn:aws:rds:${region}:${ID}:${what}`;
    expect(may(policy, "rds:ModifyDBCluster", rds("cluster:demo-aurora"))).toBe(true);
    expect(may(policy, "rds:ModifyDBCluster", rds("cluster:other"))).toBe(false);
    expect(may(policy, "rds:ModifyDBInstance", rds("db:alone", "eu-central-1"))).toBe(true);
    expect(may(policy, "rds:ModifyDBInstance", rds("db:alone"))).toBe(false);
    expect(may(policy, "rds:ModifyDBClusterParameterGroup", rds("cluster-pg:own"))).toBe(true);
    expect(may(policy, "rds:ModifyDBParameterGroup", rds("pg:own", "eu-central-1"))).toBe(true);
  });

  it("holds the names of the former file, too, when that is given", async () => {
    const [now, was] = [fileOf("{}"), fileOf(`{ ${APP} }`)];
    expect(actionsOf(await policyOf("apply", now)).filter((action) => /^iam:(Create|Delete|Attach|Pass)/.test(action))).toEqual([]);
    const both = await policyOf("apply", now, was);
    for (const [action, what] of [
      ["iam:DeleteRole", "role/app"],
      ["iam:DeletePolicy", "policy/app-access"],
      ["iam:DeleteInstanceProfile", "instance-profile/app-profile"],
    ] as const)
      expect(may(both, action, iam(what))).toBe(true);
    expect(may(both, "ec2:DisassociateIamInstanceProfile", `arn:aws:ec2:us-east-2:${ID}:instance/i-0abc1234def567890`)).toBe(true);
  });
});

describe("the policy of whoever plans", () => {
  it("reads, and changes nothing", async () => {
    expect(actionsOf(await policyOf("plan", fileOf(`{ ${APP} }`)))).toEqual([
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeLaunchConfigurations",
      "ec2:DescribeIamInstanceProfileAssociations",
      "ec2:DescribeInstances",
      "ec2:DescribeLaunchTemplateVersions",
      "iam:GetAccountAuthorizationDetails",
      "iam:GetAccountSummary",
      "iam:GetInstanceProfile",
      "iam:ListInstanceProfiles",
      "iam:ListPolicyTags",
      "iam:ListRoles",
      "rds-db:connect",
      "rds:DescribeDBClusterParameters",
      "rds:DescribeDBClusters",
      "rds:DescribeDBInstances",
      "rds:DescribeDBParameters",
      "rds:DescribeDBProxies",
    ]);
  });

  it("logs in as the reader, the other as the admin, and neither where there is a password", async () => {
    const user = (name: string, region = "us-east-2"): string => `arn:aws:rds-db:${region}:${ID}:dbuser:cluster-ABC/${name}`;
    const [plan, apply] = [await policyOf("plan", fileOf("{}")), await policyOf("apply", fileOf("{}"))];
    expect([may(plan, "rds-db:connect", user("access_reader")), may(plan, "rds-db:connect", user("access_admin"))]).toEqual([true, false]);
    expect([may(apply, "rds-db:connect", user("access_reader")), may(apply, "rds-db:connect", user("access_admin"))]).toEqual([
      false,
      true,
    ]);
    expect(may(apply, "rds-db:connect", user("access_admin", "eu-central-1"))).toBe(false);
  });

  it("asks EC2 and RDS nothing where the file does not", async () => {
    const none = `version: 1\nowner: acme/access\naccounts: { db: { id: "${ID}", region: cn-north-1 } }\nclusters: {}\n`;
    const policy = await policyOf("plan", none);
    expect(actionsOf(policy).filter((action) => !action.startsWith("iam:"))).toEqual([]);
    expect(may(policy, "iam:ListPolicyTags", `arn:aws-cn:iam::${ID}:policy/any`)).toBe(true);
  });
});
