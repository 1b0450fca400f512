import { describe, expect, it } from "vitest";
import { factsOf } from "../../../src/facts/facts.js";
import { THINGS } from "../../../src/kinds/things.js";
import type { Acl, Grantee } from "../../../src/model/acl.js";
import { type Cell, objectOf } from "../../../src/model/cell.js";
import { keyOf } from "../../../src/model/key.js";
import type { Operation } from "../../../src/model/operation.js";
import type { Plan } from "../../../src/model/plan.js";
import { privilegeSet } from "../../../src/model/privileges.js";
import { isError } from "../../../src/model/problem.js";
import type { ClusterSnapshot, MembershipRow, ObjectGroup, RoleSnapshot } from "../../../src/model/snapshot.js";
import { sqlSteps } from "../../../src/plan/batch.js";
import { draftOf } from "../../../src/plan/draft.js";
import { usageAtStake } from "../../../src/plan/usage.js";
import { isLendingGuard } from "../../../src/privileges/run-as.js";
import { messageOf } from "../../../src/report/messages.js";
import { renderText } from "../../../src/report/text.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import {
  acl,
  codes,
  effects,
  fileOf,
  MARK,
  member,
  parse,
  planOf,
  row,
  serverOf,
  sqlOf,
  tables,
  titles,
  worldOf,
} from "../../support/stage.js";

interface Server {
  readonly ours?: readonly string[];
  readonly others?: readonly string[];
  readonly groups?: readonly ObjectGroup[];
  readonly schema?: Acl;
  readonly schemaOwner?: string;
  readonly rows?: readonly MembershipRow[];
  readonly roles?: Readonly<Record<string, Partial<RoleSnapshot>>>;
  readonly rest?: Partial<ClusterSnapshot>;
}

/** A server with the schema s; beside the superuser stands the admin access_admin, which may act as those of which it is a member. */
function server({ ours = [], others = [], groups = [], schema = [], schemaOwner = "own", rows = [], roles = {}, rest = {} }: Server) {
  const schemas = new Map([["s", { name: "s", owner: schemaOwner, acl: schema }]]);
  const inspected = new Map([["shop", { name: "shop", schemas, groups, defaultAcls: [] }]]);
  const made = serverOf(ours, groups, { memberships: rows, inspected, ...rest }, ["access_admin", ...others]);
  const admin = fakeRole("access_admin", { createRole: true, login: true });
  const changed = Object.entries(roles).map(([name, more]) => [name, { ...fakeRole(name), ...made.roles.get(name), ...more }] as const);
  return worldOf([{ ...made, roles: new Map([...made.roles, ["access_admin", admin] as const, ...changed]) }]);
}
const limited = (roles: string, more = ""): string => fileOf(roles, more, "access_admin");
const errors = (plan: Plan): string[] => plan.problems.filter(isError).map(({ code }) => code);
const guards = (plan: Plan): string[] => sqlOf(plan).filter(isLendingGuard);
const plain = (plan: Plan): string[] =>
  sqlOf(plan)
    .filter((text) => !isLendingGuard(text))
    .map((text) => text.replaceAll('"', ""));

const PASSED_ON = acl(row("go", "own", [], ["select"]), row("leaver", "go", ["select"]));
const OWNS = row("own", "own", ["usage", "create"]);
const GO_IN = row("go", "own", ["usage"]);

