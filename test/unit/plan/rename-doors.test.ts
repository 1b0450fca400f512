import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import type { Target } from "../../../src/model/resource.js";
import type { AccountSnapshot, ClusterSnapshot, IamRoleSnapshot, Snapshot } from "../../../src/model/snapshot.js";
import { atomsOf } from "../../../src/policies/atoms.js";
import { planAccess } from "../../../src/reconcile.js";
import { directionOf, headlineText } from "../../../src/report/headline.js";
import { renderText } from "../../../src/report/text.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import {
  ACCOUNT_ID,
  acl,
  allow,
  callsOf,
  codes,
  demoCluster,
  documentOf,
  emptyAccount,
  iamFile,
  iamRole,
  leftOf,
  member,
  NOW,
  parse,
  planOf,
  policy,
  row,
  sqlOf,
  TRUST,
  tables,
  titles,
  worldOf,
} from "../../support/stage.js";

const ROLE = "{ app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: new, clusters: [demo] }] } }";
const FILE = iamFile(ROLE).replace("users: { ro: { login: iam } }", "users: { new: { login: iam, was: ro } }");
const RENAME = 'ALTER ROLE "ro" RENAME TO "new"';
const door = (user: string, id = "cluster-A"): string => `arn:aws:rds-db:us-east-2:${ACCOUNT_ID}:dbuser:${id}/${user}`;
const TAGS = [{ key: "pgaccord:policy", value: "app-access" }];

/** The account as an apply leaves it, with a document of its own. */
function account(document: string, rest: Partial<AccountSnapshot> = {}): AccountSnapshot {
  const [name, role] = iamRole("app", TRUST);
  return emptyAccount({
    roles: new Map([[name, { ...role, tags: [...role.tags, ...TAGS] }]]),
    policies: new Map([policy("app-access", document)]),
    attachments: [{ principal: "role", name: "app", policyArn: `arn:aws:iam::${ACCOUNT_ID}:policy/app-access` }],
    ...rest,
  });
}
const world = (document: string, rest: Partial<AccountSnapshot> = {}, cluster: ClusterSnapshot = demoCluster()): Snapshot =>
  worldOf([cluster], [account(document, rest)]);
/** The cluster after the rename. */
const renamed = (): ClusterSnapshot => {
  const was = demoCluster();
  const rows = was.memberships.map((row) => ({ ...row, member: row.member === "ro" ? "new" : row.member }));
  const roles = [...was.roles.values()].map((role) => (role.name === "ro" ? { ...role, name: "new" } : role));
  return { ...was, roles: new Map(roles.map((role) => [role.name, role])), memberships: rows };
};
const withStranger = (cluster: ClusterSnapshot): ClusterSnapshot => ({
  ...cluster,
  roles: new Map([...cluster.roles, ["ro", fakeRole("ro", { login: true })]]),
});
const ONE = documentOf(allow(door("ro")));

/** Statements, and documents by the users that they let in. */
const story = (plan: Plan): string[] =>
  plan.steps.flatMap(({ run }) => {
    if ("sql" in run) return [run.sql];
    const text = run.input["PolicyDocument"];
    return typeof text === "string" ? [`${run.action}: ${usersOf(text)}`] : [run.action];
  });
const usersOf = (document: string): string =>
  atomsOf(document)
    .map(({ resource }) => (resource ?? "").split(":dbuser:")[1] ?? resource)
    .sort()
    .join(" ");

