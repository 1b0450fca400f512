import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import type { ClusterSnapshot } from "../../../src/model/snapshot.js";
import { nothingDocument } from "../../../src/policies/document.js";
import { planAccess } from "../../../src/reconcile.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import { gapsOf, unitsOf } from "../../support/orders.js";
import {
  ACCOUNT_ID,
  acl,
  allow,
  callsOf,
  demoCluster,
  documentOf,
  emptyAccount,
  iamRole,
  member,
  NOW,
  parse,
  planOf,
  policy,
  row,
  sqlOf,
  TRUST,
  tables,
  worldOf,
} from "../../support/stage.js";

const MARK = "[pgaccord:acme/access/demo]";
const DATABASES = ["demo", "depot"];

interface Door {
  /** Who holds select on s.t of both databases. */
  readonly reads: readonly string[];
  /** Whom the IAM role batch may log in as. */
  readonly door: readonly string[];
  /** Who else logs in by IAM; the others with a password. */
  readonly iam: readonly string[];
  /** Members of team, which holds nothing but what it reads. */
  readonly team: readonly string[];
  readonly databases?: readonly string[];
  /** Users that cannot log in yet. */
  readonly noLogin?: readonly string[];
}

const USERS = ["ann", "bob"];

function fileOf({ reads, door, iam, team, databases = DATABASES }: Door): string {
  const grants = Object.fromEntries(databases.map((d) => [d, { tables: { "s.t": ["select"] } }]));
  const role = (name: string) => [name, reads.includes(name) ? { grants } : {}];
  const user = (name: string) => [name, { login: iam.includes(name) ? "iam" : "external", member_of: team.includes(name) ? ["team"] : [] }];
  return JSON.stringify({
    version: 1,
    owner: "acme/access",
    accounts: { db: { id: ACCOUNT_ID, region: "us-east-2" } },
    clusters: {
      demo: {
        account: "db",
        rds: { cluster: "demo-aurora" },
        admin: { user: "access_admin", auth: "iam" },
        databases: Object.fromEntries(databases.map((name) => [name, {}])),
      },
    },
    defaults: { clusters: ["demo"] },
    roles: Object.fromEntries(["team", "other"].map(role)),
    users: Object.fromEntries(USERS.map(user)),
    iam_roles: {
      batch: {
        account: "db",
        trust: [{ service: "ec2.amazonaws.com" }],
        connect: door.map((name) => ({ user: name, clusters: ["demo"] })),
      },
    },
  });
}

function serverOf({ reads, iam, team, databases = DATABASES, noLogin = [] }: Door): ClusterSnapshot {
  const open = (bit: number) => [{ grantee: "PUBLIC", grantor: "own", privileges: 1 << bit, grantable: 0 }] as const;
  const held = reads.map((name) => row(name, "own", ["select"]));
  const made = demoCluster();
  const roles = [
    ...made.roles.values(),
    fakeRole("own"),
    ...["team", "other"].map((name) => fakeRole(name, { comment: MARK })),
    ...USERS.map((name) => fakeRole(name, { comment: MARK, login: !noLogin.includes(name) })),
  ].filter(({ name }) => name !== "ro");
  const inside = (name: string) => ({
    name,
    schemas: new Map([["s", { name: "s", owner: "own", acl: open(8) }]]),
    groups: [tables(["t"], acl(...held))],
    defaultAcls: [],
  });
  return {
    ...made,
    roles: new Map(roles.map((r) => [r.name, r])),
    memberships: [
      ...iam.map((name) => member("rds_iam", name, { grantor: "access_admin" })),
      ...team.map((name) => member("team", name, { grantor: "access_admin" })),
    ],
    databases: new Map(databases.map((name) => [name, { name, owner: "own", acl: open(10) }])),
    inspected: new Map(databases.map((name) => [name, inside(name)])),
  };
}

const arn = (user: string): string => `arn:aws:rds-db:us-east-2:${ACCOUNT_ID}:dbuser:cluster-A/${user}`;
const accountOf = ({ door }: Door) =>
  emptyAccount({
    roles: new Map([iamRole("batch", TRUST)]),
    policies: new Map([policy("batch-access", door.length === 0 ? nothingDocument() : documentOf(allow(...door.map(arn))))]),
    attachments: [{ principal: "role", name: "batch", policyArn: `arn:aws:iam::${ACCOUNT_ID}:policy/batch-access` }],
  });

function planFrom(before: Door, after: Door): Plan {
  const plan = planOf(fileOf(after), worldOf([serverOf(before)], [accountOf(before)]));
  expect(plan.problems.filter((p) => p.severity === "error")).toEqual([]);
  return plan;
}

const START: Door = { reads: ["team"], door: ["ann"], iam: ["ann", "bob"], team: ["ann", "bob"] };

/** Phase instead of calls. */
const shapeOf = (plan: Plan): string[] => unitsOf(plan).map((text, i) => text.replace(/ db(.*): $/, ` ${plan.units[i]?.phase}$1`));