describe("USAGE of whoever acts", () => {
  const NOTHING = fileOf("{ go: {}, leaver: {} }");
  const of = (schema: Acl, more: Server = {}) => server({ ours: ["go", "leaver"], groups: [tables(["t"], PASSED_ON)], schema, ...more });

  it("is lent around what needs it, as the schema's owner", () => {
    expect(plain(planOf(NOTHING, of([OWNS])))).toEqual([
      "GRANT USAGE ON SCHEMA s TO go",
      "SET LOCAL ROLE go",
      "REVOKE SELECT ON TABLE s.t FROM leaver",
      "SET LOCAL ROLE NONE",
      "REVOKE SELECT ON TABLE s.t FROM go",
      "REVOKE USAGE ON SCHEMA s FROM go",
    ]);
  });

  it("is lent only while nobody has given it meanwhile: that is asked before, and only then", () => {
    const sql = sqlOf(planOf(NOTHING, of([OWNS])));
    const [guard = ""] = guards(planOf(NOTHING, of([OWNS])));
    expect(guard).toMatch(/n\.nspname = 's' AND a\.privilege_type = 'USAGE' AND pg_catalog\.pg_get_userbyid\(a\.grantee\) IN \('go'\)$/);
    expect(sql.slice(0, 2)).toEqual([guard, 'GRANT USAGE ON SCHEMA "s" TO "go"']);
    expect(guards(planOf(NOTHING, of([OWNS, GO_IN])))).toEqual([]);
  });

  it("is not lent where it stays", () => {
    const stranger = row("x", "own", ["usage"]);
    const kept = [OWNS, row("x", "own", ["usage"]), GO_IN];
    const member_of = fileOf("{ go: { grants: { shop: { schemas: { s: [usage] } } } }, leaver: {} }");
    expect(plain(planOf(member_of, of(kept))).filter((text) => text.includes("USAGE"))).toEqual([]);
    const everybody = [OWNS, { ...stranger, grantee: "PUBLIC" as const }];
    expect(plain(planOf(NOTHING, of(everybody))).filter((text) => text.includes("USAGE"))).toEqual([]);
    const both = [...everybody, GO_IN];
    expect(plain(planOf(NOTHING, of(both))).filter((text) => text.includes("USAGE"))).toEqual(["REVOKE USAGE ON SCHEMA s FROM go"]);
  });

  it("that the same transaction takes is taken last", () => {
    const sql = plain(planOf(NOTHING, of([OWNS, GO_IN])));
    expect(sql.filter((text) => text.includes("USAGE"))).toEqual(["REVOKE USAGE ON SCHEMA s FROM go"]);
    expect(sql.at(-1)).toBe("REVOKE USAGE ON SCHEMA s FROM go");
  });

  it("that the same transaction gives is lent and taken back before", () => {
    const gives = fileOf("{ go: { grants: { shop: { schemas: { s: [usage, create] } } } }, leaver: {} }");
    const sql = plain(planOf(gives, of([OWNS])));
    expect(sql.filter((text) => text.includes("USAGE"))).toEqual([
      "GRANT USAGE ON SCHEMA s TO go",
      "REVOKE USAGE ON SCHEMA s FROM go",
      "GRANT USAGE, CREATE ON SCHEMA s TO go",
    ]);
  });

  it("that another transaction takes is taken after all that needs it", () => {
    const names = Array.from({ length: 1200 }, (_, i) => `t${i}`);
    const plan = planOf(NOTHING, of([OWNS, GO_IN], { groups: [tables(names, PASSED_ON)] }));
    const unitsWith = (part: string): string[] => [
      ...new Set(plan.steps.filter(({ run }) => "sql" in run && run.sql.includes(part)).map(({ unit }) => unit)),
    ];
    const acts = unitsWith('SET LOCAL ROLE "go"');
    const [takes = ""] = unitsWith('REVOKE USAGE ON SCHEMA "s"');
    expect(acts.length).toBeGreaterThan(2);
    const others = acts.filter((unit) => unit !== takes);
    expect(plan.units.find(({ id }) => id === takes)?.after).toEqual(expect.arrayContaining(others));
    expect(errors(plan)).toEqual([]);
    expect(sqlOf(plan).filter((text) => text.startsWith("GRANT USAGE"))).toEqual([]);
  });

  it("that comes by a membership is lent where the plan ends that, or makes it inherit nothing", () => {
    const by = (roles: string): string[] => {
      const rows = [member("inside", "go")];
      const world = of([OWNS, row("inside", "own", ["usage"])], { ours: ["go", "leaver", "inside"], rows });
      return plain(planOf(fileOf(roles), world)).filter((text) => text.startsWith("GRANT USAGE"));
    };
    const inside = "inside: { grants: { shop: { schemas: { s: [usage] } } } }, leaver: {}";
    expect(by(`{ ${inside}, go: { member_of: [inside] } }`)).toEqual([]);
    expect(by(`{ ${inside}, go: {} }`)).toEqual(["GRANT USAGE ON SCHEMA s TO go"]);
    expect(by(`{ ${inside}, go: { member_of: [{ role: inside, inherit: false }] } }`)).toEqual(["GRANT USAGE ON SCHEMA s TO go"]);
  });

  it("of PostgreSQL's roles that read and write all is enough", () => {
    const rows = [member("pg_read_all_data", "go")];
    const keeps = fileOf("{ go: { member_of: [pg_read_all_data] }, leaver: {} }");
    expect(plain(planOf(keeps, of([OWNS], { rows, others: ["pg_read_all_data"] }))).filter((text) => text.includes("USAGE"))).toEqual([]);
  });

  it("is lent by a holder of the grant option where the owner is out of reach, and is missing where nobody is", () => {
    const rows = [member("own", "access_admin"), member("helper", "access_admin")];
    const file = limited("{ a: { grants: { shop: { tables: { s.t: [select] } } } } }");
    const at = (schema: Acl) =>
      server({ ours: ["a"], others: ["boss", "helper"], groups: [tables(["t"], acl())], schema, schemaOwner: "boss", rows });
    const boss = row("boss", "boss", ["usage", "create"]);
    expect(plain(planOf(file, at([boss, row("helper", "boss", [], ["usage"])])))).toEqual([
      "SET LOCAL ROLE helper",
      "GRANT USAGE ON SCHEMA s TO own",
      "SET LOCAL ROLE NONE",
      "SET LOCAL ROLE own",
      "GRANT SELECT ON TABLE s.t TO a",
      "SET LOCAL ROLE NONE",
      "SET LOCAL ROLE helper",
      "REVOKE USAGE ON SCHEMA s FROM own",
      "SET LOCAL ROLE NONE",
    ]);
    const plan = planOf(file, at([boss]));
    expect([plan.changes, plan.residue.map(({ problem }) => [problem.code, messageOf(problem), problem.hint])]).toEqual([
      [],
      [
        [
          "lacks-usage",
          "a should gain select on table s.t in shop, but on cluster main own has no USAGE on schema s to act there, and admin access_admin may not give it.",
          'Let a superuser run once: GRANT SELECT ON TABLE "s"."t" TO "a";',
        ],
      ],
    ]);
  });

  it("is lent as a role that the admin can be for the moment alone", () => {
    const rows = ["own", "keeper"].map((role) => member(role, "access_admin", { admin: true, inherit: false, set: false }));
    const world = server({ ours: ["a"], others: ["keeper"], groups: [tables(["t"], acl())], schemaOwner: "keeper", rows });
    const sql = plain(planOf(limited("{ a: { grants: { shop: { tables: { s.t: [select] } } } } }"), world));
    expect(sql.slice(0, 4)).toEqual([
      "GRANT keeper TO access_admin WITH INHERIT TRUE, SET TRUE",
      "GRANT own TO access_admin WITH INHERIT TRUE, SET TRUE",
      "SET LOCAL ROLE keeper",
      "GRANT USAGE ON SCHEMA s TO own",
    ]);
    expect(sql.slice(-2)).toEqual(["REVOKE keeper FROM access_admin", "REVOKE own FROM access_admin"]);
  });

  it("that PUBLIC has, and the plan takes, is at stake like any other", () => {
    const everybody = [OWNS, { ...row("x", "own", ["usage"]), grantee: "PUBLIC" as const }];
    const declared = parse(NOTHING);
    const facts = factsOf({ declared, snapshot: of(everybody), things: THINGS, keepOrphans: false });
    const cluster = facts.clusters.get("main");
    const [table, schema] = ["table", "schema"].map((type) => cluster?.cells.find((cell) => cell.type === type));
    if (!cluster || !table || !schema) throw new Error("no such cell");
    const base = { change: keyOf("pg.role", { cluster: "main", role: "x" }), phase: "change", rank: 0, type: "revoke" } as const;
    const site = { cluster: "main", database: "shop" };
    const revoke = (cell: Cell, as: string | null, from: Grantee, privileges: number): Operation => {
      const args = { on: objectOf(cell, cell.objects[0] ?? { name: "" }), cell, grantor: as ?? "own", privileges, from: [from] };
      return { ...base, site, as, args: { ...args, optionOnly: false, cascade: false } };
    };
    const act = revoke(table, "go", { role: "leaver" }, privilegeSet(["select"]));
    const take = revoke(schema, null, "PUBLIC", privilegeSet(["usage"]));
    expect(usageAtStake([act], cluster, THINGS)).toEqual([]);
    expect(usageAtStake([act, take], cluster, THINGS)).toEqual([
      { schema: "s", actor: "go", lender: undefined, acts: [act], moves: [take] },
    ]);
    const { operations, ...draft } = draftOf("change", site, [take, act]);
    const sql = sqlSteps({ ...draft, operations }, cluster, THINGS).map(({ run }) => ("sql" in run ? run.sql : ""));
    expect(sql.at(-1)).toBe('REVOKE USAGE ON SCHEMA "s" FROM PUBLIC');
  });

  it("that nobody can lend to a grantor leaves what it gave, and nobody gets that by the same plan", () => {
    const rows = [member("own", "access_admin"), member("go", "access_admin")];
    const world = server({
      ours: ["leaver", "new"],
      others: ["boss", "go"],
      groups: [tables(["t"], acl(row("go", "own", [], ["select"]), row("leaver", "go", ["select"]), row("leaver", "own", ["insert"])))],
      schema: [row("boss", "boss", ["usage", "create"]), row("own", "boss", ["usage"])],
      schemaOwner: "boss",
      rows: [...rows, ...["leaver", "new"].map((role) => member(role, "access_admin", { admin: true, inherit: false, set: false }))],
    });
    const plan = planOf(limited("{ leaver: {}, new: { member_of: [leaver] } }"), world);
    expect([errors(plan), effects(plan)]).toEqual([[], ["leaver loses insert on table s.t"]]);
    expect(codes(plan)).toEqual(expect.arrayContaining(["lacks-usage", "would-pass-on"]));
    expect(plan.residue.find(({ problem }) => problem.code === "lacks-usage")?.statements).toEqual([
      'GRANT USAGE ON SCHEMA "s" TO "go"',
      'SET ROLE "go"',
      'REVOKE SELECT ON TABLE "s"."t" FROM "leaver"',
      "RESET ROLE",
      'REVOKE USAGE ON SCHEMA "s" FROM "go"',
    ]);
  });
});

