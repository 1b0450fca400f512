import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import { errorProblem } from "../../../src/model/problem.js";
import type { AccountSnapshot, ClusterSnapshot, RdsSnapshot, Snapshot, Unread } from "../../../src/model/snapshot.js";
import { planAccess } from "../../../src/reconcile.js";
import {
  ACCOUNT_ID,
  allow,
  baseOf,
  callsOf,
  codes,
  demoCluster,
  documentOf,
  effects,
  emptyAccount,
  iamRole,
  NOW,
  parse,
  planOf,
  policy,
  sqlOf,
  TAGS,
  TRUST,
  titles,
  worldOf,
} from "../../support/stage.js";

/** Two clusters in one account, demo and bi; most tests cannot read bi. */
const file = (iamRoles: string, users = "{ ro: { login: iam } }", region = ""): string => `version: 1
owner: acme/access
accounts: { db: { id: "${ACCOUNT_ID}", region: us-east-2 } }
clusters:
  demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } }
  bi: { account: db, ${region}rds: { cluster: bi-aurora }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } }
defaults: { clusters: [demo, bi] }
users: ${users}
iam_roles: ${iamRoles}
`;
const BOTH = "{ app: { account: db, trust: [ { service: ec2.amazonaws.com } ], connect: [ { user: ro, clusters: [demo, bi] } ] } }";
const DEMO = BOTH.replace("demo, bi", "demo");
const BI = BOTH.replace("demo, bi", "bi");

const BI_RDS: RdsSnapshot = {
  id: "bi-aurora",
  type: "cluster",
  resourceId: "cluster-B",
  endpoint: "y",
  port: 5432,
  iamAuth: true,
  masterUser: "m",
};
const bi = (): ClusterSnapshot => {
  const roles = [...demoCluster().roles.values()].map((role) => ({ ...role, comment: role.comment?.replace("/demo", "/bi") ?? null }));
  return { ...demoCluster(), name: "bi", identity: "cluster-B", rds: BI_RDS, roles: new Map(roles.map((role) => [role.name, role])) };
};
const down = (rds: RdsSnapshot | null = BI_RDS, name = "bi"): Unread => ({
  target: { type: "cluster", name },
  problems: [errorProblem("cannot-connect", `Cannot connect to cluster ${name}.`)],
  rds,
});
const noIam: Unread = { target: { type: "account", name: "db" }, problems: [errorProblem("aws-access-denied", "No.")], rds: null };

const door = (id: string, user = "ro", place = "us-east-2"): string => `arn:aws:rds-db:${place}:${ACCOUNT_ID}:dbuser:${id}/${user}`;
const [A, B] = [door("cluster-A"), door("cluster-B")];
const VARIABLE = ["$", "{aws:username}"].join("");
const LAMBDA = TRUST.replace("ec2", "lambda");

/** The IAM role app as an apply leaves it, with another policy or trust. */
const account = (document: string | null, rest: Partial<AccountSnapshot> = {}, trust = TRUST): AccountSnapshot => {
  const tags = [...TAGS, { key: "pgaccord:policy", value: "app-access" }];
  const named = policy("app-access", document ?? "");
  return emptyAccount({
    roles: new Map([iamRole("app", trust, "/", tags)]),
    policies: new Map(document === null ? [] : [named]),
    attachments: document === null ? [] : [{ principal: "role", name: "app", policyArn: named[1].arn }],
    ...rest,
  });
};
const world = (of: AccountSnapshot | null, unread: readonly Unread[] = [down()], clusters = [demoCluster()]): Snapshot => ({
  ...worldOf(clusters, of ? [of] : []),
  unread,
});

