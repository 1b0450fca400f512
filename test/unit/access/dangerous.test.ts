import { describe, expect, it } from "vitest";
import type { Acl, AclEntry } from "../../../src/model/acl.js";
import { type PrivilegeWord, privilegeSet } from "../../../src/model/privileges.js";
import type { Problem } from "../../../src/model/problem.js";
import type {
  AccountSnapshot,
  ClusterSnapshot,
  DefaultAclRow,
  IamPolicySnapshot,
  InlinePolicy,
  ObjectGroup,
} from "../../../src/model/snapshot.js";
import { renderMarkdown } from "../../../src/report/markdown.js";
import { renderText, shortText } from "../../../src/report/text.js";
import { verdictText } from "../../../src/report/verdict.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import {
  ACCOUNT_ID,
  acl,
  allow,
  DOOR_ARN,
  demoCluster,
  documentOf,
  emptyAccount,
  fileOf,
  iamFile,
  iamRole,
  MARK,
  member,
  planOf,
  policy,
  serverOf,
  TAGS,
  TRUST,
  tables,
  worldOf,
} from "../../support/stage.js";

const of = (code: string, problems: readonly Problem[]): string[] => problems.filter((p) => p.code === code).map((p) => p.message);

/** The server main with roles that carry our mark, one of them with these attributes. */
function withRole(
  name: string,
  attributes: Parameters<typeof fakeRole>[1],
  rest: Partial<ClusterSnapshot> = {},
  others: readonly string[] = [],
) {
  const server = serverOf(["analyst", "carol"], [], {}, others);
  return { ...server, roles: new Map([...server.roles, [name, fakeRole(name, attributes)]]), ...rest };
}
const FILE = fileOf("{ analyst: {} }", "users: { carol: { member_of: [analyst] } }");
const USUAL = { memberships: [member("analyst", "carol")] };
const CAROL = { login: true, comment: MARK };

describe("unmanaged-power", () => {
  it.each([
    ["SUPERUSER", { superuser: true }],
    ["BYPASSRLS", { bypassRls: true }],
    ["CREATEROLE", { createRole: true }],
    ["REPLICATION", { replication: true }],
  ])("says that a declared role has %s", (word, attributes) => {
    const plan = planOf(FILE, worldOf([withRole("carol", { ...CAROL, ...attributes }, USUAL)]));
    expect(plan.changes).toEqual([]);
    expect(of("unmanaged-power", plan.problems)).toEqual([
      `Role carol of cluster main has ${word}, which the file neither gives nor takes.`,
    ]);
    expect(plan.problems.find((p) => p.code === "unmanaged-power")?.hint).toContain(`ALTER ROLE "carol" NO${word};`);
  });

  it("is silent of the admin, the bootstrap superuser, and roles that the file does not name", () => {
    const server = withRole("boss", { superuser: true, createRole: true }, USUAL);
    const plan = planOf(FILE, worldOf([{ ...server, roles: new Map([...server.roles, ["carol", fakeRole("carol", CAROL)]]) }]));
    expect(of("unmanaged-power", plan.problems)).toEqual([]);
  });

  it("says it once for all that have the same", () => {
    const server = withRole("carol", { ...CAROL, superuser: true, bypassRls: true }, USUAL);
    const analyst = fakeRole("analyst", { comment: MARK, superuser: true, bypassRls: true });
    const plan = planOf(FILE, worldOf([{ ...server, roles: new Map([...server.roles, ["analyst", analyst]]) }]));
    expect(of("unmanaged-power", plan.problems)).toEqual([
      "Roles analyst, carol of cluster main have SUPERUSER, BYPASSRLS, which the file neither gives nor takes.",
      "Role carol of cluster main can become analyst, which has SUPERUSER, BYPASSRLS: the file neither gives nor takes that.",
    ]);
  });

  it("follows the memberships that stay, whatever their options", () => {
    const server = withRole("carol", CAROL, {}, ["boss", "mid"]);
    const roles = new Map([...server.roles, ["boss", fakeRole("boss", { superuser: true })] as const]);
    const by = (inMid: string) => [
      member("analyst", "carol"),
      member("mid", inMid, { inherit: false, set: false, admin: true }),
      member("boss", "mid"),
    ];
    // The plan takes a membership of its own roles: then it is no power that stays.
    const taken = planOf(FILE, worldOf([{ ...server, roles, memberships: by("analyst") }]));
    expect(taken.changes.map((c) => c.subject)).toEqual([{ type: "membership", role: "mid", member: "analyst" }]);
    expect(of("unmanaged-power", taken.problems)).toEqual([]);
    // Who gave it is nobody as whom the admin may act, so it stays.
    const admin = fakeRole("postgres", { login: true, createRole: true });
    const stuck = by("analyst").map((one) => ({ ...one, grantor: "boot" }));
    const weak = new Map([...roles, ["postgres", admin] as const, ["boot", fakeRole("boot", { superuser: true })] as const]);
    const stays = planOf(FILE, worldOf([{ ...server, bootstrap: "boot", roles: weak, memberships: stuck }]));
    expect(of("unmanaged-power", stays.problems)).toEqual([
      "Roles analyst, carol of cluster main can become boss, which has SUPERUSER: the file neither gives nor takes that.",
    ]);
  });

  it("knows RDS's administrator by its name", () => {
    const demo = demoCluster();
    const roles = new Map([
      ...demo.roles,
      ["rds_superuser", fakeRole("rds_superuser")] as const,
      ["access_admin", fakeRole("access_admin", { login: true })] as const,
    ]);
    const row = member("rds_superuser", "ro", { grantor: "rdsadmin" });
    const plan = planOf(iamFile("{}"), worldOf([{ ...demo, roles, memberships: [...demo.memberships, row] }], [emptyAccount()]));
    expect(of("unmanaged-power", plan.problems)).toEqual([
      "Role ro of cluster demo can become rds_superuser, which has the powers of RDS's administrator: the file neither gives nor takes that.",
    ]);
  });
});

