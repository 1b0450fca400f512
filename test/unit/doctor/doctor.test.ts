import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { awsProblem } from "../../../src/aws/problem.js";
import { diagnose, type Findings } from "../../../src/doctor/diagnose.js";
import { errorProblem, type Problem } from "../../../src/model/problem.js";
import type { ClusterSnapshot, RdsSnapshot, Snapshot } from "../../../src/model/snapshot.js";
import { planAccess } from "../../../src/reconcile.js";
import { renderDoctor, renderDoctorJson, scriptsOf } from "../../../src/report/doctor.js";
import { renderMarkdown } from "../../../src/report/markdown.js";
import { renderText } from "../../../src/report/text.js";
import { fakeAccount, fakeRole } from "../../support/fake-snapshot.js";
import { ACCOUNT_ID, acl, codes, fileOf, member, NOW, parse, planOf, row, serverOf, tables, worldOf } from "../../support/stage.js";

const rds = (rest: Partial<RdsSnapshot> = {}): RdsSnapshot => ({
  id: "demo-aurora",
  type: "cluster",
  resourceId: "cluster-A",
  endpoint: "x",
  port: 5432,
  iamAuth: true,
  masterUser: "master",
  ...rest,
});

/** One cluster of RDS, whose admin and reader log in by token. */
const rdsFile = (roles: string, users = "{}", admin = "auth: iam"): string => `version: 1
owner: acme/access
accounts: { db: { id: "${ACCOUNT_ID}", region: us-east-2, plan_role: "arn:aws:iam::${ACCOUNT_ID}:role/plan" } }
clusters:
  main:
    account: db
    rds: { cluster: demo-aurora }
    admin: { user: access_admin, ${admin} }
    reader: { user: access_reader, auth: iam }
    databases: { shop: { creators: [own] } }
defaults: { clusters: [main] }
roles: ${roles}
users: ${users}
`;

/** As RDS sets it up: master and rds_superuser are no superusers; \`made\` were made by the master. */
function fresh(made: readonly string[], rest: Partial<ClusterSnapshot> = {}): ClusterSnapshot {
  const names = ["rds_superuser", "rds_iam", "pg_monitor", "own", "stranger", ...made];
  const roles = [
    fakeRole("rdsadmin", { superuser: true }),
    fakeRole("master", { login: true, createRole: true }),
    ...names.map((name) => fakeRole(name)),
  ];
  const admin = { admin: true, inherit: false, set: false, grantor: "rdsadmin" };
  return serverOf([], [], {
    versionNum: 160010,
    bootstrap: "rdsadmin",
    rds: rds(),
    logConnections: "on",
    roles: new Map(roles.map((role) => [role.name, role])),
    memberships: [
      member("rds_superuser", "master", { grantor: "rdsadmin" }),
      member("rds_iam", "rds_superuser", { ...admin, inherit: true, set: true }),
      member("pg_monitor", "rds_superuser", { ...admin, inherit: true, set: true }),
      ...["own", ...made].map((name) => member(name, "master", admin)),
    ],
    databases: new Map(
      ["postgres", "shop"].map((name) => [
        name,
        { name, owner: "master", acl: [{ ...row("", "master", ["connect"]), grantee: "PUBLIC" }] },
      ]),
    ),
    ...rest,
  });
}
const withRoles = (cluster: ClusterSnapshot, ...more: readonly ReturnType<typeof fakeRole>[]): ClusterSnapshot => ({
  ...cluster,
  roles: new Map([...cluster.roles, ...more.map((role) => [role.name, role] as const)]),
});
const LOGINS = [fakeRole("access_admin", { login: true, createRole: true }), fakeRole("access_reader", { login: true })];
/** Admin and reader are there and log in. */
const ready = (cluster: ClusterSnapshot): ClusterSnapshot => {
  const there = withRoles(cluster, ...LOGINS);
  return { ...there, memberships: [...there.memberships, member("rds_iam", "access_admin"), member("rds_iam", "access_reader")] };
};

const world = (cluster: ClusterSnapshot): Snapshot => worldOf([cluster], [fakeAccount("db", ACCOUNT_ID)]);

