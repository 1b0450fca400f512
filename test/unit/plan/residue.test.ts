import { describe, expect, it } from "vitest";
import { openOf } from "../../../src/model/net.js";
import type { Plan } from "../../../src/model/plan.js";
import { isError } from "../../../src/model/problem.js";
import type { ClusterSnapshot, MembershipRow, ObjectGroup, RoleSnapshot } from "../../../src/model/snapshot.js";
import { approvalsOf } from "../../../src/plan/approval.js";
import { approvedButStaying } from "../../../src/plan/approved-residue.js";
import { sha256 } from "../../../src/reconcile.js";
import { messageOf } from "../../../src/report/messages.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import {
  acl,
  codes,
  demoCluster,
  effects,
  emptyAccount,
  fileOf,
  iamFile,
  member,
  planOf,
  row,
  serverOf,
  sqlOf,
  tables,
  titles,
  worldOf,
} from "../../support/stage.js";

const ADMIN_OF = { admin: true, inherit: false, set: false } as const;

interface Server {
  /** Roles that carry our mark; the admin may act as them. */
  readonly ours?: readonly string[];
  readonly others?: readonly string[];
  readonly groups?: readonly ObjectGroup[];
  readonly rows?: readonly MembershipRow[];
  readonly rest?: Partial<ClusterSnapshot>;
  readonly roles?: Readonly<Record<string, Partial<RoleSnapshot>>>;
  /** The admin may act as the owner. */
  readonly actsAsOwner?: boolean;
}

/** A server whose admin is no superuser: it may act as own and as our roles, and never as a stranger. */
function server({ ours = [], others = [], groups = [], rows = [], rest = {}, roles = {}, actsAsOwner = true }: Server) {
  const memberships = [
    ...(actsAsOwner ? [member("own", "access_admin")] : []),
    ...ours.map((role) => member(role, "access_admin", ADMIN_OF)),
    ...rows,
  ];
  const made = serverOf(ours, groups, { memberships, ...rest }, ["mallory", ...others]);
  const admin = fakeRole("access_admin", { createRole: true, login: true });
  const changed = Object.entries(roles).flatMap(([name, more]) => {
    const role = made.roles.get(name);
    return role ? [[name, { ...role, ...more }] as const] : [];
  });
  return worldOf([{ ...made, roles: new Map([...made.roles, ["access_admin", admin] as const, ...changed]) }]);
}
const file = (roles: string, more = ""): string => fileOf(roles, more, "access_admin");

const staying = (plan: Plan): string[] => plan.residue.map(({ problem }) => messageOf(problem));
const statements = (plan: Plan): string[] => plan.residue.flatMap((one) => one.statements);
const errors = (plan: Plan): string[] => plan.problems.filter(isError).map(({ code }) => code);

/** mallory holds select with the grant option, and gave it to evil. */
const SHIELDED = acl(row("mallory", "own", [], ["select"]), row("evil", "mallory", ["select"]), row("evil", "own", ["insert"]));
const shielded = (more: Server = {}) => server({ ours: ["evil"], groups: [tables(["t"], SHIELDED)], ...more });

