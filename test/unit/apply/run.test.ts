import { describe, expect, it } from "vitest";
import { type RunInput, runPlan } from "../../../src/apply/run.js";
import { runUnit } from "../../../src/apply/unit.js";
import type { Acl, AclEntry } from "../../../src/model/acl.js";
import { RunError } from "../../../src/model/failure.js";
import type { ApplyOutcome } from "../../../src/model/outcome.js";
import type { Plan, Unit } from "../../../src/model/plan.js";
import type { Ports } from "../../../src/model/ports.js";
import type { DeltaItem } from "../../../src/model/right.js";
import type { AccountSnapshot, ClusterSnapshot, Snapshot } from "../../../src/model/snapshot.js";
import { isOnlyNewObjects } from "../../../src/plan/follow.js";
import { renderOutcomeText } from "../../../src/report/outcome.js";
import { fakePlan } from "../../support/fake-plan.js";
import { type FakePorts, fakeLock, fakePorts } from "../../support/fake-ports.js";
import {
  acl,
  allow,
  callsOf,
  DOOR_ARN,
  demoCluster,
  documentOf,
  emptyAccount,
  fileOf,
  iamFile,
  iamRole,
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

const FILE = fileOf("{ analyst: { grants: { shop: { schemas: { s: [usage] }, tables: { s.*: [select] } } } } }");
const SELECT = row("analyst", "own", ["select"]);

/** The shop as an apply of FILE leaves it; `tables` with their ACLs, other roles with our mark. */
function shop(
  groups: Readonly<Record<string, Acl>>,
  marked: readonly string[] = [],
  schema: readonly AclEntry[] = [row("analyst", "own", ["usage"])],
): ClusterSnapshot {
  const of = Object.entries(groups).map(([name, one]) => tables([name], one));
  const defaultAcls = [{ creator: "own", schema: "s", objects: "tables", acl: [SELECT] } as const];
  return serverOf(["analyst", ...marked], of, {
    inspected: new Map([
      ["shop", { name: "shop", schemas: new Map([["s", { name: "s", owner: "own", acl: schema }]]), groups: of, defaultAcls }],
    ]),
  });
}
const GIVEN = acl(SELECT);
const world = (...args: Parameters<typeof shop>): Snapshot => worldOf([shop(...args)]);

interface Ran {
  readonly outcome: ApplyOutcome;
  readonly plan: Plan;
  readonly fake: FakePorts;
}

/** Plans the first, and reads the others one after the other. */
async function run(file: string, [first, ...reads]: readonly [Snapshot, ...Snapshot[]], rest: Partial<RunInput> = {}): Promise<Ran> {
  const plan = planOf(file, first);
  const fake = fakePorts(reads.length === 0 ? [first] : reads);
  const locks = new Map([...first.clusters.keys()].map((name) => [name, fakeLock()]));
  const rebuild = (snapshot: Snapshot): Plan => planOf(file, snapshot);
  const input = { plan, ports: fake.ports, locks, rebuild, onUnit: () => undefined, stopped: () => false, ...rest };
  return { outcome: await runPlan(input), plan, fake };
}

/** A door for ro by the IAM role app, and its policy. */
function account(parts: {
  readonly role?: boolean;
  readonly policy?: boolean;
  readonly attached?: boolean;
  readonly other?: string;
}): AccountSnapshot {
  const tags = [...TAGS, { key: "pgaccord:policy", value: "app-access" }];
  const app = parts.role ? [iamRole("app", TRUST, "/", tags)] : [];
  const stays = parts.other ? [iamRole("stays", parts.other, "/", [...TAGS, { key: "pgaccord:policy", value: "stays-access" }])] : [];
  const own = parts.policy ? [policy("app-access", documentOf({ Sid: "PgaccordConnect", ...allow(DOOR_ARN) }))] : [];
  const theirs = parts.other ? [policy("stays-access", documentOf({ Sid: "PgaccordConnect", ...allow(DOOR_ARN) }))] : [];
  const attachments = [...(parts.attached ? ["app"] : []), ...(parts.other ? ["stays"] : [])].map((name) => ({
    principal: "role" as const,
    name,
    policyArn: policy(`${name}-access`, "")[1].arn,
  }));
  return emptyAccount({ roles: new Map([...app, ...stays]), policies: new Map([...own, ...theirs]), attachments });
}
const GONE = iamFile("{}");
const STAYS = iamFile("{ stays: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }] } }");
const WRONG = TRUST.replace("ec2", "lambda");
const at = (...parts: Parameters<typeof account>): Snapshot => worldOf([demoCluster()], [account(...parts)]);

describe("after an apply the servers are read", () => {
  it("once, when nothing is deleted", async () => {
    const { outcome, fake } = await run(FILE, [world({ a: acl() }), world({ a: GIVEN })]);
    expect([outcome.status, fake.count("read")]).toEqual(["applied", 1]);
  });

  it("once, when things are only deleted", async () => {
    const { outcome, plan, fake } = await run(FILE, [world({ a: GIVEN }, ["gone"]), world({ a: GIVEN })]);
    expect(sqlOf(plan)).toEqual(['DROP ROLE "gone"']);
    expect([outcome.status, fake.count("read")]).toEqual(["applied", 1]);
  });

  it("once, when a server's own commit says that what is deleted holds nothing any more", async () => {
    const { outcome, plan, fake } = await run(FILE, [world({ a: acl(row("gone", "own", ["select"])) }, ["gone"]), world({ a: GIVEN })]);
    expect(sqlOf(plan)).toEqual(expect.arrayContaining([expect.stringMatching(/^REVOKE SELECT .* FROM "gone"/), 'DROP ROLE "gone"']));
    expect([outcome.status, fake.count("read")]).toEqual(["applied", 1]);
    expect(fake.log.indexOf('DROP ROLE "gone"')).toBeLessThan(fake.log.indexOf("read"));
  });

  it("twice, when IAM must first show what is deleted: before and after it", async () => {
    const { outcome, plan, fake } = await run(GONE, [
      at({ role: true, policy: true, attached: true }),
      at({ role: true, policy: true }),
      at({}),
    ]);
    expect(callsOf(plan)).toEqual(["DetachRolePolicy", "DeletePolicy", "DeleteRole"]);
    expect([outcome.status, fake.log]).toEqual(["applied", ["DetachRolePolicy", "read", "DeletePolicy", "DeleteRole", "read"]]);
  });
});

describe("what hangs on a door", () => {
  const before = at({ other: WRONG });

  it("comes when IAM shows that another is closed", async () => {
    const { outcome, fake } = await run(STAYS, [before, at({ other: TRUST })]);
    const [close, seen, open] = ["UpdateAssumeRolePolicy", "see UpdateAssumeRolePolicy", "UpdateAssumeRolePolicy"];
    expect([fake.log.filter((line) => line.includes("AssumeRolePolicy")), outcome.units.map(({ phase }) => phase)]).toEqual([
      [close, seen, open],
      ["close", "open", "delete"].slice(0, outcome.units.length),
    ]);
  });

  it("does not come when IAM does not show it", async () => {
    const fake = fakePorts([before]);
    const awaitSeen = async (): Promise<never> => {
      throw new RunError("failed", "not shown", { code: "aws-not-seen" });
    };
    const { outcome } = await run(STAYS, [before], { ports: { ...fake.ports, awaitSeen } });
    expect([outcome.status, outcome.units.map((unit) => unit.status).slice(0, 2), outcome.units[0]?.error?.code]).toEqual([
      "partial",
      ["failed", "skipped"],
      "aws-not-seen",
    ]);
    expect(fake.count("UpdateAssumeRolePolicy")).toBe(1);
  });
});

describe("a deletion", () => {
  it("waits for what concerns it, and nothing is deleted when it does not come", async () => {
    const { outcome, fake } = await run(GONE, [at({ role: true, policy: true, attached: true })]);
    expect(outcome.status).toBe("not-converged");
    expect(fake.log.filter((line) => line !== "read")).toEqual(["DetachRolePolicy"]);
    expect(outcome.units.map((unit) => [unit.phase, unit.status])).toEqual([
      ["close", "applied"],
      ["delete", "skipped"],
    ]);
  });

  it("does not wait for what does not concern it: the rest is said", async () => {
    const before = at({ role: true, policy: true, attached: true, other: WRONG });
    const { outcome, fake } = await run(STAYS, [
      before,
      ...Array.from({ length: 6 }, () => at({ role: true, policy: true, other: WRONG })),
      at({ other: WRONG }),
    ]);
    expect(fake.log).toEqual(expect.arrayContaining(["UpdateAssumeRolePolicy", "DetachRolePolicy", "DeletePolicy", "DeleteRole"]));
    expect([outcome.status, outcome.units.map((unit) => unit.status)]).toEqual(["not-converged", outcome.units.map(() => "applied")]);
    expect(outcome.remaining.map(({ subject }) => subject)).toEqual([{ type: "iam-role", name: "stays" }]);
  });

  it("does not come after a step that failed", async () => {
    const first = at({ role: true, policy: true, attached: true });
    const fake = fakePorts([first]);
    const callAws = async (): Promise<never> => {
      throw new Error("AccessDenied");
    };
    const { outcome } = await run(GONE, [first], { ports: { ...fake.ports, callAws } });
    expect([outcome.status, outcome.units.map((unit) => unit.status), fake.count("read")]).toEqual(["partial", ["failed", "skipped"], 0]);
  });
});

describe("what was made meanwhile under a wildcard", () => {
  const before = world({ a: acl() });
  const mayFollow: RunInput["mayFollow"] = (plan) => isOnlyNewObjects(plan, before);

  it("is planned and carried out, too, and said", async () => {
    const { outcome, plan, fake } = await run(FILE, [before, world({ a: GIVEN, b: acl() }), world({ a: GIVEN, b: GIVEN })], { mayFollow });
    expect([outcome.status, fake.count("read"), outcome.followed.map((one) => titles(one.plan))]).toEqual([
      "applied",
      2,
      [["change privileges on table s.b in shop"]],
    ]);
    expect(fake.log).toContain('GRANT SELECT ON TABLE "s"."b" TO "analyst"');
    expect(renderOutcomeText(plan, outcome, { color: false })).toBe(
      "Applied: 1 right gained, 0 lost.\nOn objects made meanwhile: 1 right gained, 0 lost. Read again: nothing is left to do.\n",
    );
  });

  it("is given three times at most", async () => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const reads = names
      .slice(1)
      .map((_, i) => world(Object.fromEntries(names.slice(0, i + 2).map((name, at) => [name, at <= i ? GIVEN : acl()]))));
    const { outcome, plan, fake } = await run(FILE, [before, ...reads], { mayFollow });
    expect([outcome.status, outcome.followed.length, fake.count("read")]).toEqual(["not-converged", 3, 4]);
    expect(
      outcome.remaining.map(({ subject }) => (subject.type === "privileges" && subject.on.type === "object" ? subject.on.of.name : "")),
    ).toEqual(["e"]);
    expect(renderOutcomeText(plan, outcome, { color: false })).toContain("On objects made meanwhile: 1 right gained");
  });

  it.each<[string, Snapshot, Partial<RunInput>]>([
    ["the caller does not want it", world({ a: GIVEN, b: acl() }), { mayFollow: () => false }],
    ["nobody says that it may be", world({ a: GIVEN, b: acl() }), {}],
    ["it is not new", world({ a: acl(), b: acl() }), { mayFollow }],
    ["something must be taken, too", world({ a: GIVEN, b: acl(row("analyst", "own", ["insert"])) }), { mayFollow }],
    ["something else is left, too", world({ a: GIVEN, b: acl() }, ["gone"]), { mayFollow }],
    ["a grant option is to be taken", world({ a: GIVEN, b: acl(row("analyst", "own", [], ["select"])) }), { mayFollow }],
  ])("is left when %s", async (_, after, rest) => {
    const { outcome, fake } = await run(FILE, [before, after], rest);
    expect([outcome.status, outcome.followed, fake.count("read")]).toEqual(["not-converged", [], 1]);
    expect(outcome.remaining.length).toBeGreaterThan(0);
  });

  it("is nothing that an entry names: it was there, or the plan had an error", () => {
    const literal = FILE.replace("s.*", "s.b");
    expect(isOnlyNewObjects(planOf(literal, world({ a: acl(), b: acl() })), before)).toBe(false);
    expect(isOnlyNewObjects(planOf(FILE, world({ a: GIVEN, b: acl() })), before)).toBe(true);
    expect(isOnlyNewObjects(planOf(FILE, { ...world({ a: GIVEN, b: acl() }), clusters: new Map() }), before)).toBe(false);
  });

  it.each<[string, Partial<DeltaItem>]>([
    ["goes", { effect: "loses" }],
    ["was held in other terms", { other: { grantable: true } }],
    ["no wildcard gives", { sources: [{ file: "access.yaml", line: 1, column: 1, pattern: null, until: null }] }],
  ])("is no right that %s", (_, rest) => {
    const plan = planOf(FILE, world({ a: GIVEN, b: acl() }));
    const changed = plan.changes.map((change) => ({ ...change, delta: change.delta.map((item) => ({ ...item, ...rest })) }));
    expect([isOnlyNewObjects(plan, before), isOnlyNewObjects({ ...plan, changes: changed }, before)]).toEqual([true, false]);
  });

  it("is no view in the place of a table of that name", () => {
    const view = tables(["a"], acl(), { type: "view" });
    const server = shop({});
    const [[name, database]] = [...server.inspected] as [[string, NonNullable<ReturnType<typeof server.inspected.get>>]];
    const replaced = worldOf([{ ...server, inspected: new Map([[name, { ...database, groups: [view] }]]) }]);
    expect(planOf(FILE, replaced).changes).toHaveLength(1);
    expect(isOnlyNewObjects(planOf(FILE, replaced), before)).toBe(false);
  });
});

