import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseAccess } from "../../../src/config/parse-access.js";
import type { Declared } from "../../../src/model/declared.js";
import { privilegeSet } from "../../../src/model/privileges.js";
import { renderProblems } from "./render.js";

const GOOD = readFileSync(new URL("./files/good.yaml", import.meta.url), "utf8");

function declare(text: string): Declared {
  const { declared, problems } = parseAccess(text, "access.yaml");
  expect(renderProblems(problems)).toBe("");
  if (!declared) throw new Error("nothing is declared");
  return declared;
}

const at = (line: number, column: number) => ({ file: "access.yaml", line, column });

describe("a good file", () => {
  const declared = declare(GOOD);

  test("accounts and clusters, with defaults filled in", () => {
    expect(declared.owner).toBe("acme/access");
    expect(declared.accounts.get("db")).toEqual({
      name: "db",
      id: "111122223333",
      region: "us-east-2",
      partition: "aws",
      planRole: null,
      applyRole: null,
      place: at(5, 3),
    });
    expect(declared.clusters.get("demo")).toEqual({
      ensure: { iamAuth: false, logConnections: false, place: at(8, 3) },
      name: "demo",
      account: "db",
      region: "us-east-2",
      reader: null,
      rds: { type: "cluster", id: "demo-aurora", also: [], proxy: null },
      address: { host: "127.0.0.1", port: 6432 },
      admin: { user: "access_admin", auth: { type: "iam" }, database: "postgres" },
      tls: { mode: "verify-full", ca: null },
      databases: new Map([["demo", { name: "demo", creators: [{ role: "app_owner", place: at(15, 20) }], place: at(14, 7) }]]),
      place: at(8, 3),
    });
    expect(declared.clusters.get("reporting")).toMatchObject({
      account: null,
      region: null,
      rds: null,
      admin: { auth: { type: "password", env: "REPORTING_PASSWORD" } },
    });
    expect([...(declared.clusters.get("reporting")?.databases.keys() ?? [])]).toEqual(["warehouse", "sales"]);
  });

  test("roles and users with grants and memberships", () => {
    expect(declared.roles.get("oltp_ro_role")).toEqual({
      name: "oltp_ro_role",
      login: "none",
      clusters: ["demo"],
      memberOf: [],
      was: null,
      until: null,
      grants: [
        {
          cluster: "demo",
          database: "demo",
          on: { type: "schema", schema: null, name: "pgdemo", args: null },
          privileges: privilegeSet(["usage"]),
          pattern: "pgdemo",
          until: null,
          place: at(29, 20),
        },
        {
          cluster: "demo",
          database: "demo",
          on: { type: "table", schema: "pgdemo", name: null, args: null },
          privileges: privilegeSet(["select"]),
          pattern: "pgdemo.*",
          until: null,
          place: at(30, 19),
        },
      ],
      place: at(26, 3),
    });
    expect(declared.roles.get("analyst")?.grants.map(({ on, privileges, pattern }) => ({ on, privileges, pattern }))).toEqual([
      {
        on: { type: "database", schema: null, name: "warehouse", args: null },
        privileges: privilegeSet(["connect"]),
        pattern: "warehouse",
      },
      { on: { type: "sequence", schema: "Odd Name", name: "s", args: null }, privileges: "all", pattern: '"Odd Name".s' },
      {
        on: { type: "routine", schema: "sales", name: "total", args: "integer, text" },
        privileges: privilegeSet(["execute"]),
        pattern: "sales.total(int, text)",
      },
    ]);
    expect(declared.roles.get("oltp_ro_user")).toMatchObject({ login: "iam", clusters: ["demo"] });
    expect(declared.roles.get("batch")).toMatchObject({
      login: "external",
      memberOf: [{ role: "analyst", admin: false, inherit: false, set: true }],
    });
  });

  test("IAM roles, with the default policy's name", () => {
    expect(declared.iamRoles.get("ro-role")).toEqual({
      id: "ro-role",
      name: "ro-role",
      account: "db",
      trust: [
        {
          type: "service",
          service: "ec2.amazonaws.com",
          sourceAccount: null,
          until: null,
          externalId: null,
          condition: null,
          place: at(50, 24),
        },
      ],
      connect: [{ user: "oltp_ro_user", clusters: ["demo"], viaProxy: false, until: null, place: at(51, 23) }],
      assume: [],
      policy: "ro-role-access",
      instanceProfile: "ro-profile",
      instances: null,
      scalingGroups: [],
      attach: [],
      description: null,
      sessionDuration: null,
      exclusive: false,
      adopt: false,
      manage: "whole",
      until: null,
      boundary: null,
      place: at(48, 3),
    });
  });

  test("CRLF and a byte order mark change nothing", () => {
    expect(declare(`\uFEFF${GOOD.replaceAll("\n", "\r\n")}`)).toEqual(declared);
  });
});