describe("USAGE on the schemas of a routine's argument types", () => {
  const FILE = '{ a: { grants: { shop: { routines: { "s.f(far.t)": [execute] }, tables: { s.t: [select] } } } } }';
  const routine: ObjectGroup = {
    ...tables([], [row("own", "own", ["execute"])], { type: "routine", objects: [{ name: "f", args: "far.t" }] }),
    typeSchemas: ["far"],
  };
  const of = (farOwner: string, far: Acl, group: ObjectGroup = routine) => {
    const world = server({
      ours: ["a"],
      others: ["boss"],
      groups: [group, tables(["t"], acl())],
      schema: [OWNS],
      rows: [member("own", "access_admin")],
    });
    const [cluster] = world.clusters.values();
    const shop = cluster?.inspected.get("shop");
    if (!cluster || !shop) throw new Error("no such server");
    const schemas = new Map([...shop.schemas, ["far", { name: "far", owner: farOwner, acl: far }] as const]);
    return worldOf([{ ...cluster, inspected: new Map([["shop", { ...shop, schemas }]]) }]);
  };
  const GIVEN = [
    "SET LOCAL ROLE own",
    "GRANT EXECUTE ON ROUTINE s.f(IN far.t) TO a",
    "GRANT SELECT ON TABLE s.t TO a",
    "SET LOCAL ROLE NONE",
  ];

  it("is lent like that on its own", () => {
    const around = (verb: string): string[] => ["SET LOCAL ROLE own", `${verb} own`, "SET LOCAL ROLE NONE"];
    expect(plain(planOf(limited(FILE), of("own", [row("own", "own", ["create"])])))).toEqual([
      ...around("GRANT USAGE ON SCHEMA far TO"),
      ...GIVEN,
      ...around("REVOKE USAGE ON SCHEMA far FROM"),
    ]);
    expect(plain(planOf(limited(FILE), of("own", [OWNS])))).toEqual(GIVEN);
  });

  it("that nobody can lend leaves just this routine as it is", () => {
    const plan = planOf(limited(FILE), of("boss", []));
    expect([errors(plan), effects(plan)]).toEqual([[], ["a gains select on table s.t"]]);
    expect(plan.residue.map(({ problem }) => messageOf(problem))).toEqual([
      "a should gain execute on routine s.f(far.t) in shop, but on cluster main own has no USAGE on schema far to act there, and admin access_admin may not give it.",
    ]);
  });

  it("is lent by the statements for a superuser, too, where a grantor lacks it", () => {
    const passedOn = [row("own", "own", ["execute"]), row("own2", "own", [], ["execute"]), row("a", "own2", ["execute"])];
    const world = of("boss", [], { ...routine, acl: passedOn });
    const [cluster] = world.clusters.values();
    if (!cluster) throw new Error("no such server");
    const roles = new Map([...cluster.roles, ["own2", fakeRole("own2")] as const]);
    const plan = planOf(
      limited("{ a: {} }"),
      worldOf([{ ...cluster, roles, memberships: [...cluster.memberships, member("own2", "access_admin")] }]),
    );
    expect(plan.residue.map(({ statements }) => statements.join("; ").replaceAll('"', ""))).toEqual([
      "GRANT USAGE ON SCHEMA s TO own2; GRANT USAGE ON SCHEMA far TO own2; SET ROLE own2; REVOKE EXECUTE ON ROUTINE s.f(IN far.t) FROM a; RESET ROLE; REVOKE USAGE ON SCHEMA s FROM own2; REVOKE USAGE ON SCHEMA far FROM own2",
    ]);
  });
});

