import { describe, expect, it } from "vitest";
import { allCame, isDeclaredCaller, neverCame } from "../../../src/access/trail-callers.js";
import { trailNeeds } from "../../../src/access/trail-needs.js";
import { parseAccess } from "../../../src/config/parse-access.js";
import type { Declared, DeclaredIamRole } from "../../../src/model/declared.js";
import type { AssumeCaller } from "../../../src/model/evidence.js";

const DB = "111122223333";
const OTHER = "444455556666";
const file = (trust: string, more = ""): { readonly declared: Declared; readonly role: DeclaredIamRole } => {
  const text = `version: 1
owner: acme/access
accounts:
  db: { id: "${DB}", region: us-east-2 }
  other: { id: "${OTHER}", region: us-east-2 }
clusters:
  demo: { account: db, rds: { cluster: demo }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } }
users: { app: { login: iam, clusters: [demo] } }
iam_roles:
  from: { account: other, trust: [{ service: ec2.amazonaws.com }], assume: [to] }
  to: { account: db, trust: ${trust}, connect: [{ user: app, clusters: [demo] }] }
${more}`;
  const { declared, problems } = parseAccess(text, "access.yaml", () => ({ pem: "" }));
  const role = declared?.iamRoles.get("to");
  if (!declared || !role) throw new Error(JSON.stringify(problems));
  return { declared, role };
};
const who = (arn: string | null, account: string | null = OTHER, more: Partial<AssumeCaller> = {}): AssumeCaller => ({
  account,
  arn,
  uniqueId: null,
  ...more,
});
const judge = (trust: string, caller: AssumeCaller, isRead = true): boolean | null => {
  const { declared, role } = file(trust);
  return isDeclaredCaller(declared, role, caller, () => isRead);
};
const FROM = `arn:aws:iam::${OTHER}:role/from`;
const OIDC = "[{ oidc: { provider: token.example, subjects: ['repo:acme/*'], audience: sts.amazonaws.com } }]";
const provider = `arn:aws:iam::${DB}:oidc-provider/token.example`;

describe("whether the file's trust names who came", () => {
  it.each<[string, string, AssumeCaller, boolean]>([
    ["an IAM role of the file", "[{ role: from }]", who(FROM), true],
    ["wherever it lies", "[{ role: from }]", who(`arn:aws:iam::${OTHER}:role/team/from`), true],
    ["another of that account", "[{ role: from }]", who(`arn:aws:iam::${OTHER}:role/stranger`), false],
    ["the same name in another account", "[{ role: from }]", who("arn:aws:iam::999988887777:role/from", "999988887777"), false],
    ["a user by ARN", `[{ role: from }, { arn: "arn:aws:iam::${OTHER}:user/ann" }]`, who(`arn:aws:iam::${OTHER}:user/ann`), true],
    ["an account", "[{ role: from }, { account: other }]", who(null, OTHER, { uniqueId: "AROAGONEGONEGONEGONE" }), true],
    ["a service", "[{ role: from }, { service: ec2.amazonaws.com }]", who("ec2.amazonaws.com", null), true],
    ["another service", "[{ role: from }, { service: ec2.amazonaws.com }]", who("ecs.amazonaws.com", null), false],
    ["a subject of a provider", OIDC.replace("[{", "[{ role: from }, {"), who(provider, null, { subject: "repo:acme/x" }), true],
    ["another subject", OIDC.replace("[{", "[{ role: from }, {"), who(provider, null, { subject: "repo:evil/x" }), false],
  ])("%s", (_name, trust, caller, expected) => {
    expect(judge(trust, caller)).toBe(expected);
  });

  it("is not known of an id in an account that could not be read, if somebody of it is named", () => {
    const gone = who(null, OTHER, { uniqueId: "AROAGONEGONEGONEGONE" });
    expect(judge("[{ role: from }]", gone, false)).toBeNull();
    expect(judge("[{ role: from }]", gone, true)).toBe(false);
    expect(judge("[{ role: from }]", { ...gone, account: "999988887777" }, false)).toBe(false);
  });
});

it("who is named and never came; a search ends when all have, and never where many are named", () => {
  const { declared, role } = file("[{ role: from }, { service: ec2.amazonaws.com }]");
  const came = (caller: AssumeCaller) => ({ role: "", caller, count: 1, first: 0, last: 0, sessions: [], addresses: [] });
  expect(neverCame(declared, role, [came(who(FROM))])).toEqual(["ec2.amazonaws.com"]);
  expect(allCame(declared, role, [who(FROM)])).toBe(false);
  expect(allCame(declared, role, [who(FROM), who("ec2.amazonaws.com", null)])).toBe(true);
  const many = file("[{ role: from }, { account: other }]");
  expect(allCame(many.declared, many.role, [who(FROM)])).toBe(false);
});

it("needs LookupEvents, or Athena in the account that is named", () => {
  const actions = (declared: Declared, name: string): string[] => {
    const account = declared.accounts.get(name);
    return account ? trailNeeds(declared, account).map(({ action }) => action) : [];
  };
  const plain = file("[{ role: from }]").declared;
  expect(actions(plain, "other")).toContain("cloudtrail:LookupEvents");
  const athena = file("[{ role: from }]", "evidence: { cloudtrail: { athena: { account: db, table: a.b } } }").declared;
  expect(actions(athena, "db")).toContain("athena:StartQueryExecution");
  expect(actions(athena, "other").filter((action) => /athena|cloudtrail/.test(action))).toEqual([]);
});