const everybody = (...words: readonly PrivilegeWord[]): AclEntry => ({
  grantee: "PUBLIC",
  grantor: "own",
  privileges: privilegeSet(words),
  grantable: 0,
});
const plain = fileOf("{ analyst: {} }");
function shopWith(
  groups: readonly ObjectGroup[],
  schema: Acl = [],
  name = "s",
  defaultAcls: readonly DefaultAclRow[] = [],
  database: Acl = [],
) {
  return serverOf(["analyst"], groups, {
    databases: new Map([["shop", { name: "shop", owner: "own", acl: database }]]),
    inspected: new Map([["shop", { name: "shop", schemas: new Map([[name, { name, owner: "own", acl: schema }]]), groups, defaultAcls }]]),
  });
}
const publicHas = (server: ClusterSnapshot): string[] => of("public-has-it", planOf(plain, worldOf([server])).problems);

describe("public-has-it", () => {
  it("folds what PUBLIC holds into one warning per type, with counts and an example", () => {
    const names = Array.from({ length: 5000 }, (_, i) => `t${i}`);
    const groups = [tables(names, acl(everybody("select"))), tables(["b", "a"], acl(everybody("select", "insert")))];
    expect(publicHas(shopWith(groups))).toEqual([
      "PUBLIC, which is everybody, holds select on 5000 tables (s.t0 and 4999 more), select, insert on 2 tables (s.a and 1 more) of database shop of cluster main: the file neither gives nor takes that.",
    ]);
  });

  it("tells types apart", () => {
    const groups = [
      tables(["a"], acl(everybody("select"))),
      tables(["v"], acl(everybody("select")), { type: "view" }),
      tables(["q"], acl(everybody("usage")), { type: "sequence" }),
      { ...tables([], [everybody("update")], { type: "column" as const }), objects: [{ name: "price", table: "a" }] },
    ];
    expect(publicHas(shopWith(groups, [everybody("usage", "create")])).map((text) => text.slice(34).replace(/ of cluster.*/, ""))).toEqual([
      "usage, create on schema s of database shop",
      "select on table s.a of database shop",
      "select on view s.v of database shop",
      "usage on sequence s.q of database shop",
      "update on column s.a.price of database shop",
    ]);
  });

  it.each<[string, ClusterSnapshot, string[]]>([
    ["CONNECT and TEMPORARY on the database", shopWith([], [], "s", [], [everybody("connect", "temporary")]), []],
    ["CREATE on the database", shopWith([], [], "s", [], [everybody("connect", "create")]), ["create on database shop"]],
    [
      "EXECUTE on a routine",
      shopWith([{ ...tables([], [everybody("execute")]), type: "routine", objects: [{ name: "f", args: "" }] }]),
      [],
    ],
    ["USAGE on the schema public", shopWith([], [everybody("usage")], "public"), []],
    [
      "CREATE on the schema public, as before 15",
      shopWith([], [everybody("usage", "create")], "public"),
      ["create on schema public of database shop"],
    ],
    ["USAGE on another schema", shopWith([], [everybody("usage")]), ["usage on schema s of database shop"]],
    ["what an extension gave", shopWith([tables(["e"], acl(everybody("select")), { extension: true })]), []],
    ["nothing", shopWith([tables(["a"], acl())]), []],
  ])("%s", (_, server, expected) => {
    expect(publicHas(server).map((text) => text.slice(34).replace(/ of cluster.*/, ""))).toEqual(expected);
  });

  it("says what PUBLIC will hold on later objects", () => {
    const row = (objects: DefaultAclRow["objects"], schema: string | null, ...words: PrivilegeWord[]): DefaultAclRow => ({
      creator: "own",
      schema,
      objects,
      acl: [everybody(...words)],
    });
    const rows = [
      row("tables", "s", "select"),
      row("sequences", null, "usage"),
      row("routines", null, "execute"),
      row("types", null, "usage"),
    ];
    expect(publicHas(shopWith([], [], "s", rows))).toEqual([
      "PUBLIC, which is everybody, will hold select on tables that own makes in schema s, usage on sequences that own makes, in database shop of cluster main: the file neither gives nor takes that.",
    ]);
  });
});