describe("what pg_database_owner gave, where the database's owner acts for it", () => {
  const FILE = "{ leaver: {}, new: { grants: { shop: { schemas: { s: [usage, create] } } } } }";
  const DBA = "pg_database_owner";
  const given = row("leaver", DBA, ["usage", "create"]);
  const of = (schema: Acl, more: Server = {}) => {
    const ours = ["leaver", "new"];
    return server({
      ours,
      others: [DBA, "mid"],
      schema: [row(DBA, DBA, ["usage", "create"]), given, ...schema],
      schemaOwner: DBA,
      ...more,
    });
  };
  const admin = [member("own", "access_admin"), ...["leaver", "new"].map((r) => member(r, "access_admin", { admin: true, set: false }))];
  const by = (schema: Acl, rows: readonly MembershipRow[] = [], roles: Server["roles"] = {}): Plan =>
    planOf(limited(FILE), of(schema, { rows: [...admin, ...rows], roles }));
  const GRANT = "GRANT USAGE, CREATE ON SCHEMA s TO new";
  const sqlWithin = (plan: Plan): string[] => plain(plan).filter((text) => text.includes("SCHEMA"));

  it("is taken where nothing else of the owner's would count as its grantor", () => {
    expect(sqlWithin(by([]))).toEqual(["REVOKE USAGE, CREATE ON SCHEMA s FROM leaver", GRANT]);
    expect(sqlWithin(by([row("own", DBA, ["usage"])]))).toEqual(["REVOKE USAGE, CREATE ON SCHEMA s FROM leaver", GRANT]);
    expect(sqlWithin(by([row("mid", DBA, [], ["usage"])]))).toEqual(["REVOKE USAGE, CREATE ON SCHEMA s FROM leaver", GRANT]);
    const superuser = planOf(fileOf(FILE), of([row("own", DBA, [], ["usage", "create"])]));
    expect([sqlWithin(superuser), superuser.residue]).toEqual([["REVOKE USAGE, CREATE ON SCHEMA s FROM leaver", GRANT], []]);
    expect(by([row("own", DBA, [], ["usage"])], [], { own: { superuser: true } }).residue).toEqual([]);
  });

  it("stays where the owner, or a role that it inherits from, holds the option by a row of its own; what is given is given", () => {
    const plan = by([row("own", DBA, [], ["usage"])]);
    expect([errors(plan), sqlWithin(plan)]).toEqual([[], ["REVOKE CREATE ON SCHEMA s FROM leaver", GRANT]]);
    expect(plan.residue.map(({ problem, statements }) => [problem.code, messageOf(problem), statements])).toEqual([
      [
        "cannot-revoke",
        "leaver should lose usage on schema s in shop, but on cluster main pg_database_owner gave it, and a REVOKE of own, who acts for that, takes what was given by its own grant option.",
        ['REVOKE USAGE ON SCHEMA "s" FROM "leaver"'],
      ],
    ]);
    const inherited = by([row("mid", DBA, [], ["usage", "create"])], [member("mid", "own")]);
    expect([sqlWithin(inherited), codes(inherited)]).toEqual([[GRANT], ["cannot-revoke"]]);
  });

  it("stays, too, on what a role owns whose privileges the database's owner has: its REVOKE counts as that one's", () => {
    const groups = [tables(["t"], [row(DBA, "mid", [], ["select"]), row("leaver", DBA, ["select"])], { owner: "mid" })];
    const world = server({ ours: ["leaver"], others: [DBA, "mid"], groups, schema: [OWNS], rows: [member("mid", "own")] });
    const plan = planOf(fileOf("{ leaver: {} }"), world);
    expect([sqlOf(plan), plan.residue.map(({ statements }) => statements)]).toEqual([
      [],
      [[`SET ROLE "${DBA}"`, 'REVOKE SELECT ON TABLE "s"."t" FROM "leaver"', "RESET ROLE"]],
    ]);
  });
});

