import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import type { AccountSnapshot, ClusterSnapshot } from "../../../src/model/snapshot.js";
import { fakeAccount, fakeRole } from "../../support/fake-snapshot.js";
import { acl, demoCluster, effects, emptyAccount, member, planOf, row, TAGS, tables, worldOf } from "../../support/stage.js";
import { trustDocument } from "../../support/trust-document.js";

const [DB, OPS] = ["111122223333", "444455556666"];
const MARK = "[pgaccord:acme/access/demo]";
const arn = (account: string, role: string): string => `arn:aws:iam::${account}:role/${role}`;

/** Who takes whom, as whom that logs in, and what ann may read. */
interface World {
  /** IAM roles of the management account that may take the door's role, and those that its trust names. */
  readonly may: readonly string[];
  readonly trusts: readonly string[];
  readonly door: boolean;
  readonly reads: boolean;
}

const CALLERS = ["one", "two"];

const fileOf = ({ may, trusts, door, reads }: World): string =>
  JSON.stringify({
    version: 1,
    owner: "acme/access",
    accounts: { db: { id: DB, region: "us-east-2" }, ops: { id: OPS, region: "us-east-2" } },
    clusters: {
      demo: {
        account: "db",
        rds: { cluster: "demo-aurora" },
        admin: { user: "access_admin", auth: "iam" },
        databases: { demo: {}, depot: {} },
      },
    },
    defaults: { clusters: ["demo"] },
    roles: { team: { grants: reads ? { demo: { tables: { "s.t": ["select"] } }, depot: { tables: { "s.t": ["select"] } } } : {} } },
    users: { ann: { login: "iam", member_of: ["team"] } },
    iam_roles: {
      ...Object.fromEntries(
        CALLERS.map((name) => [
          name,
          { account: "ops", trust: [{ service: "ec2.amazonaws.com" }], ...(may.includes(name) ? { assume: ["door"] } : {}) },
        ]),
      ),
      door: {
        account: "db",
        // A statement: who may take it and whom it trusts are looked at apart.
        trust: [{ statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: trusts.map((name) => arn(OPS, name)) } } }],
        ...(door ? { connect: [{ user: "ann", clusters: ["demo"] }] } : {}),
      },
    },
  });

const documentOf = (action: string, resource: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: [resource] }] });

function accountOf(name: string, id: string, roles: readonly (readonly [string, string, string | null])[]): AccountSnapshot {
  const policyOf = (role: string, document: string) => ({
    name: `${role}-access`,
    path: "/",
    arn: `arn:aws:iam::${id}:policy/${role}-access`,
    document,
    versions: [{ id: "v1", isDefault: true }],
    tags: TAGS,
    boundaryUses: 0,
  });
  const policies = roles.flatMap(([role, , document]) => (document === null ? [] : [policyOf(role, document)]));
  const tagsOf = (role: string, document: string | null) =>
    document === null ? TAGS : [...TAGS, { key: "pgaccord:policy", value: `${role}-access` }];
  return {
    ...emptyAccount(),
    ...fakeAccount(name, id),
    roles: new Map(
      roles.map(([role, trust, document]) => [role, { name: role, path: "/", arn: arn(id, role), trust, tags: tagsOf(role, document) }]),
    ),
    policies: new Map(policies.map((one) => [one.name, one])),
    attachments: policies.map((one) => ({ principal: "role" as const, name: one.name.replace("-access", ""), policyArn: one.arn })),
  };
}

function serverOf({ reads }: World): ClusterSnapshot {
  const made = demoCluster();
  const open = (bit: number) => [{ grantee: "PUBLIC", grantor: "own", privileges: 1 << bit, grantable: 0 }] as const;
  const roles = [
    ...made.roles.values(),
    fakeRole("own"),
    fakeRole("team", { comment: MARK }),
    fakeRole("ann", { comment: MARK, login: true }),
  ];
  const inside = (name: string) => ({
    name,
    schemas: new Map([["s", { name: "s", owner: "own", acl: open(8) }]]),
    groups: [tables(["t"], acl(...(reads ? [row("team", "own", ["select"])] : [])))],
    defaultAcls: [],
  });
  return {
    ...made,
    roles: new Map(roles.filter(({ name }) => name !== "ro").map((role) => [role.name, role])),
    memberships: [member("rds_iam", "ann", { grantor: "access_admin" }), member("team", "ann", { grantor: "access_admin" })],
    databases: new Map(["demo", "depot"].map((name) => [name, { name, owner: "own", acl: open(10) }])),
    inspected: new Map(["demo", "depot"].map((name) => [name, inside(name)])),
  };
}