describe("of one object's differences only what cannot be done is left out", () => {
  const plan = planOf(file("{ evil: {} }"), shielded());

  it("does the rest, and says what stays, why, and what whoever may do it runs", () => {
    expect(effects(plan)).toEqual(["evil loses insert on table s.t"]);
    expect(staying(plan)).toEqual([
      "evil should lose select on table s.t in shop, but on cluster main mallory gave it, and admin access_admin may not act as that.",
    ]);
    expect(statements(plan)).toEqual(['SET ROLE "mallory"', 'REVOKE SELECT ON TABLE "s"."t" FROM "evil"']);
    expect(plan.counts).toMatchObject({ loses: 1 });
    expect(errors(plan)).toEqual([]);
  });

  it("finds just that again when all is done", () => {
    const after = planOf(file("{ evil: {} }"), shielded({ groups: [tables(["t"], SHIELDED.slice(0, 3))] }));
    expect([after.changes, after.residue]).toEqual([[], plan.residue]);
  });

  it("takes what others gave of it, though its holder keeps it", () => {
    const twice = acl(row("mallory", "own", [], ["select"]), row("evil", "mallory", ["select"]), row("evil", "own", ["select"]));
    const both = planOf(file("{ evil: {} }"), shielded({ groups: [tables(["t"], twice)] }));
    expect(effects(both)).toEqual([]);
    expect(sqlOf(both)).toContain('REVOKE SELECT ON TABLE "s"."t" FROM "evil"');
    expect(both.residue).toHaveLength(1);
  });

  it("a later table's creator is no other", () => {
    const defaults = [{ creator: "mallory", schema: "s", objects: "tables", acl: [row("evil", "mallory", ["select"])] }] as const;
    const schemas = new Map([["s", { name: "s", owner: "own", acl: [row("evil", "own", ["usage"])] }]]);
    const inspected = new Map([["shop", { name: "shop", schemas, groups: [], defaultAcls: defaults }]]);
    const plan = planOf(file("{ evil: {} }"), server({ ours: ["evil"], rest: { inspected } }));
    expect(effects(plan)).toEqual(["evil loses usage on schema s"]);
    expect(statements(plan)).toEqual(['ALTER DEFAULT PRIVILEGES FOR ROLE "mallory" IN SCHEMA "s" REVOKE SELECT ON TABLES FROM "evil"']);
  });

  it("a schema and a database behave as a table does", () => {
    const usage = [row("mallory", "own", [], ["usage"]), row("evil", "mallory", ["usage"])];
    const connect = [row("mallory", "own", [], ["connect"]), row("evil", "mallory", ["connect"])];
    const schemas = new Map([["s", { name: "s", owner: "own", acl: usage }]]);
    const inspected = new Map([
      ["shop", { name: "shop", schemas, groups: [tables(["t"], acl(row("evil", "own", ["select"])))], defaultAcls: [] }],
    ]);
    const databases = new Map([["shop", { name: "shop", owner: "own", acl: connect }]]);
    const plan = planOf(file("{ evil: {} }"), server({ ours: ["evil"], rest: { inspected, databases } }));
    expect(effects(plan)).toEqual(["evil loses select on table s.t"]);
    expect(plan.residue).toHaveLength(2);
    expect(errors(plan)).toEqual([]);
  });
});