const APP = "{ app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }] } }";
/** The account as an apply of APP leaves it, with what others hung on the role. */
function accountWith(
  inline: readonly InlinePolicy[],
  attached: readonly string[] = [],
  others: readonly (readonly [string, unknown])[] = [],
): AccountSnapshot {
  const tags = [...TAGS, { key: "pgaccord:policy", value: "app-access" }];
  const generated = policy("app-access", documentOf({ Sid: "PgaccordConnect", ...allow(DOOR_ARN) }));
  const foreign = others.map(([name, statement]) => [name, { ...policy(name, documentOf(statement))[1], tags: null }] as const);
  return emptyAccount({
    roles: new Map([iamRole("app", TRUST, "/", tags)]),
    policies: new Map<string, IamPolicySnapshot>([generated, ...foreign]),
    attachments: ["app-access", ...others.map(([name]) => name)].map((name) => ({
      principal: "role" as const,
      name: "app",
      policyArn: `arn:aws:iam::${ACCOUNT_ID}:policy/${name}`,
    })),
    foreign: new Map([["role/app", { inline, attached }]]),
  });
}
const inline = (...statements: readonly unknown[]): InlinePolicy[] => [{ name: "extra", document: documentOf(...statements) }];
const everything = { Effect: "Allow", Action: "rds-db:*", Resource: "*" };
const leaksWith = (account: AccountSnapshot): Problem[] =>
  planOf(iamFile(APP), worldOf([demoCluster()], [account])).problems.filter((p) => p.code === "leak" || p.code === "policy-not-read");
const says = (problems: readonly Problem[]): string[] => problems.map((p) => p.message);

const ADMIN_BY = (by: string): string =>
  `IAM role app of account db can log in as access_admin of cluster demo by ${by} (statement 1): the file neither gives nor takes that.`;