describe("what a column's grantor passed on", () => {
  const column = (...rows: Acl): ObjectGroup => tables([], rows, { type: "column", objects: [{ name: "a", table: "t" }] });
  const FILE = "{ go: {} }";

  it("goes before the table's REVOKE, which would take it, too, and fail; whoever keeps it gets it again", () => {
    const groups = [
      tables(["t"], acl(row("go", "own", ["insert"]))),
      column(row("go", "own", [], ["insert"]), row("etl", "go", ["insert"])),
    ];
    expect(plain(planOf(fileOf(FILE), server({ ours: ["go"], others: ["etl"], groups })))).toEqual([
      "REVOKE INSERT (a) ON TABLE s.t FROM go CASCADE",
      "REVOKE INSERT ON TABLE s.t FROM go",
      "GRANT INSERT (a) ON TABLE s.t TO etl",
    ]);
  });

  it("does so, too, where many transactions are needed", () => {
    // The last table of the first transaction: its column would be in the second.
    const names = Array.from({ length: 1200 }, (_, i) => `t${String(i).padStart(4, "0")}`);
    const ofLast = { type: "column", objects: [{ name: "a", table: "t0499" }] } as const;
    const groups = [
      tables(names, acl(row("go", "own", ["insert"]))),
      tables([], [row("go", "own", [], ["insert"]), row("etl", "go", ["insert"])], ofLast),
    ];
    const plan = planOf(fileOf(FILE), server({ ours: ["go"], others: ["etl"], groups }));
    const unitWith = (part: RegExp): string => plan.steps.find(({ run }) => "sql" in run && part.test(run.sql))?.unit ?? "";
    const [column, table] = [unitWith(/^REVOKE INSERT \("a"\)/), unitWith(/^REVOKE INSERT ON TABLE .*"t0499"/)];
    expect(column).not.toBe("");
    expect(column === table || plan.units.find(({ id }) => id === table)?.after.includes(column)).toBe(true);
    expect(errors(plan)).toEqual([]);
  });

  it("stays with the table's where it could not be given back", () => {
    // mid, whom the admin may be, gave it to go; the owner, who could give it back to etl, is out of reach.
    const table = acl(row("mid", "own", [], ["insert"]), row("go", "mid", ["insert"]), row("go", "mid", ["delete"]));
    const groups = [tables(["t"], table), column(row("go", "mid", [], ["insert"]), row("etl", "go", ["insert"]))];
    const rows = [member("mid", "access_admin"), member("go", "access_admin", { admin: true, inherit: false, set: false })];
    const world = server({ ours: ["go"], others: ["mid", "etl"], groups, rows, schema: [{ ...OWNS, grantee: "PUBLIC" }] });
    const plan = planOf(limited(FILE), world);
    expect([errors(plan), sqlOf(plan)]).toEqual([[], []]);
    expect(plan.residue.map(({ key, problem, statements }) => [key.split("/").at(-1), problem.code, statements.at(-1)])).toEqual([
      ["t", "cannot-revoke", expect.stringMatching(/^REVOKE .* ON TABLE "s"\."t" FROM "go" CASCADE$/)],
      ["a", "cannot-revoke", 'REVOKE INSERT ("a") ON TABLE "s"."t" FROM "go" CASCADE'],
    ]);
  });

  it("by the table's grant option outlives that: then its grantor cannot take it, and it is said", () => {
    const groups = [tables(["t"], acl()), column(row("go", "was", ["select"]), row("go", "own", ["insert"]))];
    const plan = planOf(fileOf(FILE), server({ ours: ["go"], others: ["was"], groups }));
    expect(effects(plan)).toEqual(["go loses insert on column s.t.a"]);
    expect(plan.residue.map(({ problem, statements }) => [messageOf(problem), statements])).toEqual([
      [
        "go should lose select on column s.t.a in shop, but on cluster main was gave it, and has no grant option any more by which to take it back.",
        ['GRANT SELECT ("a") ON TABLE "s"."t" TO "was" WITH GRANT OPTION', 'REVOKE SELECT ("a") ON TABLE "s"."t" FROM "was" CASCADE'],
      ],
    ]);
    const still = [tables(["t"], acl(row("was", "own", [], ["select"]))), ...groups.slice(1)];
    expect(planOf(fileOf(FILE), server({ ours: ["go"], others: ["was"], groups: still })).residue).toEqual([]);
  });
});