describe("a step that may lock the admin out", () => {
  const unit: Unit = {
    id: "u1",
    phase: "add",
    site: { cluster: "main", database: "postgres" },
    mode: "transaction",
    after: [],
    check: { type: "can-log-in", logins: ["admin"], undo: ["undo"] },
  };
  const plan = fakePlan([], { units: [unit], steps: [{ unit: "u1", phase: "add", changes: [], run: { sql: "step" } }] });
  const runIt = async (ports: Partial<Ports>, isHeld: () => boolean = () => true) => {
    const fake = fakePorts([]);
    const outcome = await runUnit(unit, { plan, ports: { ...fake.ports, ...ports }, locks: new Map([["main", fakeLock(isHeld)]]) });
    return { status: outcome.status, message: outcome.error?.message ?? null, log: fake.log.filter((line) => !line.startsWith("begin")) };
  };
  const refused = async (): Promise<never> => {
    throw new RunError("failed", "no login");
  };

  it("is proved, and undone when the admin is locked out", async () => {
    expect(await runIt({})).toEqual({ status: "applied", message: null, log: ["step", "commit", "prove", "rollback"] });
    expect(await runIt({ proveLogin: refused })).toEqual({
      status: "rolled back",
      message: "After this step the admin of cluster main could no longer log in, so it was undone.",
      log: ["step", "commit", "undo", "commit"],
    });
  });

  it("is proved by the reader too, where that may be locked out", async () => {
    const both: Unit = { ...unit, check: { type: "can-log-in", logins: ["admin", "reader"], undo: ["undo"] } };
    const asked: string[] = [];
    const fake = fakePorts([]);
    const proveLogin = async (_: string, who: string): Promise<void> => {
      asked.push(who);
      if (who === "reader") await refused();
    };
    const context = { plan, ports: { ...fake.ports, proveLogin }, locks: new Map([["main", fakeLock()]]) };
    const { status, error } = await runUnit(both, context);
    expect([asked, status, error?.message]).toEqual([
      ["admin", "reader"],
      "rolled back",
      "After this step the reader of cluster main could no longer log in, so it was undone.",
    ]);
    expect(fake.log.slice(-2)).toEqual(["undo", "commit"]);
  });

  it("is not undone when it never was committed, and says why that was", async () => {
    let checks = 0;
    expect(await runIt({ proveLogin: refused }, () => ++checks < 2)).toEqual({
      status: "rolled back",
      message: "The lock was lost.",
      log: ["step", "rollback", "rollback"],
    });
  });
});

