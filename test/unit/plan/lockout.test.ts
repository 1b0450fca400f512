import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import type { ClusterSnapshot, MembershipRow } from "../../../src/model/snapshot.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import { codes, demoCluster, emptyAccount, iamFile, member, planOf, tables, worldOf } from "../../support/stage.js";

const PASSWORD = "password_env: ADMIN_PASSWORD";
/** The RDS cluster demo, whose admin and reader log in with passwords. */
const fileOf = (users: string, { roles = "{}", admin = PASSWORD, reader = "auth: iam" } = {}): string =>
  iamFile("{}")
    .replace("admin: { user: access_admin, auth: iam }", `admin: { user: access_admin, ${admin} }, reader: { user: ada, ${reader} }`)
    .replace("users: { ro: { login: iam } }", `users: ${users}\nroles: ${roles}`);

/** access_admin is no superuser, as on RDS. */
function server(memberships: readonly MembershipRow[], names: readonly string[] = [], versionNum = 170010): ClusterSnapshot {
  const ours = names.map((name) => fakeRole(name, { login: true, comment: "[pgaccord:acme/access/demo]" }));
  const roles = [
    fakeRole("rdsadmin", { superuser: true }),
    fakeRole("access_admin", { login: true, createRole: true }),
    ...["rds_superuser", "rds_iam", "ada", "team"].map((name) => fakeRole(name)),
    ...ours,
  ];
  return demoCluster({
    versionNum,
    roles: new Map(roles.map((role) => [role.name, role])),
    memberships: [
      member("rds_iam", "rds_superuser", { admin: true }),
      member("rds_superuser", "access_admin"),
      ...ours.flatMap(({ name }) => member(name, "access_admin", { admin: true, inherit: false, set: false, grantor: "rdsadmin" })),
      ...memberships,
    ],
  });
}
const plan = (file: string, cluster: ClusterSnapshot): Plan => planOf(file, worldOf([cluster], [emptyAccount()]));

const sqlIn = ({ steps }: Plan, unit: string): string[] =>
  steps.flatMap(({ unit: of, run }) => (of === unit && "sql" in run ? [run.sql] : []));

/** What is proved, by whom, what undoes it; and what else gives rds_iam, in its place. */
const order = (one: Plan): unknown[] =>
  one.units.flatMap(({ id, check }) => {
    const given = sqlIn(one, id).filter((sql) => /^GRANT "(rds_iam|app|g)"/.test(sql));
    return given.map((sql) => [sql.replace(/ WITH .*/, ""), ...(check ? [check.logins.join(), ...check.undo] : [])]);
  });
const risks = ({ problems }: Plan): string[] => problems.filter(({ code }) => code === "admin-lockout-risk").map(({ message }) => message);