describe("an automatic ADMIN row of 16 and later", () => {
  const row16 = (who: string, made: number): MembershipRow => member("g", who, { admin: true, inherit: false, set: false, made });
  const plan = (rows: readonly MembershipRow[], creators: readonly string[]): Plan => {
    const roles = Object.fromEntries(creators.map((name) => [name, { createRole: true }]));
    return planOf(fileOf("{ g: {} }"), server({ ours: ["g"], others: ["first", "later"], rows, roles }));
  };

  it("is left alone: it is its creator's", () => {
    expect(titles(plan([row16("first", 100)], ["first"]))).toEqual([]);
  });

  it("is a real grant where another member made the role: the first row is the creator's", () => {
    expect(titles(plan([row16("later", 200), row16("first", 100)], ["first", "later"]))).toEqual(["delete membership of later in g"]);
  });

  it("is a real grant to whoever can have made no role, or gets no such row", () => {
    expect(titles(plan([row16("first", 100)], []))).toEqual(["delete membership of first in g"]);
    const superuser = server({
      ours: ["g"],
      others: ["first"],
      rows: [row16("first", 100)],
      roles: { first: { createRole: true, superuser: true } },
    });
    expect(titles(planOf(fileOf("{ g: {} }"), superuser))).toEqual(["delete membership of first in g"]);
  });

  it("that an admin cannot take is said", () => {
    const rows = [row16("access_admin", 100), row16("later", 200)];
    const made = planOf(limited("{ g: {} }"), server({ ours: ["g"], others: ["later"], rows, roles: { later: { createRole: true } } }));
    expect([made.changes, made.residue.map(({ problem, grantor }) => [problem.code, grantor])]).toEqual([
      [],
      [["cannot-revoke", "postgres"]],
    ]);
  });
});