describe("the lock", () => {
  /** Two databases, so that their units are transactions of their own. */
  const two = fileOf("{ analyst: { grants: { shop: { tables: { s.*: [select] } }, stock: { tables: { s.*: [select] } } } } }").replace(
    "databases: { shop: { creators: [own] } }",
    "databases: { shop: {}, stock: {} }",
  );
  const server = serverOf(["analyst"], []);
  const heads = (name: string) => [name, { name, owner: "own", acl: [] }] as const;
  const inside = (name: string) =>
    [
      name,
      { name, schemas: new Map([["s", { name: "s", owner: "own", acl: [] }]]), groups: [tables([name], acl())], defaultAcls: [] },
    ] as const;
  const first = worldOf([
    { ...server, databases: new Map([heads("shop"), heads("stock")]), inspected: new Map([inside("shop"), inside("stock")]) },
  ]);

  /** Lost once a line that begins so was logged so often. */
  async function losing(line: string, times: number): Promise<Ran> {
    let seen = 0;
    const fake = fakePorts([first], (said) => {
      if (said.startsWith(line)) seen++;
    });
    const ran = await run(two, [first], { ports: fake.ports, locks: new Map([["main", fakeLock(() => seen < times)]]) });
    return { ...ran, fake };
  }

  it("lost between two units stops the second before it begins", async () => {
    const { outcome, plan, fake } = await losing("commit", 1);
    expect(outcome.units.map((unit) => unit.status)).toEqual(["applied", "rolled back"]);
    expect([fake.count("begin"), fake.count("commit"), fake.count("read")]).toEqual([1, 1, 0]);
    expect(renderOutcomeText(plan, outcome, { color: false })).toContain("The lock was lost.");
  });

  it("lost inside a transaction rolls it back", async () => {
    const { outcome, fake } = await losing("GRANT", 1);
    expect(outcome.units.map((unit) => unit.status)).toEqual(["rolled back", "rolled back"]);
    expect([fake.count("begin"), fake.count("commit"), fake.count("rollback")]).toEqual([1, 0, 1]);
  });

  it("that there is none stops everything on its cluster", async () => {
    const { outcome, fake } = await run(two, [first], { locks: new Map() });
    expect([outcome.status, fake.log]).toEqual(["partial", []]);
    expect(outcome.units[0]?.error?.message).toBe("Cluster main is not locked.");
  });

  it("of one of several clusters lets the account go on, of all of them stops it", async () => {
    const world = [at({ role: true, policy: true, attached: true }), at({ role: true, policy: true }), at({})] as const;
    const [held, lost] = [fakeLock(), fakeLock(() => false)];
    expect(
      (
        await run(GONE, [...world], {
          locks: new Map([
            ["demo", held],
            ["other", lost],
          ]),
        })
      ).outcome.status,
    ).toBe("applied");
    const { outcome, fake } = await run(GONE, [...world], {
      locks: new Map([
        ["demo", lost],
        ["other", lost],
      ]),
    });
    expect([outcome.status, fake.log, outcome.units[0]?.error?.message]).toEqual(["partial", [], "The lock was lost."]);
  });
});