const DOOR = `arn:aws:rds-db:us-east-2:${DB}:dbuser:cluster-A/ann`;
function planFrom(before: World, after: World): Plan {
  const ec2 = trustDocument({ services: ["ec2.amazonaws.com"], roles: [] });
  const callers = CALLERS.map(
    (name) => [name, ec2, before.may.includes(name) ? documentOf("sts:AssumeRole", arn(DB, "door")) : null] as const,
  );
  const trust = trustDocument({ services: [], roles: before.trusts.map((name) => arn(OPS, name)) });
  const accounts = [
    accountOf("db", DB, [["door", trust, before.door ? documentOf("rds-db:connect", DOOR) : null]]),
    accountOf("ops", OPS, callers),
  ];
  const plan = planOf(fileOf(after), worldOf([serverOf(before)], accounts));
  expect(plan.problems.filter((p) => p.severity === "error").map((p) => p.message)).toEqual([]);
  return plan;
}

/** Units in order: where, what each waits for, its phase or statements. */
const unitsOf = ({ units, steps }: Plan): string[] =>
  units.map(({ id, site, phase, after }) => {
    const sql = steps.flatMap(({ unit, run }) => (unit === id && "sql" in run ? [run.sql.replaceAll('"', "").split(" ")[0]] : []));
    const place = "database" in site ? `${site.database} ${sql.join()}` : `${site.account} ${phase}`;
    return `${id} ${place}${after.length > 0 ? ` after ${after.join()}` : ""}`;
  });
const netOf = ({ net }: Plan): string[] =>
  net.flatMap(({ who, items }) =>
    who.type === "iam" ? items.map(({ verbs, from, to }) => `${who.name} ${verbs.join()} ${from}→${to}`) : [],
  );

const OPEN: World = { may: ["one"], trusts: ["one"], door: true, reads: true };

describe("a way through two IAM roles of two accounts", () => {
  it("the caller's half is closed before the user behind the door gains anything", () => {
    expect(unitsOf(planFrom({ ...OPEN, reads: false }, { ...OPEN, may: [] }))).toEqual([
      "u1 ops close",
      "u2 demo GRANT after u1",
      "u3 depot GRANT after u1",
      "u4 ops delete after u1",
    ]);
  });

  it("the caller's half is opened after the user behind the door has lost what the caller never shall have", () => {
    expect(unitsOf(planFrom({ ...OPEN, may: [] }, { ...OPEN, reads: false }))).toEqual([
      "u1 ops prepare",
      "u2 demo REVOKE",
      "u3 depot REVOKE",
      "u4 ops open after u1,u2,u3",
      "u5 ops delete after u1,u4",
    ]);
  });

  it("one caller goes before the door opens that it never was to come through", () => {
    const plan = planFrom({ ...OPEN, door: false }, { ...OPEN, may: ["two"], trusts: ["two"] });
    const units = unitsOf(plan);
    const closing = plan.units.filter(({ phase }) => phase === "close").map(({ id }) => id);
    const opening = plan.units.filter(({ phase }) => phase === "open");
    expect(closing).toHaveLength(2);
    expect(opening).toHaveLength(2);
    for (const { after } of opening) expect(after, units.join("\n")).toEqual(expect.arrayContaining(closing));
  });

  it("the net says who comes to log in, and who no more, whichever half moves", () => {
    const grown = { ...OPEN, may: ["one", "two"], trusts: ["one", "two"] };
    expect(netOf(planFrom(OPEN, grown))).toEqual(["two login 0→3"]);
    expect(netOf(planFrom(grown, { ...grown, may: ["one"] }))).toEqual(["two login 3→0"]);
    expect(netOf(planFrom({ ...grown, may: ["one"] }, grown))).toEqual(["two login 0→3"]);
    expect(netOf(planFrom({ ...grown, trusts: ["one"] }, grown))).toEqual(["two login 0→3"]);
    // Half a way is none.
    expect(netOf(planFrom({ ...grown, trusts: ["one"] }, OPEN))).toEqual([]);
    expect(netOf(planFrom({ ...grown, may: ["one"] }, OPEN))).toEqual([]);
    expect(netOf(planFrom(OPEN, { ...OPEN, door: false })).sort()).toEqual(["door login 3→0", "one login 3→0"]);
  });

  it("each half is an effect of its own, to be approved", () => {
    expect(effects(planFrom(OPEN, { ...OPEN, may: ["one", "two"], trusts: ["one", "two"] }))).toEqual(
      expect.arrayContaining([expect.stringContaining("two"), expect.stringContaining("sts:AssumeRole")]),
    );
  });
});

