import { describe, expect, it } from "vitest";
import { lockAll } from "../../../src/apply/locks.js";
import { runPlan } from "../../../src/apply/run.js";
import { RunError } from "../../../src/model/failure.js";
import type { ApplyOutcome } from "../../../src/model/outcome.js";
import type { Plan } from "../../../src/model/plan.js";
import type { Lock, Ports } from "../../../src/model/ports.js";
import { errorProblem, ProblemsError } from "../../../src/model/problem.js";
import type { ClusterSnapshot, Snapshot, Unread } from "../../../src/model/snapshot.js";
import { leaveOut } from "../../../src/model/unread.js";
import { planAccess } from "../../../src/reconcile.js";
import { renderOutcomeJson, renderOutcomeText } from "../../../src/report/outcome.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import { MARK, NOW, parse, serverOf, worldOf } from "../../support/stage.js";

const FILE = parse(`version: 1
owner: acme/access
clusters:
  main: { address: 127.0.0.1:5432, admin: { user: postgres, auth: none }, databases: { shop: {} } }
  next: { address: 127.0.0.1:5433, admin: { user: postgres, auth: none }, databases: { shop: {} } }
defaults: { clusters: [main, next] }
roles: { a: {} }
`);
const build = (snapshot: Snapshot): Plan => planAccess({ declared: FILE, snapshot, now: NOW });
const down = (name: string): Unread => ({
  target: { type: "cluster", name },
  problems: [errorProblem("cannot-connect", `Cannot connect to cluster ${name}.`)],
  rds: null,
});
const server = (name: string, ...roles: readonly string[]): ClusterSnapshot => {
  const all = ["postgres", ...roles].map((role) =>
    fakeRole(role, role === "postgres" ? { superuser: true } : { comment: MARK.replace("main", name) }),
  );
  return { ...serverOf([], []), name, roles: new Map(all.map((role) => [role.name, role])) };
};

const portsOf = (rest: Partial<Ports>): Ports => {
  const never = (): Promise<never> => Promise.reject(new Error("not called"));
  return {
    inspect: never,
    lock: never,
    begin: never,
    proveLogin: never,
    callAws: never,
    awaitSeen: never,
    sleep: () => Promise.resolve(),
    ...rest,
  };
};
const done = (): Promise<void> => Promise.resolve();

/** What a plan that leaves next out ends as, when reading again finds this. */
const outcomeOf = (after: Snapshot): Promise<ApplyOutcome> =>
  runPlan({
    plan: build({ ...worldOf([server("main")]), unread: [down("next")] }),
    ports: portsOf({ inspect: () => Promise.resolve(after), begin: () => Promise.resolve({ run: done, commit: done, rollback: done }) }),
    locks: new Map([["main", { check: async () => undefined, release: async () => undefined }]]),
    rebuild: build,
    onUnit: () => undefined,
    stopped: () => false,
  });

describe("an apply that leaves a cluster out", () => {
  const plan = build({ ...worldOf([server("main")]), unread: [down("next")] });

  it.each<readonly [string, Snapshot]>([
    ["still down", { ...worldOf([server("main", "a")]), unread: [down("next")] }],
    ["up again meanwhile", worldOf([server("main", "a"), server("next")])],
  ])("is applied in part, and says what is missing: %s", async (_, after) => {
    const outcome = await outcomeOf(after);
    expect(outcome).toMatchObject({ status: "partial", remaining: [], unverified: null, next: [expect.stringContaining("left out")] });
    expect(renderOutcomeText(plan, outcome, { color: false })).toContain("Left out: cluster next: Cannot connect to cluster next.");
    expect(JSON.parse(renderOutcomeJson(outcome.status, plan, outcome))).toMatchObject({
      status: "partial",
      left_out: [{ type: "cluster", name: "next", problems: [{ code: "cannot-connect" }] }],
    });
  });

  it("is not verified when another one is gone meanwhile", async () => {
    const outcome = await outcomeOf({ ...worldOf([]), unread: [down("main"), down("next")] });
    expect(outcome).toMatchObject({ status: "not-converged", unverified: "Cannot connect to cluster main." });
  });
});

describe("locks", () => {
  const failing = (error: Error): { ports: Ports; released: string[] } => {
    const released: string[] = [];
    const lock = (name: string): Promise<Lock> =>
      name === "next" ? Promise.reject(error) : Promise.resolve({ check: done, release: async () => void released.push(name) });
    return { ports: portsOf({ lock }), released };
  };
  const problem = (code: string): ProblemsError => new ProblemsError([errorProblem(code, "No.")]);

  it("leave out a cluster that cannot be locked because it does not answer", async () => {
    const { ports, released } = failing(problem("cannot-connect"));
    const { locks, unlocked } = await lockAll(ports, ["next", "main"]);
    expect([[...locks.keys()], unlocked.map(({ target }) => target.name), released]).toEqual([["main"], ["next"], []]);
  });

  it.each<readonly [string, Error]>([
    ["somebody else holds one", problem("locked")],
    ["a connection broke", new RunError("failed", "The lock was lost.")],
  ])("refuse everything when %s, and are given back", async (_, error) => {
    const { ports, released } = failing(error);
    await expect(lockAll(ports, ["next", "main"])).rejects.toBe(error);
    expect(released).toEqual(["main"]);
  });

  it("that could not be taken leave a cluster out though it was read", () => {
    const left = leaveOut(worldOf([server("main"), server("next")]), [down("next")]);
    expect([[...left.clusters.keys()], left.unread]).toEqual([["main"], [down("next")]]);
    expect(leaveOut({ ...left, unread: [down("next")] }, [down("next")]).unread).toHaveLength(1);
  });
});