/** What the last version of app-access would say: effect, action, resources, condition. */
function written(plan: Plan): readonly unknown[] | null {
  const call = plan.steps.flatMap(({ run }) => ("action" in run && run.action.startsWith("CreatePolicy") ? [run] : [])).at(-1);
  if (!call) return null;
  const { Statement } = JSON.parse(String(call.input["PolicyDocument"])) as { readonly Statement: readonly Record<string, unknown>[] };
  return Statement.map(({ Effect, Action, Resource, Condition }) =>
    [Effect, Action, Resource, Condition].filter((part) => part !== undefined).flat(),
  );
}
const gives = (...resources: readonly string[]) => ["Allow", "rds-db:connect", ...resources];
const condition = { StringEquals: { "aws:PrincipalTag/team": ["bi"] } };

interface Case {
  readonly what: string;
  readonly live: string | null;
  readonly roles?: string;
  readonly unread?: Unread;
  /** Statements of the policy's new version; null: it is not written. */
  readonly writes: readonly unknown[] | null;
}

const CASES: readonly Case[] = [
  { what: "it is the wanted one", live: documentOf(allow(A, B)), writes: null },
  { what: "a door of the read cluster is missing: it comes", live: documentOf(allow(B)), writes: [gives(A, B)] },
  {
    what: "a door of the read cluster is surplus: it goes",
    live: documentOf(allow(A, door("cluster-A", "old"), B)),
    writes: [gives(A, B)],
  },
  { what: "the door of the unread one is missing: it waits", live: documentOf(allow(A)), writes: null },
  { what: "the file closes a door of the unread one: it stays", roles: DEMO, live: documentOf(allow(A, B)), writes: null },
  {
    what: "a user of the unread one is gone from the file: its door stays",
    live: documentOf(allow(A, B, door("cluster-B", "old"))),
    writes: null,
  },
  { what: "the file has no door but the unread one's: the others close", roles: BI, live: documentOf(allow(A, B)), writes: [gives(B)] },
  {
    what: "nothing would be left: it gives nothing",
    roles: BI,
    live: documentOf(allow(A)),
    writes: [["Deny", "rds-db:connect", "arn:aws:rds-db:us-east-1:000000000000:dbuser:none/none"]],
  },
  { what: "a wildcard reaches both: what it gives on the unread one stays", live: documentOf(allow(door("*"))), writes: [gives(A, B)] },
  { what: "a wildcard in the user: likewise", live: documentOf(allow(door("*", "*"))), writes: [gives(A, door("cluster-B", "*"))] },
  { what: "a wildcard inside the id: likewise", live: documentOf(allow(door("cluster-?"))), writes: [gives(A, B)] },
  { what: "a wildcard in region and account: likewise", live: documentOf(allow("arn:aws:rds-db:*:*:dbuser:*/ro")), writes: [gives(A, B)] },
  {
    what: "everything is allowed: what it gives on the unread one stays",
    live: documentOf(allow("*")),
    writes: [gives(A, door("cluster-B", "*"))],
  },
  { what: "a wildcard of another region goes", live: documentOf(allow(A, B, door("*", "ro", "eu-west-1"))), writes: [gives(A, B)] },
  {
    what: "an action with a wildcard keeps its spelling",
    live: documentOf({ ...allow(B), Action: "rds-db:*" }),
    writes: [gives(A), ["Allow", "rds-db:*", B]],
  },
  { what: "what is about no door goes", live: documentOf(allow(A, B), { ...allow("*"), Action: "s3:GetObject" }), writes: [gives(A, B)] },
  {
    what: "a condition stays",
    live: documentOf({ ...allow(B), Condition: condition }),
    writes: [gives(A), ["Allow", "rds-db:connect", B, condition]],
  },
  {
    what: "a Deny stays, on the unread one alone",
    live: documentOf(allow(A, B), { ...allow(door("*", "x")), Effect: "Deny" }),
    writes: [gives(A, B), ["Deny", "rds-db:connect", door("cluster-B", "x")]],
  },
  { what: "a variable on the read one goes", live: documentOf(allow(A, B, door("cluster-A", VARIABLE))), writes: [gives(A, B)] },
  {
    what: "a variable on the unread one stays",
    live: documentOf(allow(B, door("cluster-B", VARIABLE))),
    writes: [gives(A, B, door("cluster-B", VARIABLE))],
  },
  { what: "it cannot be told whose a door is: nothing is written", live: documentOf(allow(door(VARIABLE))), writes: null },
  {
    what: "it cannot be taken apart: nothing is written",
    live: documentOf({ Effect: "Allow", Action: "rds-db:connect", NotResource: "x" }),
    writes: null,
  },
  { what: "it is no document: nothing is written", live: "{", writes: null },
  {
    what: "the id is not known: what no known cluster has stays",
    unread: down(null),
    live: documentOf(allow(door("cluster-A", "old"), B, door("cluster-X"))),
    writes: [gives(A, B, door("cluster-X"))],
  },
  {
    what: "the id is not known: a wildcard stays whole",
    unread: down(null),
    live: documentOf(allow(door("cluster-*"))),
    writes: [gives(A, door("cluster-*"))],
  },
  {
    what: "the id is not known: another account's goes",
    unread: down(null),
    live: documentOf(allow(A, B.replace(ACCOUNT_ID, "999988887777"))),
    writes: [gives(A)],
    roles: BOTH,
  },
];