describe("what a file means", () => {
  const cluster = (rest: string): string =>
    `version: 1\nowner: acme\naccounts: { db: { id: "000000000001", region: cn-north-1 } }\nclusters:\n  c: { ${rest} }\n`;
  const admin = "admin: { user: postgres, auth: none }";

  test.each([
    ["address: 127.0.0.1:5432", "disable"],
    ["address: localhost:5432", "disable"],
    ['address: "[::1]:5432"', "disable"],
    ["address: /tmp:5432", "disable"],
    ["address: 127.0.0.1:5432, tls: { mode: verify-full }", "verify-full"],
    ["address: 127.0.0.1:5432, tls: { ca: ca.pem }", "verify-full"],
    ["address: db.internal:5432", "verify-full"],
    ["address: 10.0.0.1:5432", "verify-full"],
    ["address: 127.example.com:5432", "verify-full"],
    ["account: db, rds: { instance: i }", "verify-full"],
    ["account: db, rds: { instance: i }, address: 127.0.0.1:5432", "verify-full"],
    ["address: db.internal:5432, tls: { mode: disable }", "disable"],
  ])("%s: tls %s", (where, mode) => {
    expect(declare(cluster(`${where}, ${admin}`)).clusters.get("c")?.tls.mode).toBe(mode);
  });

  test("a cluster's region goes before its account's, and a region tells the partition", () => {
    const declared = declare(cluster(`account: db, region: cn-northwest-1, rds: { cluster: x }, ${admin}`));
    expect(declared.clusters.get("c")?.region).toBe("cn-northwest-1");
    expect(declared.accounts.get("db")?.partition).toBe("aws-cn");
  });

  test("a plain DATABASE is that database on each of the role's clusters that declares it", () => {
    const declared = declare(`version: 1
owner: acme
clusters:
  one: { address: 127.0.0.1:5432, ${admin}, databases: { shop: , stock: } }
  two: { address: 127.0.0.1:5433, ${admin}, databases: { shop: } }
  three: { address: 127.0.0.1:5434, ${admin}, databases: { shop: } }
roles:
  a: { clusters: [two, one], grants: { shop: { database: [connect] }, stock: { database: [connect] }, two/shop: { schemas: { s: [all] } } } }
`);
    expect(declared.roles.get("a")?.clusters).toEqual(["one", "two"]);
    expect(declared.roles.get("a")?.grants.map((g) => `${g.cluster}/${g.database} ${g.on.type}`)).toEqual([
      "one/shop database",
      "two/shop database",
      "one/stock database",
      "two/shop schema",
    ]);
  });

  test("names that YAML takes for something else are the text that was written", () => {
    const declared =
      declare(`${cluster(`address: 127.0.0.1:5432, ${admin}, databases: { 2026: , true: , 0x1F: }`)}defaults: { clusters: [c] }
roles: { yes: , null: , 007: , 1.0: , __proto__: , constructor: }
users: { on: { member_of: [yes, "null", "007"] } }
`);
    expect([...declared.roles.keys()]).toEqual(["yes", "null", "007", "1.0", "__proto__", "constructor", "on"]);
    expect([...(declared.clusters.get("c")?.databases.keys() ?? [])]).toEqual(["2026", "true", "0x1F"]);
    expect(declared.roles.get("on")?.memberOf.map((m) => m.role)).toEqual(["yes", "null", "007"]);
  });

  test("a role may have a blank name, which PostgreSQL takes, wherever it stands", () => {
    const declared = declare(
      `${cluster(`address: "h:5432", ${admin}`)}defaults: { clusters: [c] }\nroles: { " ": {}, a: { member_of: [" "] }, b: { member_of: [{ role: " " }] } }\n`,
    );
    expect(["a", "b"].flatMap((name) => declared.roles.get(name)?.memberOf.map((m) => m.role))).toEqual([" ", " "]);
  });

  test("any_cluster, trust by role, and things that stand twice", () => {
    const { declared, problems } = parseAccess(
      `${cluster(`account: db, rds: { cluster: x }, ${admin}`)}defaults: { clusters: [c] }
users: { u: { login: iam } }
iam_roles:
  boss: { account: db, trust: [{ service: ec2.amazonaws.com }] }
  door: { name: Door, account: db, trust: [{ role: boss }, { role: boss }], connect: [{ user: u, any_cluster: true }], policy: p }
`,
      "f",
    );
    expect(problems.map((p) => [p.severity, p.code])).toEqual([["warning", "duplicate-entry"]]);
    expect(declared?.iamRoles.get("boss")).toMatchObject({ policy: null, connect: [], instanceProfile: null });
    expect(declared?.iamRoles.get("door")).toMatchObject({
      name: "Door",
      trust: [{ type: "role", role: "boss" }],
      connect: [{ user: "u", clusters: null }],
      policy: "p",
    });
  });
});