function doctor(file: string, snapshot: Snapshot, more: Partial<Parameters<typeof diagnose>[0]> = {}): readonly Findings[] {
  const declared = parse(file);
  const plan = (of: Snapshot) => planAccess({ declared, snapshot: of, now: NOW });
  return diagnose({ declared, snapshot, planOf: plan, includes: () => true, heads: new Map(), refused: new Map(), ...more });
}
const sqlOf = ([of]: readonly Findings[]): string[] => of?.statements.flatMap(({ sql }) => sql) ?? [];
const warned = (found: readonly Findings[]): string[] => found.flatMap(({ problems }) => problems.map(({ code }) => code));

describe("what doctor prescribes", () => {
  it("is a login with CREATEROLE, the reader, rds_iam, and ADMIN on what the file declares and gives", () => {
    const found = doctor(rdsFile("{ ro: {} }", "{ ann: { login: iam, member_of: [ro, pg_monitor] } }"), world(fresh(["ro"])));
    expect(sqlOf(found)).toEqual([
      `DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'access_admin') THEN CREATE ROLE "access_admin" LOGIN CREATEROLE; END IF; END $do$`,
      `GRANT "rds_iam" TO "access_admin" WITH ADMIN TRUE, INHERIT TRUE, SET TRUE`,
      `DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'access_reader') THEN CREATE ROLE "access_reader" LOGIN; END IF; END $do$`,
      `GRANT "rds_iam" TO "access_reader"`,
      `GRANT "ro" TO "access_admin" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`,
      `GRANT "pg_monitor" TO "access_admin" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`,
    ]);
    expect(found[0] && scriptsOf(found[0]).map(({ by }) => by)).toEqual([{ type: "master" }]);
    expect(warned(found)).toEqual([]);
  });

  it("is nothing where nothing is missing", () => {
    const found = doctor(rdsFile("{ ro: {} }"), world(ready(fresh([]))));
    expect(renderDoctor(found, { color: false })).toBe(
      "Nothing is missing on 1 cluster and 1 account. pgaccord login --check then proves each door of the file that you may take.\n",
    );
  });

  it("is CREATEROLE and rds_iam alone before 16, where that administers every role", () => {
    const found = doctor(
      rdsFile("{ ro: {} }", "{ ann: { login: iam, member_of: [ro, pg_monitor] } }"),
      world(fresh(["ro"], { versionNum: 150010 })),
    );
    expect(sqlOf(found).filter((sql) => sql.startsWith("GRANT"))).toEqual([
      `GRANT "rds_iam" TO "access_admin"`,
      `GRANT "rds_iam" TO "access_reader"`,
    ]);
  });

  it("lets a login that is there log in, create roles and connect, as whoever owns the database", () => {
    const cluster = withRoles(fresh([]), fakeRole("access_admin"), fakeRole("access_reader"));
    const databases = new Map([
      ["postgres", { name: "postgres", owner: "rdsadmin", acl: [{ ...row("", "rdsadmin", ["connect"]), grantee: "PUBLIC" as const }] }],
      ["shop", { name: "shop", owner: "own", acl: [] }],
    ]);
    const memberships = [...cluster.memberships, member("rds_iam", "access_admin"), member("rds_iam", "access_reader"), ...ADMIN_BY_MASTER];
    expect(sqlOf(doctor(rdsFile("{ ro: {} }"), world({ ...cluster, databases, memberships })))).toEqual([
      `ALTER ROLE "access_admin" LOGIN`,
      `ALTER ROLE "access_admin" CREATEROLE`,
      ...asOwn(`GRANT CONNECT ON DATABASE "shop" TO "access_admin"`),
      `ALTER ROLE "access_reader" LOGIN`,
      ...asOwn(`GRANT CONNECT ON DATABASE "shop" TO "access_reader"`),
    ]);
  });
  const ADMIN_BY_MASTER = ["access_admin", "access_reader"].map((role) =>
    member(role, "master", { admin: true, inherit: false, set: false, grantor: "rdsadmin" }),
  );
  const asOwn = (sql: string): string[] => [
    `GRANT "own" TO "master" WITH INHERIT TRUE, SET TRUE`,
    `SET LOCAL ROLE "own"`,
    sql,
    `SET LOCAL ROLE NONE`,
    `REVOKE "own" FROM "master"`,
  ];

  const GRANTS = "{ ro: { grants: { shop: { tables: { s.*: [select] } } } } }";
  const inShop = (groups: Parameters<typeof serverOf>[1], schemaAcl = acl()) =>
    new Map([["shop", { name: "shop", schemas: new Map([["s", { name: "s", owner: "own", acl: schemaAcl }]]), groups, defaultAcls: [] }]]);
  const USAGE = [row("own", "own", ["usage", "create"])];

  it("is rds_iam for an admin that may only grant it", () => {
    const cluster = ready(fresh([]));
    const own = cluster.memberships.filter(({ member: of }) => of !== "access_admin");
    const memberships = [...own, member("rds_superuser", "access_admin", { grantor: "rdsadmin" })];
    expect(sqlOf(doctor(rdsFile("{}"), world({ ...cluster, memberships })))).toEqual([`GRANT "rds_iam" TO "access_admin"`]);
  });

  it("is SET alone for an owner: nothing is inherited, and the admin gives it to nobody", () => {
    const found = doctor(rdsFile(GRANTS), world(ready(fresh([], { inspected: inShop([tables(["t"], acl())], USAGE) }))));
    expect(sqlOf(found)).toEqual([`GRANT "own" TO "access_admin" WITH ADMIN FALSE, INHERIT FALSE, SET TRUE`]);
  });

  it("keeps options that are there: stating fewer would take them", () => {
    const cluster = ready(fresh(["ro"]));
    const memberships = [...cluster.memberships, member("ro", "access_admin", { grantor: "master" })];
    expect(sqlOf(doctor(rdsFile("{ ro: {} }"), world({ ...cluster, memberships })))).toEqual([
      `GRANT "ro" TO "access_admin" WITH ADMIN TRUE, INHERIT TRUE, SET TRUE`,
    ]);
  });

  it("says who may run what the master may not", () => {
    const cluster = ready(fresh([]));
    const memberships = [
      ...cluster.memberships,
      member("stranger", "deployer", { admin: true, inherit: false, set: false, grantor: "rdsadmin" }),
    ];
    const found = doctor(
      rdsFile("{ stranger: {} }"),
      world(withRoles({ ...cluster, memberships }, fakeRole("deployer", { createRole: true }))),
    );
    const text = renderDoctor(found, { color: false });
    expect(text).toContain("Run once as deployer, or a superuser: the master user may not, with psql:");
    expect(sqlOf(found)).toEqual([`GRANT "stranger" TO "access_admin" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`]);
  });

  it("lets an owner pass a schema, in its database, where nobody at hand can lend it", () => {
    const groups = [tables(["t"], acl(), { owner: "stranger" })];
    const closed = inShop(groups, []);
    const there = ready(
      fresh([], {
        inspected: new Map(
          [...closed].map(([k, v]) => [k, { ...v, schemas: new Map([["s", { name: "s", owner: "rdsadmin", acl: [] }]]) }]),
        ),
      }),
    );
    const memberships = [...there.memberships, member("stranger", "access_admin", { inherit: false, grantor: "rdsadmin" })];
    const found = doctor(rdsFile(GRANTS).replace("creators: [own]", ""), world({ ...there, memberships }));
    expect(found[0]?.statements.map(({ sql, database, by }) => ({ sql, database, by }))).toEqual([
      { sql: [`GRANT USAGE ON SCHEMA "s" TO "stranger"`], database: "shop", by: { type: "others", who: ["rdsadmin"] } },
    ]);
    expect(warned(found)).toEqual([]);
    expect(renderDoctor(found, { color: false })).toContain(
      '\\connect "shop"\nBEGIN;\n-- stranger grants in schema s, which it cannot enter\n',
    );
  });

  it("has the admin act as the schema's owner, and lend USAGE, where the file manages whoever lacks it", () => {
    const cluster = fresh(["seller"], { inspected: inShop([tables(["t"], acl(), { owner: "seller" })], USAGE) });
    const memberships = [
      ...ready(cluster).memberships,
      member("seller", "access_admin", { admin: true, inherit: false, set: false, grantor: "master" }),
    ];
    const roles = "{ seller: {}, ro: { grants: { shop: { tables: { s.*: [select] } } } } }";
    const found = doctor(rdsFile(roles).replace("creators: [own]", ""), world({ ...ready(cluster), memberships }));
    expect(sqlOf(found)).toEqual([`GRANT "own" TO "access_admin" WITH ADMIN FALSE, INHERIT FALSE, SET TRUE`]);
    expect(warned(found)).toEqual([]);
  });

  it("has a superuser take what a superuser gave, and gives the admin nothing for it", () => {
    const given = tables(["t"], [row("own", "own", ["select"]), row("ro", "rdsadmin", ["insert"])]);
    const cluster = ready(fresh([], { inspected: inShop([given], USAGE) }));
    const memberships = [
      ...cluster.memberships,
      member("ro", "access_admin", { admin: true, inherit: false, set: false, grantor: "rdsadmin" }),
      member("own", "access_admin", { inherit: false, grantor: "master" }),
    ];
    const found = doctor(rdsFile("{ ro: {} }"), world(withRoles({ ...cluster, memberships }, fakeRole("ro"))));
    expect(found[0]?.statements.map(({ sql, by }) => ({ sql, by }))).toEqual([
      { sql: [`SET ROLE "rdsadmin"`, `REVOKE INSERT ON TABLE "s"."t" FROM "ro"`], by: { type: "others", who: ["rdsadmin"] } },
    ]);
  });

  it("has a superuser act as who gave it, where that one is the master and the admin cannot be made a member", () => {
    const given = tables(["t"], [row("own", "own", ["select"]), row("ro", "boss", ["insert"])]);
    const inspected = inShop([given], USAGE);
    const roles = [
      fakeRole("postgres", { superuser: true }),
      fakeRole("access_admin", { login: true, createRole: true }),
      ...["access_reader", "own", "ro", "boss"].map((name) => fakeRole(name, { login: true })),
    ];
    const cluster = serverOf([], [], {
      inspected,
      roles: new Map(roles.map((role) => [role.name, role])),
      memberships: [
        member("access_admin", "boss"),
        member("ro", "access_admin", { admin: true, inherit: false, set: false }),
        member("own", "access_admin", { inherit: false }),
      ],
      databases: new Map([["shop", { name: "shop", owner: "own", acl: [{ ...row("", "own", ["connect"]), grantee: "PUBLIC" }] }]]),
    });
    const found = doctor(fileOf("{ ro: {} }", "", "access_admin").replace("{ creators: [own] }", "{}"), worldOf([cluster]));
    expect(found[0] && scriptsOf(found[0]).map(({ by, sql }) => [by.type, sql.split("\n").slice(2)])).toEqual([
      [
        "master",
        [
          '\\connect "shop"',
          "BEGIN;",
          "-- boss gave this, and the file does not: the admin may not act as boss",
          'SET ROLE "boss";',
          'REVOKE INSERT ON TABLE "s"."t" FROM "ro";',
          "RESET ROLE;",
          "COMMIT;",
        ],
      ],
    ]);
  });

  it("keeps what the reader has through a role that the plan takes from it", () => {
    const cluster = ready(fresh(["ro"]));
    const through = [
      ...cluster.memberships,
      member("ro", "access_admin", { admin: true, inherit: false, set: false, grantor: "master" }),
      member("ro", "access_reader", { grantor: "master" }),
      member("pg_monitor", "ro", { grantor: "access_admin" }),
    ];
    const monitored = [...through, member("pg_monitor", "access_admin", { admin: true, inherit: false, set: false, grantor: "master" })];
    const found = doctor(rdsFile("{ ro: {} }"), world({ ...cluster, memberships: monitored }));
    expect(sqlOf(found)).toEqual([`GRANT "pg_monitor" TO "access_reader" WITH ADMIN FALSE, INHERIT TRUE, SET FALSE`]);
  });
});