describe("what cannot be given", () => {
  const groups = [tables(["t"], acl(), { owner: "mallory" }), tables(["u"], acl())];
  const FILE = file("{ a: { grants: { shop: { tables: { s.t: [select], s.u: [select] } } } } }");

  it("is left out alone, and the rest is done", () => {
    const plan = planOf(FILE, server({ ours: ["a"], groups }));
    expect(errors(plan)).toEqual([]);
    expect(effects(plan)).toEqual(["a gains select on table s.u"]);
    expect(staying(plan)).toEqual([
      "a should gain select on table s.t in shop, but on cluster main admin access_admin may not act as mallory, who would have to give it.",
    ]);
    expect(statements(plan)).toEqual(['GRANT SELECT ON TABLE "s"."t" TO "a"']);
    expect(plan.residue.map(({ grantor, problem }) => [grantor, problem.severity])).toEqual([["mallory", "warning"]]);
  });

  it("can be accepted, and is found again when the rest is done", () => {
    const accepted = "safety: { accept_residue: [{ who: a, on: s.t, grantor: mallory, until: 2027-03-31, reason: theirs }] }";
    const done = [tables(["t"], acl(), { owner: "mallory" }), tables(["u"], acl(row("a", "own", ["select"])))];
    const plan = planOf(
      file("{ a: { grants: { shop: { tables: { s.t: [select], s.u: [select] } } } } }", accepted),
      server({ ours: ["a"], groups: done }),
    );
    expect([plan.changes, openOf(plan.residue), plan.residue.length]).toEqual([[], [], 1]);
  });

  it("of one object what is taken goes on, where others gave it", () => {
    // a should have select and lose insert, which it has from b, whom the admin may be.
    const mixed = [row("mallory", "mallory", ["select"]), row("b", "mallory", [], ["insert"]), row("a", "b", ["insert"])];
    const usage = [row("b", "own", ["usage"]), row("mallory", "own", ["usage"])];
    const schemas = new Map([["s", { name: "s", owner: "own", acl: usage }]]);
    const inspected = new Map([["shop", { name: "shop", schemas, groups: [tables(["t"], mixed, { owner: "mallory" })], defaultAcls: [] }]]);
    const plan = planOf(
      file("{ a: { grants: { shop: { tables: { s.t: [select] } } } } }"),
      server({ ours: ["a"], others: ["b"], rows: [member("b", "access_admin")], rest: { inspected } }),
    );
    expect(effects(plan)).toEqual(["a loses insert on table s.t"]);
    expect(statements(plan)).toEqual(['GRANT SELECT ON TABLE "s"."t" TO "a"']);
    expect(errors(plan)).toEqual([]);
  });

  it("a later table's creator is no other: what comes of it waits, and what it gave stays", () => {
    const given = [row("a", "mallory", ["insert"])];
    const defaults = [{ creator: "mallory", schema: "s", objects: "tables", acl: given }] as const;
    const schemas = new Map([["s", { name: "s", owner: "own", acl: [] }]]);
    const inspected = new Map([["shop", { name: "shop", schemas, groups: [], defaultAcls: defaults }]]);
    const text = file("{ a: { grants: { shop: { tables: { s.*: [select] } } } } }").replace("creators: [own]", "creators: [mallory]");
    const plan = planOf(text, server({ ours: ["a"], rest: { inspected } }));
    expect([errors(plan), plan.changes]).toEqual([[], []]);
    expect(statements(plan)).toEqual([
      'ALTER DEFAULT PRIVILEGES FOR ROLE "mallory" IN SCHEMA "s" REVOKE INSERT ON TABLES FROM "a"',
      'ALTER DEFAULT PRIVILEGES FOR ROLE "mallory" IN SCHEMA "s" GRANT SELECT ON TABLES TO "a"',
    ]);
  });

  describe("the hint does no harm", () => {
    const hintFor = (owner: string, roles: Server["roles"] = {}, rows: Server["rows"] = [], text = FILE): string => {
      const world = server({ ours: ["a"], others: [owner, "boss", "rds_iam"], groups: [tables(["t"], acl(), { owner })], rows, roles });
      return planOf(text, world).residue[0]?.problem.hint ?? "";
    };
    const harmful = /GRANT "[^"]*" TO "access_admin"/;

    it("where the owner is a plain role: one of the two is enough", () => {
      expect(hintFor("mallory")).toBe(
        'Let a superuser, or whoever has ADMIN OPTION on it, run once: GRANT "mallory" TO "access_admin"; or let the owner hand it over: ALTER TABLE "s"."t" OWNER TO "own";',
      );
    });

    it.each([
      ["a role of RDS", "rdsadmin", {}, []],
      ["a role of PostgreSQL", "pg_monitor", {}, []],
      ["a superuser", "vendor", { vendor: { superuser: true } }, []],
      ["a role that can become a superuser", "vendor", { boss: { superuser: true } }, [member("boss", "vendor")]],
      ["a member of the admin", "vendor", {}, [member("access_admin", "vendor")]],
    ])("where the owner is %s: the grant itself, or another owner", (_, owner, roles, rows) => {
      const hint = hintFor(owner, roles, rows);
      expect(hint).not.toMatch(harmful);
      expect(hint).toBe(
        'Let the owner or a superuser run once: GRANT SELECT ON TABLE "s"."t" TO "a"; or hand it over: ALTER TABLE "s"."t" OWNER TO "own";',
      );
    });

    it("where the owner reaches rds_iam, and the admin has a password", () => {
      const rows = [member("rds_iam", "mid"), member("mid", "vendor", { inherit: false, set: false })];
      const password = FILE.replace("auth: none", "password_env: ADMIN_PASSWORD");
      expect(hintFor("vendor", {}, rows, password)).not.toMatch(harmful);
    });

    it("nor where a membership cannot be given", () => {
      const roles = "{ a: { member_of: [pg_monitor] } }";
      const plan = planOf(file(roles), server({ ours: ["a"], others: ["pg_monitor"] }));
      expect(plan.problems.map(({ code, hint }) => [code, hint])).toEqual([
        ["membership-not-grantable", 'Let a superuser run once: GRANT "pg_monitor" TO "a" WITH ADMIN FALSE, INHERIT TRUE, SET TRUE;'],
      ]);
    });
  });
});

