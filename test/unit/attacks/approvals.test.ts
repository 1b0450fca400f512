import { describe, expect, it } from "vitest";
import {
  acl,
  allow,
  baseOf,
  DOOR_ARN,
  demoCluster,
  documentOf,
  emptyAccount,
  fileOf,
  iamFile,
  iamRole,
  idsOf,
  leftOf,
  member,
  planOf,
  policy,
  row,
  serverOf,
  TAGS,
  TRUST,
  tables,
  worldOf,
} from "../../support/stage.js";

describe("a loss is hashed without what stays", () => {
  const with_ = fileOf("{ g: {}, bob: { member_of: [g] } }");
  const without = fileOf("{ g: {}, bob: {} }");
  const live = worldOf([serverOf(["g", "bob"], [], { memberships: [member("g", "bob", { admin: true, grantor: "own" })] })]);

  it("the loss of the admin option approves no loss of the membership", () => {
    const reviewed = planOf(with_, live);
    expect(leftOf(planOf(without, live), idsOf(reviewed))).toEqual(["bob loses membership, admin option in role g"]);
  });

  it("an admin option that somebody gave by hand does not make the loss of the membership drift", () => {
    const plan = planOf(without, live);
    expect(leftOf(plan, new Set(), baseOf(with_, without, live))).toEqual(["bob loses membership, admin option in role g"]);
  });

  const gives = fileOf("{ a: { grants: { shop: { tables: { s.t: [select], s.u: [select] } } } } }");
  const takes = fileOf("{ a: { grants: { shop: { tables: { s.u: [select] } } } } }");
  const held = worldOf([
    serverOf(["a"], [tables(["t"], acl(row("a", "own", [], ["select"]))), tables(["u"], acl(row("a", "own", ["select"])))]),
  ]);

  it("the loss of a grant option approves no loss of the privilege", () => {
    expect(leftOf(planOf(takes, held), idsOf(planOf(gives, held)))).toEqual(["a loses select with grant option on table s.t"]);
  });

  it("a grant option that somebody gave by hand does not make the loss of the privilege drift", () => {
    expect(leftOf(planOf(takes, held), new Set(), baseOf(gives, takes, held))).toEqual(["a loses select with grant option on table s.t"]);
  });
});

describe("what of an ARN is not hashed", () => {
  const app = iamFile("{ app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }] } }");
  const tags = [...TAGS, { key: "pgaccord:policy", value: "app-access" }];
  const live = (document: string, trust = TRUST) =>
    worldOf(
      [demoCluster()],
      [
        emptyAccount({
          roles: new Map([iamRole("app", trust, "/", tags)]),
          policies: new Map([policy("app-access", document)]),
          attachments: [{ principal: "role", name: "app", policyArn: "arn:aws:iam::111122223333:policy/app-access" }],
        }),
      ],
    );
  const elsewhere = (arn: string): string => arn.replace("arn:aws:", "arn:aws-cn:");

  it("the end of a Deny in another partition approves no end of the one that counts", () => {
    const denied = (arn: string) => live(documentOf(allow(DOOR_ARN), { ...allow(arn), Effect: "Deny" }));
    expect(leftOf(planOf(app, denied(DOOR_ARN)), idsOf(planOf(app, denied(elsewhere(DOOR_ARN)))))).toHaveLength(1);
  });

  it("nor does it in a trust", () => {
    const arn = "arn:aws:iam::111122223333:role/x";
    const trust = (principal: string): string =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } },
          { Effect: "Deny", Action: "sts:AssumeRole", Principal: { AWS: principal } },
        ],
      });
    const denied = (principal: string) => live(documentOf(allow(DOOR_ARN)), trust(principal));
    expect(leftOf(planOf(app, denied(arn)), idsOf(planOf(app, denied(elsewhere(arn)))))).toHaveLength(1);
  });
});

describe("a condition that somebody added by hand", () => {
  const app = (service: string): string => iamFile(`{ app: { account: db, trust: [{ service: ${service} }] } }`);
  const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: "lambda.amazonaws.com" },
        Condition: { StringEquals: { "sts:ExternalId": "x" } },
      },
    ],
  });
  const live = worldOf([demoCluster()], [emptyAccount({ roles: new Map([iamRole("app", trust)]) })]);

  it("does not make the loss of what the file gave drift", () => {
    const [base, head] = [app("lambda.amazonaws.com"), app("ec2.amazonaws.com")];
    const left = leftOf(planOf(head, live), new Set(), baseOf(base, head, live));
    expect(left.filter((text) => text.includes("lambda"))).toHaveLength(1);
  });
});

describe("tags of ours that somebody put on things of another team", () => {
  const [name, theirs] = policy("payroll-data", documentOf({ Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::payroll/*" }));
  const account = emptyAccount({
    roles: new Map([
      iamRole("payroll", TRUST, "/", [...TAGS, { key: "pgaccord:policy", value: name }]),
      iamRole("auditor", TRUST, "/", []),
    ]),
    policies: new Map([[name, { ...theirs, tags: TAGS }]]),
    instanceProfiles: new Map([["payroll", { name: "payroll", path: "/", arn: "arn:profile", role: "payroll", tags: TAGS }]]),
    attachments: ["payroll", "auditor"].map((role) => ({ principal: "role", name: role, policyArn: theirs.arn }) as const),
  });
  const live = worldOf([demoCluster()], [account]);
  const file = iamFile("{}");

  it("make none of them go with the next merge: each deletion waits for an approval, though the last file would delete it, too", () => {
    expect(leftOf(planOf(file, live), new Set(), baseOf(file, file, live)).sort()).toEqual([
      "delete IAM policy payroll-data",
      "delete IAM role payroll",
      "delete instance profile payroll",
    ]);
  });

  it("an approved removal whose apply failed needs no second approval", () => {
    const plan = planOf(file, live);
    expect(leftOf(plan, idsOf(plan), baseOf(file, file, live))).toEqual([]);
  });

  it("a mark that says adopted is taken off as before: nothing of the thing goes", () => {
    const tags = TAGS.map((tag) => (tag.value === "created" ? { ...tag, value: "adopted" } : tag));
    const adopted = worldOf([demoCluster()], [emptyAccount({ roles: new Map([iamRole("payroll", TRUST, "/", tags)]) })]);
    expect(leftOf(planOf(file, adopted), new Set(), baseOf(file, file, adopted))).toEqual([]);
  });
});