describe("what doctor never prescribes", () => {
  const given = (found: readonly Findings[]): string => sqlOf(found).join("\n");
  const owned = (owner: string, rest: Partial<ClusterSnapshot> = {}): ClusterSnapshot =>
    ready(
      fresh([], {
        inspected: new Map([
          [
            "shop",
            {
              name: "shop",
              schemas: new Map([["s", { name: "s", owner, acl: [row(owner, owner, ["usage"])] }]]),
              groups: [tables(["t"], [row(owner, owner, ["select"])], { owner })],
              defaultAcls: [],
            },
          ],
        ]),
        ...rest,
      }),
    );
  const GRANTS = rdsFile("{ ro: { grants: { shop: { tables: { s.*: [select] } } } } }").replace("creators: [own]", "");

  it.each(["master", "rdsadmin", "rds_superuser", "powerful", "program"])("membership in %s, who owns a table", (owner) => {
    const cluster = withRoles(owned(owner), fakeRole("powerful"), fakeRole("program"), fakeRole("pg_execute_server_program"));
    const memberships = [
      ...cluster.memberships,
      member("rds_superuser", "powerful"),
      member("pg_execute_server_program", "program"),
      ...["powerful", "program"].map((role) => member(role, "master", { admin: true, inherit: false, set: false, grantor: "rdsadmin" })),
    ];
    const found = doctor(GRANTS, world({ ...cluster, memberships }));
    expect(given(found)).toBe("");
    expect(warned(found)).toEqual(["cannot-act-as"]);
    expect(renderDoctor(found, { color: false })).toContain("Something is missing on 1 of 1 cluster and 1 account.");
  });

  it("membership in RDS's master user, though it were no more than an owner", () => {
    const cluster = owned("master");
    const memberships = cluster.memberships.filter(({ role }) => role !== "rds_superuser");
    expect(given(doctor(GRANTS, world({ ...cluster, memberships })))).toBe("");
  });

  it("ADMIN on a role that reaches the machine, or rds_iam for an admin with a password", () => {
    const users = "{ ann: { login: iam, member_of: [pg_execute_server_program] } }";
    const cluster = withRoles(ready(fresh([])), fakeRole("pg_execute_server_program"));
    const memberships = cluster.memberships.filter(({ member: of }) => of !== "access_admin");
    const found = doctor(rdsFile("{}", users, "password_env: ADMIN_PASSWORD"), world({ ...cluster, memberships }));
    expect(given(found)).toBe("");
    expect(warned(found)).toContain("membership-not-grantable");
    expect(found[0]?.problems.some(({ severity }) => severity === "error")).toBe(true);
  });

  it("a password: that one is set is said, and how", () => {
    const [found] = doctor(rdsFile("{}", "{}", "password_env: ADMIN_PASSWORD"), world(fresh([])));
    const sql = (found && scriptsOf(found)[0]?.sql) ?? "";
    expect(sql).toContain("-- its password is asked for, and shown nowhere, by: \\password access_admin\n");
    expect(sql.replace(/^--.*$/gm, "")).not.toMatch(/password/i);
  });

  it("SUPERUSER, a password, or the loss of it", () => {
    const boss = withRoles(ready(fresh([])), fakeRole("boss", { superuser: true }));
    const found = doctor(rdsFile("{ boss: {} }"), world(boss));
    expect(given(found)).toBe("");
    expect(warned(found)).toContain("role-not-administered");
    expect(renderDoctor(found, { color: false })).not.toMatch(/PASSWORD '/);
  });
});

describe("hostile names", () => {
  const EVIL = [`a"; DROP ROLE x; --`, "a\n\\! id", "$do$ x", "b'; \\\u202e", ":x :'y' :\"z\""];
  it.each(EVIL)("%j stays inside its quotes, and out of comments and commands of psql", (evil) => {
    // A file has no control characters; a server may.
    const declared = evil.includes("\n") ? "shop" : evil;
    const name = JSON.stringify(declared);
    const file = rdsFile("{ ro: {} }").replaceAll("access_admin", name).replaceAll("shop:", `${name}:`);
    const cluster = fresh(["ro"], {
      databases: new Map(["postgres", declared].map((one) => [one, { name: one, owner: evil, acl: [] }])),
      inspected: new Map([[declared, { name: declared, schemas: new Map(), groups: [], defaultAcls: [] }]]),
    });
    const [found] = doctor(file, world(evil.includes("$do$") ? cluster : withRoles(cluster, fakeRole(evil))));
    if (!found) throw new Error("nothing was found");
    const lines = scriptsOf(found).flatMap(({ sql }) => sql.split("\n"));
    // A line is a comment, a command of ours, or one statement that ends in its semicolon.
    expect(lines.filter((line) => line.startsWith("\\")).every((line) => /^\\(set ON_ERROR_STOP on|connect )/.test(line))).toBe(true);
    if (evil.includes("$do$")) expect(lines.join("\n")).toContain("DO $do1$ BEGIN");
    const statements = lines.filter((line) => !line.startsWith("\\") && !line.startsWith("--"));
    const bare = statements.map((line) => line.replace(/(\$do\d*\$) .* \1/gu, "").replace(/(?:U&)?"(?:[^"]|"")*"|E?'(?:[^']|'')*'/gu, "N"));
    expect(bare.every((line) => /^[A-Z_ ]*(N[A-Z_, ]*)*(N)?[A-Z, ]*;$/.test(line))).toBe(true);
    expect(lines.join("\n")).not.toMatch(/[\u202e]/u);
  });
});

describe("what is configured otherwise", () => {
  const problemsOf = (file: string, cluster: ClusterSnapshot): readonly Problem[] => doctor(file, world(cluster))[0]?.problems ?? [];

  it("IAM authentication that is off, for the admin, too", () => {
    const [problem] = problemsOf(rdsFile("{}"), ready(fresh([], { rds: rds({ iamAuth: false }) })));
    expect(problem).toMatchObject({ code: "iam-auth-off", severity: "error" });
    expect(problem?.message).toContain("so access_admin and access_reader could not log in");
    expect(problem?.hint).toContain("aws rds modify-db-cluster --db-cluster-identifier demo-aurora --enable-iam-database-authentication");
    const withUsers = problemsOf(rdsFile("{}", "{ ann: { login: iam } }"), ready(fresh([], { rds: rds({ iamAuth: false }) })));
    expect(withUsers.map(({ code }) => code)).toEqual(["iam-auth-off"]);
  });

  it.each<readonly [number, string, string | null]>([
    [170010, "off", `"ParameterValue":"1"`],
    [170010, "on", null],
    [180004, "", `"ParameterValue":"receipt,authentication,authorization,setup_durations"`],
    [180004, "receipt", `"ParameterValue":"receipt,authentication,authorization,setup_durations"`],
    [180004, "receipt, authentication, authorization", null],
    [180004, "all", null],
  ])("log_connections on %i that is %j", (versionNum, logConnections, said) => {
    const problems = problemsOf(rdsFile("{}"), ready(fresh([], { versionNum, logConnections })));
    expect(problems.map(({ code }) => code)).toEqual(said === null ? [] : ["log-connections-off"]);
    expect(problems[0]?.hint ?? "").toContain(said ?? "");
  });

  it("log_connections of any other server, by a superuser", () => {
    const found = doctor(fileOf("{}"), worldOf([serverOf([], [], { logConnections: "off" })]));
    expect(found[0]?.problems.find(({ code }) => code === "log-connections-off")?.hint).toBe(
      "Let a superuser run once: ALTER SYSTEM SET log_connections = 'on'; SELECT pg_reload_conf();",
    );
  });

  it.each<readonly [string, string, readonly string[]]>([
    ["no reader", rdsFile("{}").replace(/ {4}reader: .*\n/, ""), ["no-reader"]],
    ["the admin as reader", rdsFile("{}").replace("user: access_reader", "user: access_admin"), ["no-reader"]],
    ["a password of a member of rds_iam", rdsFile("{}", "{}", "password_env: ADMIN_PASSWORD"), ["password-of-iam-user"]],
  ])("%s is said, and is nothing missing", (_, file, said) => {
    const found = doctor(file, world(ready(fresh([]))));
    expect(warned(found)).toEqual(said);
    expect(renderDoctor(found, { color: false })).toContain("Nothing is missing");
  });

  it("a password admin that the plan makes a member of rds_iam", () => {
    const cluster = ready(fresh([]));
    const memberships = [
      ...cluster.memberships.filter(({ member: of, role }) => of !== "access_admin" || role !== "rds_iam"),
      member("rds_superuser", "access_admin", { grantor: "rdsadmin" }),
    ];
    const found = doctor(rdsFile("{}", "{ ann: { login: iam } }", "password_env: ADMIN_PASSWORD"), world({ ...cluster, memberships }));
    expect(warned(found)).toContain("admin-lockout-risk");
    expect(sqlOf(found)).toEqual([]);
  });
});

describe("a target that could not be read", () => {
  const target = { type: "cluster", name: "main" } as const;
  const closed = (code: string): Snapshot => ({
    clusters: new Map(),
    accounts: new Map([["db", fakeAccount("db", ACCOUNT_ID)]]),
    unread: [{ target, problems: [errorProblem(code, "It says no.", { hint: "Do this." })], rds: rds({ iamAuth: false }) }],
  });

  it("is one finding with what to do, and what lets the logins in where they were refused", () => {
    const found = doctor(rdsFile("{}"), closed("login-refused"));
    expect(warned(found)).toEqual(["login-refused", "iam-auth-off"]);
    const text = renderDoctor(found, { color: false });
    expect(text).toContain("Run once as the master user master, with psql:");
    expect(text).toContain("1 target could not be read");
    const sql = sqlOf(found);
    expect(sql).toContain(`ALTER ROLE "access_admin" CREATEROLE`);
    expect(sql).toContain(`GRANT "rds_iam" TO "access_reader"`);
    // Whose database it is was not read, and the GRANT of a stranger only warns.
    expect(sql.filter((one) => one.includes("GRANT CONNECT")).every((one) => one.includes("pg_has_role(datdba, 'USAGE')"))).toBe(true);
  });

  it("gets no SQL where it did not answer", () => {
    const found = doctor(rdsFile("{}"), closed("tls-failed"));
    expect(sqlOf(found)).toEqual([]);
    expect(warned(found)).toEqual(["tls-failed", "iam-auth-off"]);
  });

  it("is told what its roles say, where only a database is closed", () => {
    const head = fresh([]);
    const found = doctor(rdsFile("{}"), closed("may-not-connect"), { heads: new Map([["main", withRoles(head, ...LOGINS)]]) });
    expect(sqlOf(found)).toEqual([`GRANT "rds_iam" TO "access_admin"`, `GRANT "rds_iam" TO "access_reader"`]);
  });

  it("names each call of AWS that was denied, with the statement and whose policy it is for", () => {
    const declared = parse(rdsFile("{}"));
    const account = declared.accounts.get("db");
    if (!account) throw new Error("no account");
    const call = { call: "iam:ListPolicyTags", account, caller: null, place: null };
    const denied = (message: string): Problem => awsProblem(Object.assign(new Error(message), { name: "AccessDenied" }), call);
    const unread = (problem: Problem): Snapshot => ({
      ...worldOf([ready(fresh([]))]),
      unread: [{ target: { type: "account", name: "db" }, problems: [problem], rds: null }],
    });
    const text = renderDoctor(doctor(rdsFile("{}"), unread(denied("no"))), { color: false });
    expect(text).toContain(
      `Add to the policy of arn:aws:iam::${ACCOUNT_ID}:role/plan:\n    {"Effect":"Allow","Action":"iam:ListPolicyTags","Resource":"*"}`,
    );
    const refused = new Map([["main", [denied("User: x is not authorized to perform: rds:DescribeDBClusters on resource: y")]]]);
    const both = rdsFile("{}").replace('role/plan"', `role/plan", apply_role: "arn:aws:iam::${ACCOUNT_ID}:role/apply"`);
    expect(renderDoctor(doctor(both, world(ready(fresh([]))), { refused }), { color: false })).toContain(
      `Add to the policy of arn:aws:iam::${ACCOUNT_ID}:role/apply:\n    {"Effect":"Allow","Action":"rds:DescribeDBClusters","Resource":"y"}`,
    );
    const assume = denied("User: x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/plan");
    expect(renderDoctor(doctor(rdsFile("{}"), unread(assume)), { color: false })).toContain("Add to the policy of whoever runs pgaccord:");
    const byDeny = denied("User: x is not authorized to perform: iam:ListRoles with an explicit deny in a service control policy");
    expect(doctor(rdsFile("{}"), unread(byDeny))[1]?.allow).toEqual([]);
  });

  it("a login that was refused is said unless what is missing explains it", () => {
    const refused = new Map([["main", [errorProblem("password-env-missing", "No variable.")]]]);
    expect(warned(doctor(rdsFile("{}"), world(ready(fresh([]))), { refused }))).toEqual(["password-env-missing"]);
    expect(warned(doctor(rdsFile("{}"), world(fresh([])), { refused }))).toEqual([]);
  });
});

describe("what is printed", () => {
  it("leaves out what was not asked about", () => {
    const found = doctor(rdsFile("{}"), world(fresh([])), { includes: (of) => of.type === "account" });
    expect(found.map(({ target }) => target.name)).toEqual(["db"]);
  });

  it("is the block of docs/setup.md", () => {
    const inspected = new Map([
      [
        "shop",
        {
          name: "shop",
          schemas: new Map([["s", { name: "s", owner: "own", acl: [row("own", "own", ["usage"])] }]]),
          groups: [tables(["t"], acl())],
          defaultAcls: [],
        },
      ],
    ]);
    const file = rdsFile(
      "{ app_ro: { grants: { shop: { tables: { s.*: [select] } } } } }",
      "{ ann: { login: iam, member_of: [app_ro, pg_monitor] } }",
    );
    const [found] = doctor(file, world(fresh(["app_ro"], { inspected })));
    const sql = (found && scriptsOf(found)[0]?.sql) ?? "";
    const setup = readFileSync(new URL("../../../docs/setup.md", import.meta.url), "utf8");
    expect(setup).toContain(`\`\`\`sql\n${sql}\n\`\`\``);
  });

  it("says the same of many objects once, and each with --verbose", () => {
    const names = Array.from({ length: 40 }, (_, i) => `t${i}`);
    const groups = names.map((name) => tables([name], [row("master", "master", ["select"])], { owner: "master" }));
    const schemas = new Map([["s", { name: "s", owner: "master", acl: [row("master", "master", ["usage"])] }]]);
    const cluster = ready(fresh([], { inspected: new Map([["shop", { name: "shop", schemas, groups, defaultAcls: [] }]]) }));
    const file = rdsFile("{ ro: { grants: { shop: { tables: { s.*: [select] } } } } }").replace("creators: [own]", "");
    const found = doctor(file, world(cluster));
    expect(renderDoctor(found, { color: false })).toMatch(/who would have to give it\. And 39 more alike\. \[cannot-act-as\]/);
    expect(renderDoctor(found, { color: false, verbose: true }).match(/\[cannot-act-as\]/g)).toHaveLength(40);
  });

  it("is JSON, too", () => {
    const value: unknown = JSON.parse(renderDoctorJson(doctor(rdsFile("{ ro: {} }"), world(ready(fresh(["ro"]))))));
    expect(value).toMatchObject({
      version: 1,
      missing: true,
      targets: [
        {
          target: { type: "cluster", name: "main" },
          read: true,
          missing: true,
          scripts: [
            {
              run_as: { master: "master" },
              statements: [{ sql: [`GRANT "ro" TO "access_admin" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`] }],
            },
          ],
        },
        { target: { type: "account", name: "db" }, missing: false, scripts: [], allow: [] },
      ],
    });
  });
});

describe("a plan", () => {
  const roles = Array.from({ length: 27 }, (_, i) => `role_${String(i).padStart(2, "0")}`);
  const cluster = ready(fresh([]));
  const snapshot = world(withRoles(cluster, ...roles.map((name) => fakeRole(name))));
  const plan = planOf(rdsFile(`{ ${roles.map((name) => `${name}: {}`).join(", ")} }`), snapshot);

  it("says once, with the count, what the admin may not, and points to doctor", () => {
    expect(codes(plan)).toEqual(["role-not-administered"]);
    expect(plan.problems[0]?.message).toBe(
      "Admin access_admin of cluster main may not change role role_00: somebody else created it, and the same for 26 more.",
    );
    expect(plan.problems[0]?.hint).toContain("pgaccord doctor");
    for (const text of [renderText(plan, { color: false, verbose: false }), renderMarkdown(plan)])
      expect(text).toContain("pgaccord doctor says all that admin and reader lack, with the statements that are run once.");
  });

  it("does not point there without a reason", () => {
    const clean = planOf(rdsFile("{ ro: {} }"), world(cluster));
    expect(renderText(clean, { color: false, verbose: false })).not.toContain("doctor");
    expect(renderMarkdown(clean)).not.toContain("doctor");
  });
});