describe("a chain of grants", () => {
  const chain = acl(row("a", "own", [], ["select"]), row("b", "a", [], ["select"]), row("c", "b", ["select"]));
  const groups = [tables(["t"], chain)];

  it("goes from its end, whatever role each statement runs as", () => {
    const plan = planOf(file("{ a: {}, b: {}, c: {} }"), server({ ours: ["a", "b", "c"], groups }));
    const acting = sqlOf(plan).filter((sql) => /^REVOKE SELECT|^SET LOCAL ROLE "/.test(sql));
    // Its owner lends what nobody holds: USAGE on the schema.
    expect(acting).toEqual([
      'SET LOCAL ROLE "own"',
      'SET LOCAL ROLE "b"',
      'REVOKE SELECT ON TABLE "s"."t" FROM "c"',
      'SET LOCAL ROLE "a"',
      'REVOKE SELECT ON TABLE "s"."t" FROM "b"',
      'SET LOCAL ROLE "own"',
      'REVOKE SELECT ON TABLE "s"."t" FROM "a"',
      'SET LOCAL ROLE "own"',
    ]);
    expect(plan.residue).toEqual([]);
  });

  it("goes from its end on each of several objects, though the same roles gave it in another order", () => {
    const turned = acl(row("b", "own", [], ["select"]), row("a", "b", [], ["select"]), row("c", "a", ["select"]));
    const plan = planOf(file("{ a: {}, b: {}, c: {} }"), server({ ours: ["a", "b", "c"], groups: [...groups, tables(["u"], turned)] }));
    const revokes = sqlOf(plan).filter((sql) => sql.startsWith("REVOKE SELECT"));
    const on = (table: string): string[] => revokes.filter((sql) => sql.includes(`"${table}"`)).map((sql) => sql.replace(/^.* FROM /, ""));
    expect([on("t"), on("u")]).toEqual([
      ['"c"', '"b"', '"a"'],
      ['"c"', '"a"', '"b"'],
    ]);
  });

  it("goes with CASCADE below where nobody can be its grantor", () => {
    // b is a stranger to the admin: nobody gave it ADMIN OPTION.
    const world = server({ ours: ["a", "c"], others: ["b"], groups });
    const plan = planOf(file("{ a: {}, b: {}, c: {} }"), world);
    expect(sqlOf(plan)).toContain('REVOKE SELECT ON TABLE "s"."t" FROM "b" CASCADE');
    expect(sqlOf(plan).filter((sql) => sql.includes('FROM "c"'))).toEqual([]);
    expect(effects(plan)).toContain("c loses select on table s.t");
    expect(plan.residue).toEqual([]);
  });

  it("stays where what hangs on it would go and could not be given back", () => {
    const kept = acl(row("a", "own", [], ["select"]), row("b", "a", [], ["select"]), row("v", "b", ["select"]));
    const plan = planOf(
      file("{ b: {} }"),
      server({ ours: ["a", "b"], others: ["v"], groups: [tables(["t"], kept)], actsAsOwner: false, rest: {} }),
    );
    expect(sqlOf(plan).filter((sql) => sql.startsWith("REVOKE SELECT"))).toEqual([]);
    expect(plan.residue.map(({ grantor }) => grantor)).toContain("a");
  });
});

describe("memberships that a stranger passed on (16 and later)", () => {
  /** postgres → a → b → c, each with ADMIN OPTION but the last. */
  const chain = (group: string) => [
    member(group, "a", { admin: true }),
    member(group, "b", { admin: true, grantor: "a" }),
    member(group, "c", { grantor: "b" }),
  ];
  const asSuperuser = (roles: string, rows: readonly MembershipRow[], others: readonly string[]) =>
    planOf(fileOf(roles), worldOf([serverOf(["g"], [], { memberships: rows }, others)]));

  it("go from the end", () => {
    const plan = asSuperuser("{ g: {} }", chain("g"), ["a", "b", "c"]);
    expect(sqlOf(plan)).toEqual([
      'REVOKE "g" FROM "c" GRANTED BY "b"',
      'REVOKE "g" FROM "b" GRANTED BY "a"',
      'REVOKE "g" FROM "a" GRANTED BY "postgres"',
    ]);
    expect(plan.problems).toEqual([]);
  });

  it("go with CASCADE where nobody can be the grantor, and what should stay is given again", () => {
    // The admin gave g to a; b and c have it from strangers, and c is declared.
    const rows = [
      member("g", "a", { admin: true, grantor: "access_admin" }),
      member("g", "b", { admin: true, grantor: "a" }),
      member("g", "c", { grantor: "b" }),
    ];
    const plan = planOf(file("{ g: {}, c: { member_of: [g] } }"), server({ ours: ["g", "c"], others: ["a", "b"], rows }));
    expect(sqlOf(plan)).toEqual([
      'REVOKE "g" FROM "a" GRANTED BY "access_admin" CASCADE',
      'GRANT "g" TO "c" WITH ADMIN FALSE, INHERIT TRUE, SET TRUE',
    ]);
    expect([plan.problems, plan.residue]).toEqual([[], []]);
  });

  it("stay where the upper one stays", () => {
    const plan = planOf(file("{ g: {} }"), server({ ours: ["g"], others: ["a", "b", "c"], rows: chain("g") }));
    expect(sqlOf(plan)).toEqual([]);
    expect(plan.residue.map(({ grantor }) => grantor).sort()).toEqual(["a", "b", "postgres"]);
    expect(statements(plan)).toContain('REVOKE "g" FROM "a" GRANTED BY "postgres" CASCADE');
  });

  it("a redundant row has no dependents", () => {
    const rows = [
      member("g", "a", { admin: true }),
      member("g", "a", { admin: true, grantor: "z" }),
      member("g", "z", { admin: true }),
      member("g", "c", { grantor: "a" }),
    ];
    const roles = "{ g: {}, a: { member_of: [{ role: g, admin: true }] }, c: { member_of: [g] } }";
    const plan = planOf(fileOf(roles), worldOf([serverOf(["g", "a", "c"], [], { memberships: rows }, ["z"])]));
    expect(codes(plan)).toEqual([]);
    expect(effects(plan)).toEqual(["z loses membership, admin option in role g"]);
    expect(sqlOf(plan).filter((sql) => sql.includes('TO "c"'))).toEqual([]);
  });

  it("what would go with it and cannot be given back keeps it", () => {
    // The admin itself has ADMIN OPTION from a.
    const rows = [member("g", "a", { admin: true, grantor: "postgres" }), member("g", "access_admin", { admin: true, grantor: "a" })];
    const world = server({ ours: ["a"], others: ["g"], rows, roles: { postgres: {} }, rest: {} });
    const plan = planOf(file("{ a: {} }"), world);
    expect(sqlOf(plan)).toEqual([]);
    expect(plan.residue).toHaveLength(1);
  });
});

describe("a leaver", () => {
  const leaver = (more: Server = {}) =>
    server({
      ours: ["evil", "team"],
      groups: [tables(["t", "u"], SHIELDED)],
      rows: [member("team", "evil", { grantor: "access_admin" })],
      roles: { evil: { login: true } },
      rest: { dependencies: [{ role: "evil", database: "shop", catalog: "pg_class", type: "acl", count: 2 }] },
      ...more,
    });

  it("loses LOGIN, memberships and all that can be taken; the drop waits", () => {
    const plan = planOf(file("{ team: {} }"), leaver());
    expect(errors(plan)).toEqual([]);
    expect(titles(plan)).toContain("update role evil");
    expect(effects(plan)).toEqual(
      expect.arrayContaining([
        "evil loses login to cluster main",
        "evil loses membership in role team",
        "evil loses insert on table s.t",
        "evil loses insert on table s.u",
      ]),
    );
    expect(sqlOf(plan)).toContain('ALTER ROLE "evil" NOLOGIN');
    expect(sqlOf(plan).join()).not.toContain("DROP ROLE");
    expect(plan.residue.map(({ problem }) => problem.code)).toEqual(["cannot-drop", "cannot-revoke", "cannot-revoke"]);
  });

  it("whom a stranger took from the admin keeps nothing else", () => {
    const rows = [member("team", "evil", { grantor: "access_admin" }), member("team", "access_admin", ADMIN_OF)];
    const made = server({
      groups: [tables(["t"], acl(row("evil", "own", ["insert"])))],
      ours: [],
      others: ["x"],
      rows,
      rest: {},
    });
    const cluster = made.clusters.get("main");
    if (!cluster) throw new Error("no cluster");
    const marked = ["evil", "team"].map(
      (name) => [name, fakeRole(name, { login: name === "evil", comment: "[pgaccord:acme/access/main]" })] as const,
    );
    const plan = planOf(file("{ team: {} }"), worldOf([{ ...cluster, roles: new Map([...cluster.roles, ...marked]) }]));
    expect(errors(plan)).toEqual([]);
    expect(effects(plan)).toEqual(["evil loses membership in role team", "evil loses insert on table s.t"]);
    expect(staying(plan)).toEqual([
      "evil should lose login to cluster main, but on cluster main somebody else made evil, and admin access_admin may not change it.",
    ]);
  });

  it("who passed a membership on that goes in the same plan can be dropped", () => {
    const rows = [member("team", "evil", { admin: true, grantor: "access_admin" }), member("team", "x", { grantor: "evil" })];
    const dependencies = [{ role: "evil", database: null, catalog: "pg_auth_members", type: "acl", count: 1 }] as const;
    const plan = planOf(file("{ team: {} }"), server({ ours: ["evil", "team"], others: ["x"], rows, rest: { dependencies } }));
    expect([plan.problems, plan.residue]).toEqual([[], []]);
    expect(sqlOf(plan)).toContain('DROP ROLE "evil"');
  });
});

describe("whoever joins a role that keeps too much", () => {
  const roles = "{ evil: {}, new: { member_of: [evil] } }";

  it("is left out until that is taken", () => {
    const plan = planOf(file(roles), shielded({ ours: ["evil", "new"] }));
    expect(effects(plan)).toEqual(["evil loses insert on table s.t"]);
    expect(staying(plan)).toContain(
      "new should gain membership in role evil, but on cluster main evil keeps what it should lose, and new would get that through evil.",
    );
  });

  it("is let in when it had that before", () => {
    const before = [member("evil", "old", { grantor: "access_admin" }), member("old", "new", { grantor: "access_admin" })];
    const more = "{ evil: {}, old: { member_of: [evil] }, new: { member_of: [old, evil] } }";
    const plan = planOf(file(more), shielded({ ours: ["evil", "new", "old"], rows: before }));
    expect(effects(plan)).toContain("new gains membership in role evil");
  });

  it("is let in once that is accepted", () => {
    const accepted = "safety: { accept_residue: [{ who: evil, on: s.t, until: 2027-03-31, reason: vendor schema }] }";
    const plan = planOf(file(roles, accepted), shielded({ ours: ["evil", "new"] }));
    expect(effects(plan)).toContain("new gains membership in role evil");
  });

  it("through a new door waits, and no other door does", () => {
    const cluster = demoCluster();
    const groups = [tables(["t"], acl(row("mallory", "own", [], ["select"]), row("ro", "mallory", ["select"])))];
    const schemas = new Map([["s", { name: "s", owner: "own", acl: [] }]]);
    const roles = [fakeRole("access_admin", { createRole: true, login: true }), fakeRole("mallory"), fakeRole("own")];
    const other = fakeRole("other", { login: true, comment: "[pgaccord:acme/access/demo]" });
    const world = worldOf(
      [
        {
          ...cluster,
          roles: new Map([...cluster.roles, ...[...roles, other].map((role) => [role.name, role] as const)]),
          memberships: ["ro", "other"].flatMap((user) => [
            member("rds_iam", user, { grantor: "access_admin" }),
            member(user, "access_admin", { ...ADMIN_OF, grantor: "rdsadmin" }),
          ]),
          inspected: new Map([["demo", { name: "demo", schemas, groups, defaultAcls: [] }]]),
        },
      ],
      [emptyAccount()],
    );
    const app =
      "{ app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }, { user: other, clusters: [demo] }] } }";
    const plan = planOf(iamFile(app).replace("users: {", "users: { other: { login: iam },"), world);
    expect(effects(plan).filter((text) => text.includes("rds-db:connect"))).toEqual([
      "IAM policy app-access gains rds-db:connect as user other of cluster demo",
    ]);
    expect(staying(plan)).toContain(
      "IAM policy app-access should gain rds-db:connect as user ro of cluster-A in us-east-2, but on cluster demo ro keeps what it should lose, and whoever comes through the door would get that as ro.",
    );
    expect(errors(plan)).toEqual([]);
  });

  it("by logging in is left out, too", () => {
    const plan = planOf(file("{}", "users: { evil: {} }"), shielded());
    expect(effects(plan)).toEqual(["evil loses insert on table s.t"]);
    expect(codes(plan)).toEqual(["would-pass-on", "cannot-revoke"]);
  });
});

describe("safety.accept_residue", () => {
  const accepting = (entry: string) => `safety: { accept_residue: [{ ${entry}, reason: vendor schema }] }`;
  const on = (entry: string, world = shielded()) => planOf(file("{ evil: {} }", accepting(entry)), world);

  it("makes a note of what is accepted", () => {
    const plan = on("who: evil, on: s.t, grantor: mallory, until: 2027-03-31");
    expect(plan.problems).toEqual([]);
    expect(plan.residue.map(({ accepted }) => accepted)).toEqual([{ until: "2027-03-31", reason: "vendor schema" }]);
  });

  it.each([
    ["another grantor", "who: evil, on: s.t, grantor: own, until: 2027-03-31"],
    ["another object", "who: evil, on: s.u, until: 2027-03-31"],
    ["another holder", "who: mallory, on: s.t, until: 2027-03-31"],
  ])("fits not %s, and says that nothing fits", (_, entry) => {
    const plan = on(entry);
    expect(openOf(plan.residue)).toHaveLength(1);
    expect(codes(plan).sort()).toEqual(["cannot-revoke", "nothing-to-accept"]);
  });

  it("holds until the end of its day, and says when it ended", () => {
    expect(on("who: evil, on: s.t, until: 2026-12-01").problems).toEqual([]);
    const ended = on("who: evil, on: s.t, until: 2026-11-30");
    expect(openOf(ended.residue)).toHaveLength(1);
    expect(ended.problems.map(messageOf)).toEqual([expect.stringContaining("It was accepted until 2026-11-30.")]);
  });

  it("names a schema, and the role of a membership", () => {
    const usage = [row("mallory", "own", [], ["usage"]), row("evil", "mallory", ["usage"])];
    const schemas = new Map([["s", { name: "s", owner: "own", acl: usage }]]);
    const inspected = new Map([["shop", { name: "shop", schemas, groups: [], defaultAcls: [] }]]);
    const schema = server({ ours: ["evil"], rest: { inspected } });
    expect(openOf(on("who: evil, on: schema s, until: 2027-03-31", schema).residue)).toEqual([]);
    const joined = server({ ours: ["evil"], others: ["v"], rows: [member("evil", "v")] });
    expect(openOf(on("who: v, on: evil, grantor: postgres, until: 2027-03-31", joined).residue)).toEqual([]);
  });

  it("of all that holds a role back lets it wait", () => {
    const world = server({ ours: ["evil"], groups: [tables(["t"], SHIELDED)], roles: { evil: { login: true } } });
    const plan = planOf(file("{}", accepting("who: evil, on: s.t, until: 2027-03-31")), world);
    expect(plan.residue.map(({ problem, accepted }) => [problem.code, accepted !== null])).toEqual([
      ["cannot-drop", true],
      ["cannot-revoke", true],
    ]);
  });
});

describe("a loss that was approved", () => {
  it("and cannot be done is told from one that nobody was shown", () => {
    const easy = planOf(file("{ evil: {} }"), server({ ours: ["evil"], groups: [tables(["t"], acl(row("evil", "own", ["select"])))] }));
    const approved = new Set(approvalsOf(easy, sha256).map(({ id }) => id));
    const plan = planOf(file("{ evil: {} }"), shielded());
    expect(approvedButStaying(plan, approved, sha256)).toHaveLength(1);
    expect(approvedButStaying(plan, new Set(approvalsOf(plan, sha256).map(({ id }) => id)), sha256)).toEqual([]);
  });
});

describe("what a holder passed on while it was a member of the owner", () => {
  it("goes with CASCADE, and is given back, where the same plan ends that membership first", () => {
    const held = acl(row("etl", "own", [], ["delete"]), row("ana", "etl", ["delete"]));
    const server = serverOf(["etl"], [tables(["t"], held)], { memberships: [member("own", "etl")] }, ["ana"]);
    const plan = planOf(fileOf("{ etl: {} }"), worldOf([server]));
    const sql = sqlOf(plan).map((text) => text.replaceAll('"', ""));
    expect(sql.slice(0, 3)).toEqual([
      "REVOKE own FROM etl GRANTED BY postgres",
      "REVOKE DELETE ON TABLE s.t FROM etl CASCADE",
      "GRANT DELETE ON TABLE s.t TO ana",
    ]);
  });
});