describe("leak", () => {
  it("is silent of what the file gives", () => {
    expect(planOf(iamFile(APP), worldOf([demoCluster()], [accountWith([])])).changes).toEqual([]);
    expect(leaksWith(accountWith(inline(allow(DOOR_ARN))))).toEqual([]);
  });

  it.each<[string, AccountSnapshot, string]>([
    ["an inline rds-db:*", accountWith(inline(everything)), "inline policy extra"],
    ["an action in other letters", accountWith(inline({ ...everything, Action: "RDS-DB:Connect" })), "inline policy extra"],
    ["*", accountWith(inline({ ...everything, Action: "*" })), "inline policy extra"],
    ["NotAction", accountWith(inline({ Effect: "Allow", NotAction: "iam:*", Resource: "*" })), "inline policy extra"],
    ["a pattern", accountWith(inline(allow("arn:aws:rds-db:*:*:dbuser:*/access_*"))), "inline policy extra"],
    ["a foreign policy of the account", accountWith([], [], [["theirs", everything]]), "policy theirs"],
    [
      "AdministratorAccess",
      accountWith([], ["arn:aws:iam::aws:policy/AdministratorAccess"]),
      "policy arn:aws:iam::aws:policy/AdministratorAccess",
    ],
    ["PowerUserAccess", accountWith([], ["arn:aws:iam::aws:policy/PowerUserAccess"]), "policy arn:aws:iam::aws:policy/PowerUserAccess"],
  ])("sees %s", (_, account, by) => {
    expect(says(leaksWith(account))).toEqual([ADMIN_BY(by)]);
  });

  it.each<[string, AccountSnapshot]>([
    ["another action", accountWith(inline({ ...everything, Action: "s3:*" }))],
    ["another cluster", accountWith(inline(allow(`arn:aws:rds-db:us-east-2:${ACCOUNT_ID}:dbuser:cluster-B/*`)))],
    ["a Deny beside it", accountWith(inline(everything, { ...everything, Effect: "Deny" }))],
    ["a Deny in another policy", accountWith(inline(everything), [], [["no", { ...everything, Effect: "Deny" }]])],
  ])("is silent of %s", (_, account) => {
    expect(leaksWith(account)).toEqual([]);
  });

  it("says that a condition decides", () => {
    const condition = { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } };
    expect(says(leaksWith(accountWith(inline({ ...everything, Condition: condition }))))).toEqual([
      "IAM role app of account db can log in, on conditions that stand there, as access_admin of cluster demo by inline policy extra (statement 1): the file neither gives nor takes that.",
    ]);
  });

  it("says which policies it could not read, of declared IAM roles alone", () => {
    const account = accountWith([], ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]);
    const foreign = new Map([
      ...account.foreign,
      ["role/other", { inline: [], attached: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }] as const,
    ]);
    expect(says(leaksWith({ ...account, foreign }))).toEqual([
      "Attached to declared IAM roles of account db, and not read: policy arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore of app. Whether they let anybody log in is not known.",
    ]);
  });
});

describe("no changes", () => {
  const server = shopWith([tables(["a"], acl(everybody("select")))]);
  const roles = new Map([...server.roles, ["analyst", fakeRole("analyst", { comment: MARK, superuser: true })] as const]);
  const plan = planOf(plain, worldOf([{ ...server, roles }]));
  const many = {
    ...plan,
    problems: [
      ...Array.from({ length: 30 }, () => ({ ...(plan.problems[0] as Problem), attention: undefined as never, code: "other" })),
      ...plan.problems,
    ],
  };

  it("is said with what is dangerous beside it, however many other problems there are", () => {
    expect(plan.changes).toEqual([]);
    for (const text of [renderText(many, { color: false, verbose: false }), renderMarkdown(many)]) {
      expect(text).toContain("No changes: the servers match the file.");
      expect(text.replace(/\\|&#\d+;|<\/?code>/g, "")).toMatch(/analyst of cluster main has SUPERUSER/);
      expect(text).toMatch(/PUBLIC, which is everybody, holds select/);
    }
  });

  it("is said with the codes where names may not stand, and by an apply on GitHub", () => {
    const beside = "Beside that: unmanaged-power, public-has-it.";
    expect(shortText(plan)).toBe(`No changes: the servers match the file. ${beside}\n`);
    expect(verdictText(plan, { type: "nothing", undone: [] }, "counts")).toContain(beside);
    expect(verdictText(plan, { type: "nothing", undone: [] }, "full")).toContain("Role analyst of cluster main has SUPERUSER");
  });
});

describe("undeclared-cluster", () => {
  const ANY = iamFile("{ app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, any_cluster: true }] } }");
  const servers = [
    { type: "cluster", id: "demo-aurora" },
    { type: "cluster", id: "payroll" },
    { type: "instance", id: "demo-aurora" },
  ] as const;
  const account = emptyAccount({ rdsServers: servers });

  it("names each that any_cluster opens and the file does not name, in a plan that makes the door, too", () => {
    expect(of("undeclared-cluster", planOf(ANY, worldOf([demoCluster()], [account])).problems)).toEqual([
      "RDS cluster payroll of account db (us-east-2) is not in the file, and any_cluster opens it, too: app as ro.",
      "RDS instance demo-aurora of account db (us-east-2) is not in the file, and any_cluster opens it, too: app as ro.",
    ]);
  });

  it("is silent where the doors name their clusters", () => {
    const named = ANY.replace("any_cluster: true", "clusters: [demo]");
    expect(of("undeclared-cluster", planOf(named, worldOf([demoCluster()], [account])).problems)).toEqual([]);
  });
});
