import { describe, expect, it } from "vitest";
import { OWNER_TAG } from "../../../src/facts/iam-things.js";
import { isError } from "../../../src/model/problem.js";
import { renderText } from "../../../src/report/text.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import {
  acl,
  allow,
  callsOf,
  codes,
  DOOR_ARN,
  demoCluster,
  documentOf,
  emptyAccount,
  fileOf,
  iamFile,
  iamRole,
  leftOf,
  planOf,
  policy,
  row,
  serverOf,
  sqlOf,
  TAGS,
  TRUST,
  tables,
  titles,
  worldOf,
} from "../../support/stage.js";

const withRoles = (...roles: readonly ReturnType<typeof fakeRole>[]) => {
  const server = serverOf([], []);
  return worldOf([{ ...server, roles: new Map([...server.roles, ...roles.map((role) => [role.name, role] as const)]) }]);
};
const marked = (name: string, owner: string, adopted = "") =>
  fakeRole(name, { comment: `weekly reports [pgaccord:${owner}/main${adopted}]` });
const OLD = withRoles(marked("a", "acme/old"), marked("b", "acme/old", " adopted"), marked("gone", "acme/old"), marked("c", "x/y"));
const was = (text: string): string => text.replace("owner: acme/access", "owner: acme/access\nowner_was: [acme/old]");
const errorsOf = (plan: ReturnType<typeof planOf>): unknown[] =>
  plan.problems.filter(isError).map(({ code, message, hint }) => [code, message, hint]);

describe("a mark of another owner", () => {
  it("is one problem for each other owner, with the way to change hands, however many things carry it", () => {
    const text = fileOf("{ a: {}, b: {}, c: {}, d: {} }");
    const way = (by: string): string =>
      `To take over, keeping all: add owner_was: [${by}], apply, and only then take it out of the file of ${by}, if that is another file. To leave it there: take it out of this file.`;
    expect(errorsOf(planOf(text, OLD))).toEqual([
      ["other-owner", "Role a on cluster main, role b on cluster main are managed by acme/old, not by acme/access.", way("acme/old")],
      ["other-owner", "Role c on cluster main is managed by x/y, not by acme/access.", way("x/y")],
    ]);
  });

  it("counts what it does not name, IAM things with roles", () => {
    const tags = [{ key: OWNER_TAG, value: "acme/old" }];
    const [name, live] = policy("app-access", documentOf(allow(DOOR_ARN)));
    const account = emptyAccount({
      roles: new Map([iamRole("app", TRUST, "/", tags)]),
      policies: new Map([[name, { ...live, tags }]]),
      instanceProfiles: new Map([["app-profile", { name: "app-profile", arn: "arn:profile", path: "/", role: "app", tags }]]),
    });
    const roles = new Map([...demoCluster().roles, ["ro", fakeRole("ro", { comment: "[pgaccord:acme/old/demo]" })]]);
    const file = iamFile(
      `{ app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }], instance_profile: { name: app-profile } } }`,
    );
    const plan = planOf(file, worldOf([demoCluster({ roles })], [account]));
    expect(errorsOf(plan).map((one) => (one as string[])[1])).toEqual([
      "Role ro on cluster demo, IAM role app in account db, IAM policy app-access in account db and 1 more are managed by acme/old, not by acme/access.",
    ]);
  });
});

describe("owner_was", () => {
  const file = was(fileOf("{ a: {}, b: {} }"));
  const plan = planOf(file, OLD);

  it("takes over what the file declares, as an update of the mark: text, kind of mark and rights stay", () => {
    expect(titles(plan)).toEqual(["update role a", "update role b"]);
    expect(sqlOf(plan)).toEqual([
      `COMMENT ON ROLE "a" IS 'weekly reports [pgaccord:acme/access/main]'`,
      `COMMENT ON ROLE "b" IS 'weekly reports [pgaccord:acme/access/main adopted]'`,
    ]);
    expect([plan.counts.gains, plan.counts.loses]).toEqual([0, 0]);
    expect(renderText(plan, { color: false, verbose: false })).toContain("  ~ update role a, taken over from acme/old (access.yaml:");
  });

  it("drops nothing of the former owner that the file does not name", () => {
    expect(sqlOf(plan).filter((sql) => sql.includes("gone"))).toEqual([]);
    expect(codes(plan)).not.toContain("other-owner");
  });

  it("is reviewed: nothing changes hands without an approval", () => {
    expect(leftOf(plan, new Set())).toEqual(["update role a: its owner", "update role b: its owner"]);
  });

  it("takes nothing along without being told: what this file does not give waits for --allow, as in an adoption", () => {
    const server = serverOf([], [tables(["t"], acl(row("a", "own", ["select", "insert"])))]);
    const roles = new Map([...server.roles, ["a", marked("a", "acme/old")] as const]);
    const text = was(fileOf("{ a: { grants: { shop: { tables: { s.t: [select] } } } } }"));
    const narrows = planOf(text, worldOf([{ ...server, roles }])).problems.filter(({ code }) => code === "adopt-narrows");
    expect(narrows.map(({ message, refuses, name }) => [message, refuses, name])).toEqual([
      ["Taking over a would take 1 right from it and its members that the file does not give.", true, "a"],
    ]);
  });

  it("leaves nothing to do when it is done", () => {
    const done = withRoles(marked("a", "acme/access"), marked("b", "acme/access", " adopted"), marked("gone", "acme/old"));
    expect(planOf(file, done).changes).toEqual([]);
  });

  it("a mark of another cluster is that of a copy all the same", () => {
    const copy = planOf(file, withRoles(fakeRole("a", { comment: "[pgaccord:acme/old/elsewhere]" }), marked("b", "acme/access")));
    expect([titles(copy), codes(copy)]).toEqual([["adopt role a"], expect.arrayContaining(["other-cluster-mark"])]);
  });

  it("takes over IAM things by their tags, and deletes nothing of the former owner", () => {
    const tags = [TAGS[0], { key: OWNER_TAG, value: "acme/old" }].flatMap((tag) => tag ?? []);
    const [name, live] = policy("app-access", documentOf(allow(DOOR_ARN)));
    const [other, stranger] = policy("other", documentOf(allow(DOOR_ARN)));
    const account = emptyAccount({
      roles: new Map([iamRole("app", TRUST, "/", tags), iamRole("gone", TRUST, "/", tags)]),
      policies: new Map([
        [name, { ...live, tags }],
        [other, { ...stranger, tags }],
      ]),
      instanceProfiles: new Map([["app-profile", { name: "app-profile", arn: "arn:profile", path: "/", role: "app", tags }]]),
      attachments: [{ policyArn: live.arn, principal: "role", name: "app" }],
    });
    const file = was(
      iamFile(
        `{ app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }], instance_profile: { name: app-profile } } }`,
      ),
    );
    const plan = planOf(file, worldOf([demoCluster()], [account]));
    expect(codes(plan).filter((code) => ["other-owner", "not-ours"].includes(code))).toEqual([]);
    expect(titles(plan).sort()).toEqual(["update IAM policy app-access", "update IAM role app", "update instance profile app-profile"]);
    expect([...new Set(callsOf(plan))].sort()).toEqual(["TagInstanceProfile", "TagPolicy", "TagRole"]);
    expect(renderText(plan, { color: false, verbose: false })).toContain("update IAM role app, taken over from acme/old");
  });
});