describe("a NOINHERIT user before 16", () => {
  const world = (versionNum: number) =>
    server({
      ours: ["g"],
      others: [],
      groups: [tables(["t"], acl(row("g", "own", ["select"])))],
      schema: [OWNS, row("g", "own", ["usage"])],
      roles: { ann: { login: true, inherit: false, comment: MARK } },
      rest: {
        versionNum,
        databases: new Map([["shop", { name: "shop", owner: "own", acl: [{ ...row("x", "own", ["connect"]), grantee: "PUBLIC" }] }]]),
      },
    });
  const FILE = fileOf(
    "{ g: { grants: { shop: { schemas: { s: [usage] }, tables: { s.t: [select] } } } } }",
    "users: { ann: { member_of: [g] } }",
  ).replace("creators: [own]", "");

  it("has what its roles have only after SET ROLE, and the plan says so", () => {
    const plan = planOf(FILE, world(150010));
    expect(plan.problems.map(({ code, message, hint }) => [code, message, hint])).toContainEqual([
      "no-inherit",
      "ann on cluster main is NOINHERIT: what it has as a member of g it can use only after SET ROLE.",
      'If that is not meant, run once: ALTER ROLE "ann" INHERIT;',
    ]);
    expect(renderText(plan, { color: false, verbose: false })).toContain("ann gains select on table s.t (may, after SET ROLE; through g)");
  });

  it("from 16 on each membership says it by itself", () => {
    const plan = planOf(FILE, world(160010));
    expect(codes(plan)).not.toContain("no-inherit");
    expect(renderText(plan, { color: false, verbose: false })).toContain("ann gains select on table s.t (through g)");
  });
});