describe("a grant that leads an admin with a password to rds_iam is proved by another login", () => {
  it("of the first user that it creates; the others come after", () => {
    const one = plan(fileOf("{ first: { login: iam }, second: { login: iam } }"), server([]));
    expect(risks(one)).toEqual([expect.stringContaining("indirect member of rds_iam by creating first;")]);
    expect(order(one)).toEqual([['GRANT "rds_iam" TO "first"', "admin", 'REVOKE "rds_iam" FROM "first"'], ['GRANT "rds_iam" TO "second"']]);
    const [probe, rest] = one.units.filter(({ id }) => sqlIn(one, id).some((sql) => sql.includes('GRANT "rds_iam"')));
    expect(rest?.after).toContain(probe?.id);
  });

  it.each([
    ["created before, in which it has ADMIN alone", 170010],
    ["before 16, when somebody made it a member", 150010],
  ])("of a user %s", (_, versionNum) => {
    const one = plan(fileOf("{ app: { login: iam } }"), server([], ["app"], versionNum));
    expect(risks(one)).toEqual([expect.stringContaining("when app becomes a member of rds_iam;")]);
    expect(order(one)).toEqual([['GRANT "rds_iam" TO "app"', "admin", 'REVOKE "rds_iam" FROM "app"']]);
    // It logs in already: rds_iam comes after its door.
    expect(one.units.map(({ phase, check }) => [phase, check !== undefined])).toContainEqual(["join", true]);
  });

  it("of a role that it is a member of over others, whatever the options of each", () => {
    const far = [
      member("g", "team", { inherit: false, set: false }),
      member("team", "access_admin", { inherit: false, set: false, admin: true }),
      member("rds_iam", "app", { inherit: false, set: false }),
    ];
    const cluster = server(far, ["app"]);
    const without = cluster.memberships.filter((m) => !(m.role === "app" && m.member === "access_admin"));
    const roles = new Map([...cluster.roles, ["g", fakeRole("g", { comment: "[pgaccord:acme/access/demo]" })] as const]);
    const one = plan(
      fileOf("{ app: { login: iam } }", { roles: "{ g: { member_of: [app], members_allowed: ['*'] } }" }).replace(
        ", members_allowed: ['*']",
        "",
      ),
      {
        ...cluster,
        roles,
        memberships: without,
      },
    );
    expect(order(one)).toContainEqual(['GRANT "app" TO "g"', "admin", 'REVOKE "app" FROM "g"']);
  });

  it("where several must come together, each is proved", () => {
    const cluster = server([member("g", "ada")]);
    const roles = new Map([...cluster.roles, ["g", fakeRole("g", { comment: "[pgaccord:acme/access/demo]" })] as const]);
    const file = fileOf("{ app: { login: iam } }", {
      roles: "{ g: { member_of: [app] } }",
      admin: "auth: iam",
      reader: "password_env: READER_PASSWORD",
    });
    const one = plan(file, { ...cluster, roles });
    expect(risks(one)).toEqual([expect.stringContaining("Reader ada of cluster demo logs in with a password")]);
    expect(order(one)).toEqual(
      expect.arrayContaining([
        ['GRANT "app" TO "g"', "reader", 'REVOKE "app" FROM "g"'],
        ['GRANT "rds_iam" TO "app"', "reader", 'REVOKE "rds_iam" FROM "app"'],
      ]),
    );
  });

  it("the reader's too: one grant that may lock out both is proved by both", () => {
    const file = fileOf("{ app: { login: iam } }", { reader: "password_env: READER_PASSWORD" });
    const one = plan(file, server([member("app", "ada")], ["app"]));
    expect(risks(one)).toHaveLength(2);
    expect(order(one)).toEqual([['GRANT "rds_iam" TO "app"', "admin,reader", 'REVOKE "rds_iam" FROM "app"']]);
  });
});

describe("no such proof", () => {
  it.each([
    ["with tokens", fileOf("{ app: { login: iam } }", { admin: "auth: iam" }), server([])],
    [
      "of one that reaches rds_iam already",
      fileOf("{ app: { login: iam } }"),
      server([member("rds_iam", "team"), member("team", "access_admin", { inherit: false, set: false })]),
    ],
    ["before 16, of users that it only creates", fileOf("{ app: { login: iam } }"), server([], [], 150010)],
    ["of what gives no rds_iam", fileOf("{ app: {} }", { roles: "{ g: {} }" }).replace("app: {}", "app: { member_of: [g] }"), server([])],
  ])("%s", (_, file, cluster) => {
    const one = plan(file, cluster);
    expect(codes(one)).not.toContain("admin-lockout-risk");
    expect(one.units.filter(({ check }) => check)).toEqual([]);
  });
});

describe("what is granted to the admin for a moment", () => {
  it("and reaches rds_iam, is taken back in the same transaction: no login sees it", () => {
    const cluster = server([member("rds_iam", "team")], ["app"], 150010);
    const inspected = new Map([
      [
        "demo",
        {
          name: "demo",
          schemas: new Map([["s", { name: "s", owner: "team", acl: [] }]]),
          groups: [tables(["t"], [], { owner: "team" })],
          defaultAcls: [],
        },
      ],
    ]);
    const without = cluster.memberships.filter((m) => m.role !== "app");
    const one = plan(fileOf("{}", { roles: "{ app: { grants: { demo: { tables: { s.t: [select] } } } } }" }), {
      ...cluster,
      inspected,
      memberships: without,
    });
    const own = one.units.map(({ id }) => sqlIn(one, id)).filter((list) => list.some((sql) => sql.includes('"team"')));
    expect(own).toHaveLength(1);
    expect(own[0]?.[0]).toBe('GRANT "team" TO "access_admin"');
    expect(own[0]?.at(-1)).toBe('REVOKE "team" FROM "access_admin"');
  });
});