/** In any order. */
const setOf = (statement: unknown): unknown => (Array.isArray(statement) ? new Set(statement) : statement);

describe("a policy with a door to a cluster that was not read", () => {
  it.each(CASES)("$what", ({ live, roles = BOTH, unread = down(), writes }) => {
    const plan = planOf(file(roles), world(account(live), [unread]));
    const found = written(plan);
    if (writes === null) expect(found).toBeNull();
    else expect(new Set(found?.map(setOf))).toEqual(new Set(writes.map(setOf)));
    expect(plan.complete).toBe(false);
  });

  it("is narrowed and written whole again once the cluster can be read", () => {
    const plan = planOf(file(DEMO), world(account(documentOf(allow(A, B))), [], [demoCluster(), bi()]));
    expect(written(plan)).toEqual([gives(A)]);
    expect(plan.complete).toBe(true);
  });
});

const ANY = BOTH.replace("clusters: [demo, bi]", "any_cluster: true");
describe("any_cluster beside a cluster that was not read", () => {
  it.each<readonly [string, readonly string[], string, readonly unknown[] | null]>([
    ["stays where it is there", [door("*")], "", null],
    ["opens what was read, and waits with the rest", [], "", [gives(A)]],
    ["closes nothing meanwhile", [A, B], "", null],
    ["is opened when the other is in another region", [A], "region: eu-west-1, ", [gives(door("*"))]],
  ])("%s", (_, live, region, writes) => {
    const document = live.length === 0 ? documentOf({ ...allow("*"), Action: "s3:*" }) : documentOf(allow(...live));
    expect(written(planOf(file(ANY, undefined, region), world(account(document))))).toEqual(writes);
  });
});

