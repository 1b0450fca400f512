import { describe, expect, it } from "vitest";
import type { RoleSnapshot } from "../../../src/model/snapshot.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import {
  acl,
  allow,
  callsOf,
  codes,
  DOOR_ARN,
  demoCluster,
  documentOf,
  effects,
  emptyAccount,
  fileOf,
  iamFile,
  iamRole,
  member,
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

describe("a role that is dropped takes memberships with it", () => {
  const live = (who: string) =>
    worldOf([serverOf(["g"], [], { memberships: [member("g", who, { grantor: "own" })] }, ["break_glass", "v1"])]);

  it("a stranger's is shown", () => {
    expect(effects(planOf(fileOf("{}"), live("v1")))).toContain("v1 loses membership in role g");
  });

  it("that of a name in safety.protect is shown", () => {
    const plan = planOf(fileOf("{}", "safety: { protect: [break_glass] }"), live("break_glass"));
    expect(sqlOf(plan)).toContain('DROP ROLE "g"');
    expect(effects(plan)).toContain("break_glass loses membership in role g");
  });

  it("that of the reader is shown", () => {
    expect(effects(planOf(fileOf("{}"), live("access_reader")))).toContain("access_reader loses membership in role g");
  });
});

describe("a membership that a superuser gave", () => {
  const admin = {
    name: "access_admin",
    superuser: false,
    createRole: true,
    login: true,
    comment: null,
    replication: false,
    bypassRls: false,
    inherit: true,
  };
  const server = () => {
    const memberships = [
      member("g", "access_admin", { admin: true, inherit: false, set: false }),
      member("g", "v1", { grantor: "postgres" }),
    ];
    const made = serverOf(["g"], [], { memberships }, ["v1"]);
    return worldOf([{ ...made, roles: new Map<string, RoleSnapshot>([...made.roles, ["access_admin", admin]]) }]);
  };

  it("cannot be revoked while its role stays", () => {
    const plan = planOf(fileOf("{ g: {} }", "", "access_admin"), server());
    expect(codes(plan)).toContain("cannot-revoke");
    expect(effects(plan)).toEqual([]);
  });

  it("goes with its role: it is shown, and no statement of its own", () => {
    const plan = planOf(fileOf("{}", "", "access_admin"), server());
    expect(codes(plan)).not.toContain("cannot-revoke");
    expect(effects(plan)).toContain("v1 loses membership in role g");
    expect(sqlOf(plan)).toEqual([expect.stringContaining('DROP ROLE "g"')]);
  });
});

describe("IAM", () => {
  const sso = "AWSReservedSSO_dba_0123456789abcdef";
  const attached = (role: string, path: string) =>
    worldOf(
      [demoCluster()],
      [
        emptyAccount({
          roles: new Map([
            iamRole("app", TRUST, "/", [...TAGS, { key: "pgaccord:policy", value: "app-access" }]),
            iamRole(role, TRUST, path, []),
          ]),
          policies: new Map([policy("app-access", documentOf(allow(DOOR_ARN)))]),
          attachments: ["app", role].map((name) => ({
            principal: "role" as const,
            name,
            policyArn: "arn:aws:iam::111122223333:policy/app-access",
          })),
        }),
      ],
    );
  const app = "{ app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }] } }";

  it("a role that AWS keeps for itself is never touched", () => {
    const plan = planOf(iamFile(app), attached(sso, "/aws-reserved/sso.amazonaws.com/"));
    expect(callsOf(plan)).not.toContain("DetachRolePolicy");
  });

  it.each([
    ["a role that AWS keeps for itself", "AWSReservedSSO_x", "/aws-reserved/sso.amazonaws.com/", "AWS keeps it for itself"],
    ["a protected role", "break_glass", "/", "safety.protect names it"],
  ])("%s that carries our tag is not deleted, and it is said", (_, name, path, why) => {
    const roles = new Map([iamRole(name, TRUST, path, TAGS)]);
    const plan = planOf(iamFile("{}", "safety: { protect: [break_glass] }"), worldOf([demoCluster()], [emptyAccount({ roles })]));
    expect(callsOf(plan)).toEqual([]);
    expect(plan.problems.find((p) => p.code === "mark-left-alone")?.message).toContain(why);
  });

  it("a policy that is attached to a protected role is not deleted as if nothing hung on it", () => {
    const plan = planOf(iamFile("{}", "safety: { protect: [break_glass] }"), attached("break_glass", "/"));
    expect(titles(plan)).toContain("delete IAM policy app-access");
    expect(codes(plan)).toContain("iam-policy-in-use");
  });

  it("a protected role that leaves an instance profile is a matter for the guard", () => {
    const profile = { name: "p", path: "/", arn: "arn:aws:iam::111122223333:instance-profile/p", role: "break_glass", tags: TAGS };
    const snapshot = worldOf(
      [demoCluster()],
      [emptyAccount({ roles: new Map([iamRole("break_glass", TRUST, "/", [])]), instanceProfiles: new Map([["p", profile]]) })],
    );
    const plan = planOf(iamFile("{}", "safety: { protect: [break_glass] }"), snapshot);
    expect(callsOf(plan)).toContain("RemoveRoleFromInstanceProfile");
    expect(codes(plan)).toContain("protected-name");
  });
});