describe("the door of a user that is renamed", () => {
  it("has both names first, then the user is renamed, then the old name goes", () => {
    const plan = planOf(FILE, world(ONE));
    expect(story(plan)).toEqual(["CreatePolicyVersion: cluster-A/new cluster-A/ro", RENAME, "CreatePolicyVersion: cluster-A/new"]);
    expect(plan.units.map(({ phase, after }) => [phase, after])).toEqual([
      ["both", []],
      ["rename", ["u1"]],
      ["close", ["u1", "u2"]],
    ]);
    expect(plan.gaps).toEqual([]);
    expect(codes(plan)).not.toContain("order-not-proved");
  });

  it("means nothing for whoever comes through it: unchanged, was ro", () => {
    const plan = planOf(FILE, world(ONE));
    expect(plan.net.map(({ who, items, was }) => [who, items, was])).toEqual([[{ type: "role", cluster: "demo", name: "new" }, [], "ro"]]);
    const text = renderText(plan, { color: false, verbose: false });
    expect(text).toContain("rename user ro to new; who logs in must give the new name from then on");
    expect(text).toContain("new: unchanged, was ro");
    expect([directionOf(plan), headlineText(plan, "full")]).toEqual(["neutral", "nobody gains or loses access; nothing is destroyed"]);
  });

  it("is approved with the rename: one for the user, one for each name that comes or goes in a document", () => {
    const left = leftOf(planOf(FILE, world(ONE)), new Set());
    expect(left.filter((text) => text.startsWith("rename"))).toEqual(["rename user ro to new"]);
    expect(left).toHaveLength(3);
  });

  it.each([
    ["after both names are there", world(documentOf(allow(door("ro"), door("new")))), [RENAME, "CreatePolicyVersion: cluster-A/new"]],
    ["after the rename", world(documentOf(allow(door("ro"), door("new"))), {}, renamed()), ["CreatePolicyVersion: cluster-A/new"]],
    [
      "after the rename, though somebody made the old name again",
      world(documentOf(allow(door("ro"), door("new"))), {}, withStranger(renamed())),
      ["CreatePolicyVersion: cluster-A/new"],
    ],
    ["at the end", world(documentOf(allow(door("new"))), {}, renamed()), []],
  ])("is finished by the next apply %s", (_, snapshot, steps) => {
    expect(story(planOf(FILE, snapshot))).toEqual(steps);
  });

  it("is closed before what else comes is opened, behind the rename", () => {
    const file = FILE.replace("was: ro }", "was: ro }, more: { login: iam }").replace(
      "[{ user: new, clusters: [demo] }]",
      "[{ user: new, clusters: [demo] }, { user: more, clusters: [demo] }]",
    );
    const plan = planOf(file, world(documentOf(allow(door("ro"), door("gone")))));
    expect(story(plan).filter((step) => !/GRANT|CREATE ROLE|COMMENT|LOGIN/.test(step))).toEqual([
      "CreatePolicyVersion: cluster-A/gone cluster-A/new cluster-A/ro",
      RENAME,
      "CreatePolicyVersion: cluster-A/new",
      "CreatePolicyVersion: cluster-A/more cluster-A/new",
    ]);
  });

  it("to any cluster has both names, too", () => {
    const file = FILE.replace("clusters: [demo]", "any_cluster: true").replace("clusters: [demo] }] }", "any_cluster: true }] }");
    const any = parse(FILE) && file.replace("defaults: { any_cluster: true }", "defaults: { clusters: [demo] }");
    const plan = planOf(any, world(documentOf(allow(door("ro", "*")))));
    expect(story(plan)).toEqual(["CreatePolicyVersion: */new */ro", RENAME, "CreatePolicyVersion: */new"]);
    expect(plan.gaps).toEqual([]);
  });

  it("of iam_users and iam_policies has both names, too", () => {
    const file = iamFile(
      "{}",
      "iam_users: { ci: { account: db, connect: [{ user: new, clusters: [demo] }] } }\niam_policies: { free: { account: db, connect: [{ user: new, clusters: [demo] }] } }",
    ).replace("users: { ro: { login: iam } }", "users: { new: { login: iam, was: ro } }");
    const named = (name: string) => policy(name, ONE);
    const foreign = new Map([["user/ci", { inline: [], attached: [] }]]);
    const own = emptyAccount({
      policies: new Map([named("ci-access"), named("free")]),
      attachments: [{ principal: "user", name: "ci", policyArn: `arn:aws:iam::${ACCOUNT_ID}:policy/ci-access` }],
      foreign,
    });
    const steps = story(planOf(file, worldOf([demoCluster()], [own])));
    expect(steps.slice(0, 2)).toEqual(Array(2).fill("CreatePolicyVersion: cluster-A/new cluster-A/ro"));
    expect(steps.slice(2)).toEqual([RENAME, ...Array(2).fill("CreatePolicyVersion: cluster-A/new")]);
  });

  it("makes room for three versions where five are there", () => {
    const [name, of] = policy("app-access", ONE);
    const versions = [1, 2, 3, 4, 5].map((n) => ({ id: `v${n}`, isDefault: n === 5 }));
    const plan = planOf(FILE, world(ONE, { policies: new Map([[name, { ...of, versions }]]) }));
    expect(callsOf(plan)).toEqual(["DeletePolicyVersion", "DeletePolicyVersion", "CreatePolicyVersion", "CreatePolicyVersion"]);
    expect(plan.steps[0]?.phase).toBe("both");
  });

  it("of others that names the old user is left, and said to dangle as long as the file says what it was", () => {
    const inline = { inline: [{ name: "mine", document: ONE }], attached: [] };
    const foreign = new Map([["role/vendor", inline]]);
    const found = planOf(FILE, world(ONE, { foreign })).problems.find(({ code }) => code === "dangling-door");
    expect(found?.message).toContain("inline policy mine of role vendor still let in ro of cluster demo, which is called new");
    const done = documentOf(allow(door("new")));
    expect(codes(planOf(FILE, world(done, { foreign }, renamed())))).toContain("dangling-door");
    expect(codes(planOf(FILE.replace(", was: ro", ""), world(done, { foreign }, renamed())))).not.toContain("dangling-door");
    expect(codes(planOf(FILE, world(ONE)))).not.toContain("dangling-door");
  });

  it("of others that names the new user opens with the rename: whoever comes by it gains", () => {
    const vendor = iamRole("vendor", TRUST, "/", []);
    const [, own] = policy("theirs", documentOf(allow(door("new"))));
    const rest = account(ONE);
    const plan = planOf(
      FILE,
      worldOf(
        [demoCluster()],
        [
          {
            ...rest,
            roles: new Map<string, IamRoleSnapshot>([...rest.roles, vendor]),
            policies: new Map([...rest.policies, ["theirs", { ...own, tags: [] }]]),
            attachments: [...rest.attachments, { principal: "role", name: "vendor", policyArn: own.arn }],
          },
        ],
      ),
    );
    const net = plan.net.find(({ who }) => who.type === "iam" && who.name === "vendor");
    expect(net?.items.map(({ verbs, from, to }) => [verbs, from, to])).toEqual([[["login"], 0, 3]]);
  });

  it("of others that names the old user is lost to whoever comes by it", () => {
    const vendor = iamRole("vendor", TRUST, "/", []);
    const [, own] = policy("theirs", ONE);
    const rest = account(ONE);
    const snapshot = worldOf(
      [demoCluster()],
      [
        {
          ...rest,
          roles: new Map<string, IamRoleSnapshot>([...rest.roles, vendor]),
          policies: new Map([...rest.policies, ["theirs", { ...own, tags: [] }]]),
          attachments: [...rest.attachments, { principal: "role", name: "vendor", policyArn: own.arn }],
        },
      ],
    );
    const net = planOf(FILE, snapshot).net.find(({ who }) => who.type === "iam" && who.name === "vendor");
    expect(net?.items.map(({ from, to }) => [from, to])).toEqual([[3, 0]]);
    expect(codes(planOf(FILE, snapshot))).toContain("dangling-door");
  });

  it("keeps the old name in a document where this run does not write to the cluster", () => {
    const includes = (target: Target): boolean => target.type === "account";
    const narrowed = planAccess({
      declared: parse(FILE),
      snapshot: world(ONE),
      now: NOW,
      narrowing: { scope: { account: ["db"] }, includes },
    });
    expect([titles(narrowed), narrowed.problems]).toEqual([[], []]);
  });

  it("that cannot be moved along keeps the user from being renamed", () => {
    const includes = (target: Target): boolean => target.type === "cluster";
    const narrowed = planAccess({
      declared: parse(FILE),
      snapshot: world(ONE),
      now: NOW,
      narrowing: { scope: { cluster: ["demo"] }, includes },
    });
    expect(sqlOf(narrowed)).toEqual([]);
    expect(narrowed.problems.map(({ message }) => message).join()).toContain("does not write to account db");
    const unread = { ...world(ONE), accounts: new Map() };
    expect(
      planOf(FILE, unread)
        .problems.map(({ message }) => message)
        .join(),
    ).toContain("account db, which has its doors, was not read");
  });

  it("is not closed by a plan that only takes", () => {
    const plan = planAccess({
      declared: parse(FILE),
      snapshot: world(documentOf(allow(door("ro"), door("gone")))),
      now: NOW,
      revokeOnly: true,
    });
    expect(story(plan)).toEqual([]);
    expect(plan.left.map(({ op }) => op)).toEqual(["rename", "update"]);
  });

  it("is closed by a plan that only takes where it does not stay", () => {
    const file = FILE.replace("users: { new:", "users: { other: { login: iam }, new:").replace(
      "user: new, clusters",
      "user: other, clusters",
    );
    const plan = planAccess({ declared: parse(file), snapshot: world(ONE), now: NOW, revokeOnly: true });
    expect(story(plan)).toEqual(["CreatePolicyVersion: none/none"]);
  });

  it("of a user on two clusters closes by the old name when both are renamed, each in its own time", () => {
    const file = FILE.replace(
      "clusters:\n",
      "clusters:\n  bi: { account: db, rds: { cluster: bi }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } }\n",
    ).replaceAll("clusters: [demo]", "clusters: [demo, bi]");
    const one = demoCluster();
    const bi: ClusterSnapshot = {
      ...demoCluster(),
      name: "bi",
      identity: "cluster-B",
      rds: one.rds && { ...one.rds, id: "bi", resourceId: "cluster-B" },
      roles: new Map([...one.roles, ["ro", fakeRole("ro", { login: true, comment: "[pgaccord:acme/access/bi]" })]]),
    };
    const plan = planOf(file, worldOf([one, bi], [account(documentOf(allow(door("ro"), door("ro", "cluster-B"))))]));
    const steps = story(plan);
    expect(steps[0]).toBe("CreatePolicyVersion: cluster-A/new cluster-A/ro cluster-B/new cluster-B/ro");
    expect(steps.slice(1, 3)).toEqual([RENAME, RENAME]);
    expect(steps.slice(3)).toEqual(["CreatePolicyVersion: cluster-A/new cluster-B/new"]);
    expect(plan.units.at(-1)?.after).toEqual(["u1", "u2", "u3"]);
  });

  it("stays open to a user that keeps what it should lose: it is no new door", () => {
    const cluster = demoCluster();
    const held = acl(row("mallory", "own", [], ["select"]), row("ro", "mallory", ["select"]));
    const roles = [fakeRole("access_admin", { createRole: true, login: true }), fakeRole("mallory"), fakeRole("own")];
    const schemas = new Map([["s", { name: "s", owner: "own", acl: [] }]]);
    const rest: ClusterSnapshot = {
      ...cluster,
      roles: new Map([...cluster.roles, ...roles.map((role) => [role.name, role] as const)]),
      memberships: [
        member("rds_iam", "ro", { grantor: "access_admin" }),
        member("ro", "access_admin", { admin: true, inherit: false, set: false, grantor: "rdsadmin" }),
      ],
      inspected: new Map([["demo", { name: "demo", schemas, groups: [tables(["t"], held)], defaultAcls: [] }]]),
    };
    const plan = planOf(FILE, world(ONE, {}, rest));
    expect(codes(plan)).toContain("cannot-revoke");
    expect(codes(plan)).not.toContain("would-pass-on");
    expect(story(plan)).toEqual(["CreatePolicyVersion: cluster-A/new cluster-A/ro", RENAME, "CreatePolicyVersion: cluster-A/new"]);
  });

  it("to any cluster keeps both names while a cluster is left that this run does not write to", () => {
    const any = FILE.replace("connect: [{ user: new, clusters: [demo] }]", "connect: [{ user: new, any_cluster: true }]");
    const includes = (target: Target): boolean => target.type === "account";
    const narrowing = { scope: { account: ["db"] }, includes };
    const plan = planAccess({ declared: parse(any), snapshot: world(documentOf(allow(door("ro", "*")))), now: NOW, narrowing });
    expect(story(plan)).toEqual(["CreatePolicyVersion: */new */ro"]);
  });

  it("that cannot say both names within AWS's limit closes for the moment, and the plan says so", () => {
    const many = Array.from({ length: 60 }, (_, i) => `arn:aws:rds-db:us-east-2:${ACCOUNT_ID}:dbuser:cluster-A/${"x".repeat(30)}${i}`);
    const users = many.map((arn) => arn.split("/")[1] ?? "");
    const file = FILE.replace("was: ro }", `was: ro }, ${users.map((user) => `${user}: { login: iam }`).join(", ")}`).replace(
      "[{ user: new, clusters: [demo] }]",
      `[{ user: new, clusters: [demo] }, ${users.map((user) => `{ user: ${user}, clusters: [demo] }`).join(", ")}]`,
    );
    const plan = planOf(file, world(documentOf(allow(door("ro"), ...many.slice(0, 59)))));
    if (plan.steps.some(({ phase }) => phase === "both")) throw new Error("it fits");
    expect(plan.gaps.map(({ verbs }) => verbs)).toContainEqual(["login"]);
  });

  it("in a document that is left alone keeps the user from being renamed", () => {
    const [name, of] = policy("app-access", ONE);
    const plan = planOf(FILE, world(ONE, { policies: new Map([[name, { ...of, tags: [] }]]) }));
    const refused = plan.problems.find(({ code }) => code === "rename-refused");
    expect(refused).toMatchObject({
      severity: "error",
      message: expect.stringContaining("its door in account db cannot be moved along now"),
    });
  });

  it.each([
    ["a policy that is renamed, too", ROLE.replace("connect:", "policy: other, connect:"), []],
    [
      "one that is renamed and opens more, which is a gap",
      ROLE.replace("connect:", "policy: other, connect: [{ user: more, clusters: [demo] }], x:"),
      ["login"],
    ],
  ])("is moved along into %s", (_, role, gaps) => {
    const more = role.replace("[{ user: more, clusters: [demo] }], x: [", "[{ user: more, clusters: [demo] }, ");
    const file = iamFile(more).replace("users: { ro: { login: iam } }", "users: { new: { login: iam, was: ro }, more: { login: iam } }");
    const known = demoCluster();
    const plan = planOf(
      file,
      world(
        ONE,
        {},
        {
          ...known,
          roles: new Map([...known.roles, ["more", fakeRole("more", { login: true, comment: "[pgaccord:acme/access/demo]" })]]),
          memberships: [...known.memberships, member("rds_iam", "more", { grantor: "access_admin" })],
        },
      ),
    );
    const steps = story(plan).map((step) => step.split(":")[0] ?? "");
    const at = (step: string): number => steps.indexOf(step);
    expect(plan.gaps.flatMap(({ verbs }) => verbs)).toEqual(gaps);
    expect(at("AttachRolePolicy") < at(RENAME)).toBe(gaps.length === 0);
    expect(at("CreatePolicy")).toBeLessThan(at("AttachRolePolicy"));
    expect(at(RENAME)).toBeLessThan(at("DetachRolePolicy"));
    expect(plan.problems.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});