describe("IAM roles of two accounts that are made together", () => {
  it("are made in the order in which their trusts name each other", () => {
    const file = fileOf(OPEN)
      .replace(/"trust":\[\{"statement":.*?\}\}\]/, '"trust":[{"role":"one"}]')
      .replace('"two":{', '"two":{"assume":["last"],')
      .replace(
        '"door":{',
        '"last":{"account":"db","trust":[{"role":"two"}]},"first":{"account":"db","trust":[{"service":"ec2.amazonaws.com"}],"assume":["two"]},"door":{',
      )
      .replace(
        '"two":{"assume":["last"],"account":"ops","trust":[{"service":"ec2.amazonaws.com"}]',
        '"two":{"assume":["last"],"account":"ops","trust":[{"role":"first"}]',
      );
    const empty = [accountOf("db", DB, []), accountOf("ops", OPS, [])];
    const plan = planOf(file, worldOf([serverOf(OPEN)], empty));
    const made = plan.steps.flatMap(({ run }) => ("action" in run && run.action === "CreateRole" ? [String(run.input["RoleName"])] : []));
    expect(made.indexOf("first")).toBeLessThan(made.indexOf("two"));
    expect(made.indexOf("two")).toBeLessThan(made.indexOf("last"));
    expect(made.indexOf("one")).toBeLessThan(made.indexOf("door"));
    // The door opens first, then what leads to it.
    const opened = plan.units.filter(({ phase }) => phase === "open").map(({ site }) => ("account" in site ? site.account : ""));
    expect(opened).toEqual(["db", "db", "ops", "ops"]);
    const order = plan.units.map(({ id }) => id);
    for (const { id, after } of plan.units) for (const before of after) expect(order.indexOf(before)).toBeLessThan(order.indexOf(id));
  });
});

describe("a way in of whoever the file does not declare", () => {
  const TAKE = { name: "take", document: documentOf("sts:AssumeRole", arn(DB, "door")) };
  const OTHER = { name: "take", document: documentOf("sts:AssumeRole", arn(DB, "doors")) };
  const userArn = `arn:aws:iam::${OPS}:user/path/eve`;
  const eve = { name: "eve", path: "/path/", arn: userArn, groups: ["dba"] };
  const inlineOf = (key: string, one = TAKE) => ({ foreign: new Map([[key, { inline: [one], attached: [] }]]) });
  const managed: AccountSnapshot["attachments"][number] = {
    principal: "group",
    name: "dba",
    policyArn: `arn:aws:iam::${OPS}:policy/one-access`,
  };

  /** The door's trust begins to name somebody; and who else is in the other account. */
  const named = (principal: string, more: Partial<AccountSnapshot>, before = OPEN): Plan => {
    const ec2 = trustDocument({ services: ["ec2.amazonaws.com"], roles: [] });
    const callers = ["one", "other"].map((name) => [name, ec2, name === "one" ? TAKE.document : null] as const);
    const trust = trustDocument({ services: [], roles: [arn(OPS, "one")] });
    const ops = accountOf("ops", OPS, callers);
    const users = new Map([["eve", eve]]);
    const accounts = [
      accountOf("db", DB, [["door", trust, documentOf("rds-db:connect", DOOR)]]),
      { ...ops, users, ...more, attachments: [...ops.attachments, ...(more.attachments ?? [])] },
    ];
    const text = fileOf({ ...OPEN, may: ["one"] }).replace(`"AWS":["${arn(OPS, "one")}"]`, `"AWS":["${arn(OPS, "one")}","${principal}"]`);
    return planOf(text, worldOf([serverOf(before)], accounts));
  };
  const ROOT = `arn:aws:iam::${OPS}:root`;
  const comes = (plan: Plan): string[] =>
    plan.net.flatMap(({ who, items }) => (who.type === "iam" && items.length > 0 ? [`${who.kind} ${who.name}`] : []));

  it.each([
    ["an IAM user's inline policy", inlineOf("user/eve"), "user eve"],
    ["a group's inline policy", inlineOf("group/dba"), "user eve"],
    ["a group's attached policy", { attachments: [managed] }, "user eve"],
    ["an IAM role's inline policy", inlineOf("role/other"), "role other"],
  ])("by %s and a trust that lets the account in: the net says so", (_, more, who) => {
    expect(comes(named(ROOT, more))).toEqual([who]);
    // Whoever the trust names must have it allowed, too: across accounts both halves count.
    expect(comes(named(userArn, more))).toEqual(who === "user eve" ? [who] : []);
  });

  it.each([
    ["of another IAM role", inlineOf("user/eve", OTHER)],
    ["of a group that the user is not in", inlineOf("group/dbb")],
    ["of nobody", {}],
    [
      "that a group denies",
      {
        foreign: new Map([
          ["user/eve", { inline: [TAKE], attached: [] }],
          ["group/dba", { inline: [{ name: "no", document: TAKE.document.replace("Allow", "Deny") }], attached: [] }],
        ]),
      },
    ],
  ])("the policy %s opens nothing", (_, more) => {
    expect(comes(named(ROOT, more))).toEqual([]);
  });
});