describe("what else leads to a cluster that was not read", () => {
  it("a trust stays as it is, and so do attachment and profile", () => {
    const profile = { name: "box", path: "/", arn: "x", role: "app", tags: TAGS };
    const of = account(documentOf(allow(A, B)), { instanceProfiles: new Map([["box", profile]]) }, LAMBDA);
    const plan = planOf(file(BOTH), world(of));
    expect(plan.changes).toEqual([]);
    expect(plan.problems.map(({ message }) => message)).toContain(
      "In account db these stay as they are: IAM roles app; what IAM policies app-access say of it. They lead to cluster bi, which was not read.",
    );
  });

  it("a trust is changed where the live policy has no door to it", () => {
    expect(callsOf(planOf(file(BOTH), world(account(documentOf(allow(A)), {}, LAMBDA))))).toContain("UpdateAssumeRolePolicy");
  });

  it("a new IAM role is made with its other doors, or waits when it has none", () => {
    const made = planOf(file(BOTH), world(emptyAccount()));
    expect(callsOf(made)).toEqual(["CreateRole", "CreatePolicy", "AttachRolePolicy"]);
    expect(written(made)).toEqual([gives(A)]);
    const waits = planOf(file(BI), world(emptyAccount()));
    expect(waits.changes).toEqual([]);
    expect(codes(waits)).toEqual(["cannot-connect", "left-out"]);
  });

  it("an IAM role that the file no longer names stays whole; one without such a door is deleted", () => {
    const stays = planOf(file("{}"), world(account(documentOf(allow(A, B)))));
    expect(stays.changes).toEqual([]);
    const goes = planOf(file("{}"), world(account(documentOf(allow(A)))));
    expect(titles(goes).sort()).toEqual([
      "delete IAM policy app-access",
      "delete IAM role app",
      expect.stringContaining("delete attachment"),
    ]);
  });

  it("a stranger who carries such a policy keeps it", () => {
    const of = account(documentOf(allow(A, B)));
    const stranger = {
      ...of,
      attachments: [...of.attachments, { principal: "user", name: "eve", policyArn: of.attachments[0]?.policyArn ?? "" } as const],
    };
    expect(planOf(file(BOTH), world(stranger)).changes).toEqual([]);
    expect(titles(planOf(file(BOTH), world(stranger, [], [demoCluster(), bi()])))).toEqual([expect.stringContaining("delete attachment")]);
  });

  it("an IAM role whose policy has another name in the file keeps the old one, and gets no second", () => {
    const renamed = BOTH.replace("trust:", "policy: other, trust:");
    expect(planOf(file(renamed), world(account(documentOf(allow(A, B))))).changes).toEqual([]);
  });

  it("an IAM role waits for an account whose IAM roles it shall trust and that was not read", () => {
    const two =
      `${file(DEMO.replace("service: ec2.amazonaws.com", "role: hub").replace(/ }$/, ", hub: { account: m, assume: [app], trust: [ { service: ec2.amazonaws.com } ] } }"))}`.replace(
        "accounts: { ",
        'accounts: { m: { id: "444455556666", region: us-east-2 }, ',
      );
    const other: Unread = { ...noIam, target: { type: "account", name: "m" } };
    expect(planOf(two, world(emptyAccount(), [other], [demoCluster(), bi()])).changes).toEqual([]);
    // So does one that shall take an IAM role of it: the other half of the way is not known.
    const taking = two
      .replace("role: hub", "service: ec2.amazonaws.com")
      .replace("{ account: m, assume: [app],", "{ account: m,")
      .replace("app: { account: db,", "app: { account: db, assume: [hub],")
      .replace("hub: { account: m, trust: [ { service: ec2.amazonaws.com } ]", "hub: { account: m, trust: [ { role: app } ]");
    const waiting = planOf(taking, world(emptyAccount(), [other], [demoCluster(), bi()]));
    expect(waiting.changes).toEqual([]);
    expect(waiting.problems.filter(({ code }) => code === "left-out").map(({ message }) => message)).toEqual([
      "In account db these stay as they are: IAM roles app. They take or trust IAM roles of account m, which was not read.",
    ]);
    const trusts = TRUST.replace('"Service":"ec2.amazonaws.com"', '"AWS":"arn:aws:iam::444455556666:role/hub"');
    expect(callsOf(planOf(two, world(account(documentOf(), {}, trusts), [other], [demoCluster(), bi()])))).toContain("CreatePolicyVersion");
  });
});

