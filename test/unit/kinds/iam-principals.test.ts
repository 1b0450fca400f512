import { describe, expect, it } from "vitest";
import { rolesOf } from "../../../src/aws/sweep.js";
import type { Plan } from "../../../src/model/plan.js";
import {
  ACCOUNT_ID,
  codes,
  demoCluster,
  documentOf,
  effects,
  emptyAccount,
  iamFile,
  planOf,
  TAGS,
  titles,
  worldOf,
} from "../../support/stage.js";

const arnOf = (tail: string): string => `arn:aws:iam::${ACCOUNT_ID}:${tail}`;
const CALLER_ID = "AROAAAAAAAAAAAAAAAAAA";
const USER_ID = "AIDABBBBBBBBBBBBBBBBB";
const GONE_ID = "AROAZZZZZZZZZZZZZZZZZ";

/** What a sweep of the account gives, with this trust on the IAM role r. */
const swept = (principal: unknown, more: object = {}) =>
  rolesOf({
    roles: [
      { RoleName: "r", RoleId: "AROARRRRRRRRRRRRRRRRR", Arn: arnOf("role/r"), document: trust(principal, more) },
      { RoleName: "caller", RoleId: CALLER_ID, Arn: arnOf("role/caller"), document: trust({ Service: "ec2.amazonaws.com" }) },
    ].map(({ document, ...role }) => ({
      ...role,
      Path: "/",
      CreateDate: new Date(0),
      AssumeRolePolicyDocument: encodeURIComponent(document),
      Tags: TAGS.map(({ key, value }) => ({ Key: key, Value: value })),
    })),
    users: [{ UserName: "ci", UserId: USER_ID, Arn: arnOf("user/team/ci") }],
    groups: [],
    policies: [],
    awsPolicies: [],
  });
const trust = (Principal: unknown, more: object = {}): string =>
  documentOf({ Effect: "Allow", Action: "sts:AssumeRole", Principal, ...more });

const FILE = iamFile(
  `{ caller: { account: db, trust: [{ service: ec2.amazonaws.com }] }, r: { account: db, trust: [{ role: caller }, { arn: "${arnOf("user/team/ci")}" }] } }`,
);
const planned = (principal: unknown): Plan => planOf(FILE, worldOf([demoCluster()], [emptyAccount({ roles: swept(principal) })]));
const said = (plan: Plan) => plan.problems.filter(({ code }) => code === "dangling-principal");

describe("a trust that names by unique ids", () => {
  it("is as the file says, where those are there", () => {
    const plan = planned({ AWS: [CALLER_ID, USER_ID] });
    expect(titles(plan)).toEqual([]);
    expect(codes(plan)).not.toContain("dangling-principal");
  });

  it("differs where one is gone, though another has its name: it is said, and the trust is saved anew", () => {
    const plan = planned({ AWS: [GONE_ID, USER_ID] });
    expect(titles(plan)).toEqual(["update IAM role r"]);
    expect(said(plan)).toMatchObject([{ severity: "warning", place: { line: 8 } }]);
    expect(said(plan)[0]?.message).toBe(
      `The trust of IAM role r in account db names ${GONE_ID}: an IAM role or IAM user that was deleted.`,
    );
    expect(effects(plan).filter((text) => text.includes("sts:AssumeRole"))).toEqual([
      "IAM role caller gains sts:AssumeRole of IAM role r",
      `${GONE_ID} (deleted) loses sts:AssumeRole of IAM role r`,
    ]);
    const written = plan.steps.flatMap(({ run }) => ("action" in run ? [[run.action, String(run.input["PolicyDocument"])] as const] : []));
    expect(written.map(([action]) => action)).toEqual(["UpdateAssumeRolePolicy", "UpdateAssumeRolePolicy"]);
    // AWS refuses a document that names the one who is gone.
    expect(written.filter(([, document]) => document.includes(GONE_ID))).toEqual([]);
    expect(written[1]?.[1]).toContain(arnOf("role/caller"));
  });

  it("is told from one that names nobody by an id", () => {
    expect(titles(planned({ AWS: [arnOf("role/caller"), arnOf("user/team/ci")] }))).toEqual([]);
  });
});

describe("the trust of an IAM role as it is read", () => {
  const read = (principal: unknown, more: object = {}): string | undefined => swept(principal, more).get("r")?.trust;
  it.each([
    ["one", { AWS: CALLER_ID }, { AWS: [arnOf("role/caller")] }],
    ["several", { AWS: [USER_ID, GONE_ID], Service: "a.b" }, { AWS: [arnOf("user/team/ci"), GONE_ID], Service: "a.b" }],
  ])("has the ARN of %s", (_, principal, then) => {
    expect(JSON.parse(read(principal) ?? "")).toEqual(JSON.parse(trust(then)));
  });

  it.each([
    ["a condition", { AWS: "*" }, { Condition: { StringLike: { "aws:userid": [`${CALLER_ID}:*`, CALLER_ID] } } }],
    ["what is no principal, whatever it looks like", { AWS: "*" }, { Condition: { AWS: CALLER_ID } }],
    ["another type of principal", { Federated: CALLER_ID }, {}],
    ["a deleted one", { AWS: GONE_ID }, {}],
  ])("keeps the id in %s", (_, principal, more) => {
    expect(read(principal, more)).toBe(trust(principal, more));
  });
});