interface Case {
  readonly what: string;
  readonly before: Door;
  readonly after: Door;
  readonly units: readonly string[];
  readonly gaps: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: "closes a door before its user gains what nobody may have through it",
    before: { ...START, reads: [] },
    after: { ...START, door: [] },
    units: [
      "u1 close",
      "u2 demo after u1: GRANT SELECT ON TABLE s.t TO team",
      "u3 depot after u1: GRANT SELECT ON TABLE s.t TO team",
      "u4 delete after u1",
    ],
    gaps: [],
  },
  {
    what: "opens a door when its user has lost what nobody may have through it",
    before: { ...START, door: [] },
    after: { ...START, reads: [] },
    units: [
      "u1 demo: REVOKE SELECT ON TABLE s.t FROM team",
      "u2 depot: REVOKE SELECT ON TABLE s.t FROM team",
      "u3 open after u1,u2",
      "u4 delete after u3",
    ],
    gaps: [],
  },
  {
    what: "opens one door before it closes the other, where an IAM role keeps what it reaches",
    before: START,
    after: { ...START, door: ["bob"], reads: ["team", "other"] },
    units: [
      "u1 demo: GRANT SELECT ON TABLE s.t TO other",
      "u2 depot: GRANT SELECT ON TABLE s.t TO other",
      "u3 open",
      "u4 replace after u3",
      "u5 delete after u3,u4",
    ],
    gaps: [],
  },
  {
    what: "the same where all of PostgreSQL is one transaction",
    before: { ...START, databases: ["demo"], team: ["ann"] },
    after: { ...START, databases: ["demo"], team: ["bob"], door: ["bob"] },
    units: [
      "u1 open",
      "u2 postgres after u1: REVOKE team FROM ann GRANTED BY access_admin; GRANT team TO bob",
      "u3 replace after u1,u2",
      "u4 delete after u1,u3",
    ],
    gaps: [],
  },
  {
    what: "gives rds_iam when the doors are closed that are to be closed: none led anywhere until then",
    before: { ...START, iam: ["bob"], door: ["ann", "bob"] },
    after: { ...START, iam: ["ann", "bob"], door: ["bob"] },
    units: ["u1 close", "u2 postgres after u1: GRANT rds_iam TO ann", "u3 delete after u1"],
    gaps: [],
  },
];

describe("the order of a move with doors", () => {
  it.each(CASES)("$what", ({ before, after, units, gaps }) => {
    const plan = planFrom(before, after);
    // CONNECT and USAGE go as the tables do.
    const told = gapsOf(plan).filter((text) => text.includes(" select "));
    expect({ units: shapeOf(plan), gaps: told }).toEqual({ units, gaps });
  });

  // Bob is no member of rds_iam: what the door would open by him does not count.
  it("closes a door before its user may log in by IAM, whoever else it names", () => {
    const { units } = planFrom(
      { ...START, reads: [], iam: [], door: ["ann", "bob"], noLogin: ["ann"] },
      { ...START, reads: [], iam: ["ann"], door: [] },
    );
    const close = units.find((unit) => unit.phase === "close")?.id ?? "";
    expect(units.filter(({ phase }) => phase === "add" || phase === "change").map(({ after }) => after.includes(close))).toEqual([true]);
  });

  it("says that a door closes for a moment behind a condition, where the document cannot be cut", () => {
    const hand = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "rds-db:connect",
          NotResource: arn("bob"),
          Condition: { StringEquals: { "aws:PrincipalTag/team": "db" } },
        },
        { Effect: "Deny", Action: "iam:*", Resource: "*" },
      ],
    });
    const state = { ...START, iam: ["ann"], door: ["ann"] };
    const account = { ...accountOf(state), policies: new Map([policy("batch-access", hand)]) };
    const { gaps } = planOf(fileOf(state), worldOf([serverOf(state)], [account]));
    expect(gaps.map(({ who, verbs, examples: [on] }) => [who, verbs, on])).toEqual([
      [
        { type: "iam", account: ACCOUNT_ID, kind: "role", name: "batch" },
        ["login"],
        { type: "door", resource: `us-east-2:${ACCOUNT_ID}:cluster-A`, user: "ann" },
      ],
    ]);
  });

  it("takes a user's access at once, though an IAM role that came by it comes by another in the end", () => {
    const before = { ...START, iam: ["ann", "bob"], door: ["ann"], team: ["ann", "bob"] };
    const after = { ...before, door: ["bob"] };
    const text = fileOf(after).replace('"ann":{"login":"iam","member_of":["team"]},', "");
    const plan = planAccess({
      declared: parse(text),
      snapshot: worldOf([serverOf(before)], [accountOf(before)]),
      revokeOnly: true,
      now: NOW,
    });
    expect(plan.problems.filter((p) => p.severity === "error")).toEqual([]);
    expect(callsOf(plan)).toEqual(["CreatePolicyVersion"]);
    expect(sqlOf(plan)).toEqual([
      expect.stringMatching(/^REVOKE "rds_iam" FROM "ann"/),
      expect.stringMatching(/^REVOKE "team" FROM "ann"/),
      'ALTER ROLE "ann" NOLOGIN',
    ]);
  });
});