describe("a way to log in that would change", () => {
  const password = { roles: new Map(demoCluster().roles), memberships: [] };
  const becomesIam = (unread: readonly Unread[], of: AccountSnapshot | null, roles: string): Plan =>
    planOf(file(roles), world(of, unread, [demoCluster(password)]));

  it("waits while the account's IAM could not be read; gains and losses go on", () => {
    const plan = becomesIam([noIam, down()], null, DEMO);
    expect(sqlOf(plan)).toEqual([]);
    expect(codes(plan)).toContain("left-out");
    const external = planOf(file("{}", "{ ro: { login: external } }"), world(null, [noIam, down()]));
    expect(sqlOf(external)).toEqual([]);
    const made = planOf(file("{}", "{ ro: { login: iam }, rw: { login: iam } }"), world(null, [noIam, down()]));
    expect(sqlOf(made).join("\n")).toMatch(/CREATE ROLE "rw"[\s\S]*GRANT "rds_iam" TO "rw"/);
    const gone = planOf(file("{}", "{}"), world(null, [noIam, down()]));
    expect(sqlOf(gone).join("\n")).toMatch(/DROP ROLE "ro"/);
  });

  it("waits for a door that stays as it is, and for no other", () => {
    expect(sqlOf(becomesIam([down()], account(documentOf(allow(A, B))), BOTH))).toEqual([]);
    expect(sqlOf(becomesIam([down()], account(documentOf(allow(A))), BOTH)).join()).toContain('GRANT "rds_iam" TO "ro"');
  });
});

describe("what the file that was applied last would do", () => {
  it("is known without a cluster that was not read", () => {
    const live = world(account(documentOf(allow(A, door("cluster-A", "old"), B))));
    const base = baseOf(file(DEMO), file(BOTH), live);
    expect(effects(base as Plan)).toEqual(["IAM policy app-access loses rds-db:connect as user old of cluster demo"]);
  });

  it("takes no door to a cluster that is elsewhere now", () => {
    const moved = file(BOTH, undefined, "region: eu-west-1, ");
    const base = baseOf(moved, file(BOTH), world(account(documentOf(allow(A, B))), [], [demoCluster(), bi()]));
    expect(base?.changes.map(({ target }) => target.type)).toEqual([]);
    const there = documentOf(allow(A, door("cluster-OLD", "ro", "eu-west-1")));
    expect(effects(baseOf(moved, file(BOTH), world(account(there), [down()])) as Plan)).toEqual([]);
  });
});

describe("a plan that is not complete", () => {
  it("has what it could read, and says what is left out; the error stops that alone", () => {
    const roles = new Map([...demoCluster().roles].filter(([name]) => name !== "ro"));
    const plan = planOf(file("{}"), world(emptyAccount(), [down()], [demoCluster({ roles, memberships: [] })]));
    expect(plan.leftOut.map(({ target }) => target)).toEqual([{ type: "cluster", name: "bi" }]);
    expect(titles(plan)).toContain("create user ro");
    expect(plan.problems.filter((p) => p.severity === "error")).toMatchObject([{ code: "cannot-connect", leavesOut: { name: "bi" } }]);
  });

  it("is complete in a narrowed run that does not write to what could not be read", () => {
    const scoped = (type: "cluster" | "account", name: string): Plan =>
      planAccess({
        declared: parse(file(BOTH)),
        snapshot: world(account(documentOf(allow(B)))),
        narrowing: { scope: { [type]: [name] }, includes: (target) => target.type === type && target.name === name },
        now: NOW,
      });
    expect(scoped("cluster", "demo")).toMatchObject({ complete: true, leftOut: [], changes: [] });
    expect(scoped("cluster", "demo").problems.map(({ severity, code }) => [severity, code])).toContainEqual(["warning", "cannot-connect"]);
    expect(scoped("cluster", "bi").complete).toBe(false);
    expect(scoped("account", "db").complete).toBe(false);
    expect(written(scoped("account", "db"))).toEqual([gives(A, B)]);
  });

  it("says a fault once that meets two targets", () => {
    const problems = [errorProblem("aws-no-credentials", "None.")];
    const plan = planOf(
      file("{}"),
      world(
        null,
        [
          { ...down(), problems },
          { ...down(null, "demo"), problems },
          { ...noIam, problems },
        ],
        [],
      ),
    );
    expect(codes(plan)).toEqual(["aws-no-credentials"]);
    expect(plan.leftOut.length).toBe(3);
  });
});