describe("ADMIN alone from the bootstrap superuser", () => {
  it("is seen where the member made no roles: it was given by hand", () => {
    const rows = [member("g", "v1", { admin: true, inherit: false, set: false })];
    const plan = planOf(fileOf("{ g: {} }"), worldOf([serverOf(["g"], [], { memberships: rows }, ["v1"])]));
    expect(effects(plan)).toEqual(["v1 loses membership, (inherit false), (set false), admin option in role g"]);
  });

  it("satisfies a membership that is declared so", () => {
    const rows = [member("g", "bob", { admin: true, inherit: false, set: false })];
    const plan = planOf(
      fileOf("{ g: {}, bob: { member_of: [{ role: g, admin: true, inherit: false, set: false }] } }"),
      worldOf([serverOf(["g", "bob"], [], { memberships: rows })]),
    );
    expect(effects(plan)).toEqual([]);
  });
});

describe("a grant option as a shield", () => {
  // The admin is no superuser, and may not act as the stranger mallory.
  const admin = { createRole: true, login: true };
  const server = (groups: Parameters<typeof serverOf>[1]) => {
    const made = serverOf(
      ["a", "evil"],
      groups,
      {
        memberships: [
          member("own", "access_admin"),
          ...["a", "evil"].map((r) => member(r, "access_admin", { admin: true, inherit: false, set: false })),
        ],
      },
      ["mallory"],
    );
    const role = fakeRole("access_admin", admin);
    return worldOf([{ ...made, roles: new Map([...made.roles, ["access_admin", role] as const]) }]);
  };
  const shielded = acl(row("mallory", "own", [], ["select"]), row("evil", "mallory", ["select"]), row("a", "own", ["select"]));

  it("does not keep what others hold on the same table", () => {
    const plan = planOf(fileOf("{ a: {}, evil: {} }", "", "access_admin"), server([tables(["t"], shielded)]));
    expect(codes(plan)).toContain("cannot-revoke");
    expect(effects(plan)).toContain("a loses select on table s.t");
  });

  it("does not stop the whole plan because somebody else gains there", () => {
    const plan = planOf(
      fileOf("{ a: { grants: { shop: { tables: { s.t: [select, insert] } } } }, evil: {} }", "", "access_admin"),
      server([tables(["t"], shielded)]),
    );
    expect(codes(plan)).not.toContain("cannot-act-as");
  });
});

describe("a superuser on which the admin has ADMIN OPTION", () => {
  it("is an error before anything is written: only a superuser alters one", () => {
    const made = serverOf([], [], { versionNum: 150010, memberships: [member("boss", "access_admin", { admin: true })] }, ["boss"]);
    const roles = new Map([
      ...made.roles,
      ["access_admin", fakeRole("access_admin", { login: true, createRole: true })] as const,
      ["boss", fakeRole("boss", { superuser: true })] as const,
    ]);
    const plan = planOf(fileOf("{}", "users: { boss: {} }", "access_admin"), worldOf([{ ...made, roles }]));
    expect(plan.problems.filter((p) => p.severity === "error").map((p) => p.code)).toEqual(["role-not-administered"]);
  });
});
