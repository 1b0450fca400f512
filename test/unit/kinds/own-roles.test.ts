import { describe, expect, it } from "vitest";
import {
  ACCOUNT_ID,
  allow,
  codes,
  DOOR_ARN,
  demoCluster,
  documentOf,
  emptyAccount,
  iamFile,
  iamRole,
  planOf,
  policy,
  TRUST,
  titles,
  worldOf,
} from "../../support/stage.js";

const OWN = `arn:aws:iam::${ACCOUNT_ID}:role/ops/pgaccord-apply`;
const FILE = iamFile("{}").replace("region: us-east-2 }", `region: us-east-2, apply_role: "${OWN}" }`);

it("one entry for three accounts is an IAM role in each, of its own account", () => {
  const ids = { db: ACCOUNT_ID, ops: "444455556666", lab: "777788889999" };
  const accounts = Object.entries(ids).map(([name, id]) => `${name}: { id: "${id}", region: us-east-2 }`);
  const file = iamFile(
    "{ audit: { account: [db, ops, lab], trust: [ { role: db/audit-caller } ] }, audit-caller: { account: db, trust: [ { service: ec2.amazonaws.com } ], assume: [db/audit, ops/audit, lab/audit] } }",
  ).replace(/accounts: .*/, `accounts: { ${accounts.join(", ")} }`);
  const all = Object.entries(ids).map(([name, id]) => ({ ...emptyAccount(), name, id }));
  const plan = planOf(file, worldOf([demoCluster()], all));
  expect(codes(plan)).toEqual([]);
  const made = plan.steps.flatMap(({ run }) =>
    "action" in run && run.action === "CreateRole" && run.input["RoleName"] === "audit" ? [run.account] : [],
  );
  expect(made.sort()).toEqual(["db", "lab", "ops"]);
  const arns = Object.values(ids).map((id) => `arn:aws:iam::${id}:role/audit`);
  for (const arn of arns) expect(JSON.stringify(plan.steps.map(({ run }) => run))).toContain(arn);
});

describe("a statement that names an account by its number", () => {
  const file = (region: string) =>
    iamFile(
      "{ door: { account: db, trust: [ { statement: { Effect: Allow, Action: sts:AssumeRole, Principal: { AWS: ['444455556666'] }, Condition: { StringEquals: { 'sts:ExternalId': x } } } } ] } }",
    ).replaceAll("us-east-2", region);
  it.each([
    ["us-east-2", "aws"],
    ["us-gov-west-1", "aws-us-gov"],
    ["cn-north-1", "aws-cn"],
  ])("in %s names its root in the partition %s, as IAM answers", (region, partition) => {
    const root = `arn:${partition}:iam::444455556666:root`;
    const plan = planOf(file(region), worldOf([demoCluster()], [emptyAccount()]));
    expect(JSON.stringify(plan.steps.map(({ run }) => run))).toContain(root);
    expect(JSON.stringify(plan.steps.map(({ run }) => run))).not.toContain('AWS\\":[\\"4444');
  });
});

describe("the IAM roles that pgaccord works as", () => {
  it("are left alone, whatever tags and policies of ours they carry", () => {
    const account = emptyAccount({
      roles: new Map([iamRole("pgaccord-apply", TRUST, "/ops/"), iamRole("old", TRUST)]),
      policies: new Map([policy("old-access", documentOf(allow(DOOR_ARN)))]),
      attachments: [{ principal: "role", name: "pgaccord-apply", policyArn: `arn:aws:iam::${ACCOUNT_ID}:policy/old-access` }],
    });
    const plan = planOf(FILE, worldOf([demoCluster()], [account]));
    expect(titles(plan).filter((title) => title.includes("pgaccord-apply"))).toEqual([]);
    expect(titles(plan)).toEqual(expect.arrayContaining([expect.stringContaining("delete IAM role old")]));
    expect(plan.problems.filter(({ code }) => code === "mark-left-alone").map(({ message }) => message)).toEqual([
      "IAM role pgaccord-apply in account db carries the tag of acme/access and is not in the file, but pgaccord works as it: it is left alone.",
    ]);
    expect(codes(plan)).toContain("iam-policy-in-use");
  });
});