describe("what no statement could do is seen before", () => {
  const ADMIN_OF = { admin: true, inherit: false, set: false } as const;

  it("a superuser is not adopted by an admin that is none, and no hint makes the admin its member", () => {
    const roles = { root: { superuser: true } };
    const plan = planOf(limited("{ root: {} }"), server({ others: ["root"], rows: [member("root", "access_admin", ADMIN_OF)], roles }));
    expect(plan.problems.filter(isError).map(({ code, message, hint }) => [code, message, hint])).toEqual([
      [
        "role-not-administered",
        "Admin access_admin of cluster main may not change role root: it has SUPERUSER, and only a superuser changes it.",
        'Take it out of the file, or let a superuser run once: ALTER ROLE "root" NOSUPERUSER;',
      ],
    ]);
  });

  it("nor does one lose LOGIN or go", () => {
    const roles = { root: { superuser: true, login: true, comment: MARK } };
    const plan = planOf(limited("{}"), server({ rows: [member("root", "access_admin", ADMIN_OF)], roles }));
    expect([errors(plan), sqlOf(plan)]).toEqual([[], []]);
    expect(plan.residue.map(({ problem }) => [problem.code, messageOf(problem), problem.hint])).toEqual([
      [
        "role-not-administered",
        "root should lose login to cluster main, but on cluster main root has SUPERUSER, and admin access_admin may not change it.",
        'Let a superuser run once: ALTER ROLE "root" NOLOGIN; DROP ROLE "root";',
      ],
    ]);
  });

  it("up to 15 nobody else alters the LOGIN of a role with REPLICATION, either", () => {
    const roles = { repl: { replication: true, login: true, comment: MARK } };
    const at = (text: string, versionNum: number): Plan =>
      planOf(text, server({ rows: [member("repl", "access_admin", ADMIN_OF)], roles, rest: { versionNum } }));
    const group = limited("{ repl: {} }");
    expect(at(group, 150010).residue.map(({ problem }) => messageOf(problem))).toEqual([
      "repl should lose login to cluster main, but on cluster main repl has REPLICATION, and admin access_admin may not change it.",
    ]);
    expect([errors(at(group, 160010)), effects(at(group, 160010))]).toEqual([[], ["repl loses login to cluster main"]]);
    expect([errors(at(limited("{}", "users: { repl: {} }"), 150010))]).toEqual([[]]);
  });

  it("an owner that is a member of the admin cannot have it as a member: what it would give stays different", () => {
    const rows = [member("own", "access_admin", ADMIN_OF), member("access_admin", "mid"), member("mid", "own")];
    const before15 = { versionNum: 150010 };
    for (const rest of [{}, before15]) {
      const world = server({
        ours: ["a"],
        others: ["mid"],
        groups: [tables(["t"], acl())],
        rows: rest === before15 ? rows.slice(1) : rows,
        rest,
      });
      const plan = planOf(limited("{ a: { grants: { shop: { tables: { s.t: [select] } } } } }"), world);
      expect([errors(plan), sqlOf(plan), codes(plan)]).toEqual([[], [], ["cannot-act-as"]]);
    }
  });
});
