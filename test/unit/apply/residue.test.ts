import { describe, expect, it } from "vitest";
import { runPlan } from "../../../src/apply/run.js";
import type { Residue } from "../../../src/model/net.js";
import type { ApplyOutcome } from "../../../src/model/outcome.js";
import type { Ports } from "../../../src/model/ports.js";
import { renderOutcomeText } from "../../../src/report/outcome.js";
import { fakePlan, fakeResidue } from "../../support/fake-plan.js";

const nothing = async (): Promise<void> => undefined;
const PORTS: Ports = {
  inspect: async () => ({ clusters: new Map(), accounts: new Map(), unread: [] }),
  begin: async () => ({ run: nothing, commit: nothing, rollback: nothing }),
  callAws: nothing,
  awaitSeen: nothing,
  proveLogin: nothing,
  lock: async () => ({ check: nothing, release: nothing }),
  sleep: nothing,
};
const site = { cluster: "main", database: "shop" };
const unit = { id: "u1", phase: "change", site, mode: "transaction", after: [] } as const;

/** An apply of one unit, behind which that residue is read. */
const applied = (said: readonly Residue[], found: readonly Residue[]): Promise<ApplyOutcome> =>
  runPlan({
    plan: fakePlan([], { units: [unit], residue: said }),
    ports: PORTS,
    locks: new Map([["main", { check: nothing, release: nothing }]]),
    rebuild: () => fakePlan([], { residue: found }),
    onUnit: () => undefined,
    stopped: () => false,
  });

describe("what stays after an apply", () => {
  it("is converged where the plan said it, and what is left is told", async () => {
    const outcome = await applied([fakeResidue("t")], [fakeResidue("t", { statements: [] })]);
    expect(outcome).toMatchObject({ status: "applied", residue: [{ key: "pg.acl/main/shop/table/s/t" }] });
    const text = renderOutcomeText(fakePlan([]), outcome, { color: false });
    expect(text).toContain("Read again: nothing is left to do but what cannot be done here.");
    expect(text).toContain(
      "Stays different:\n  ! evil should lose select on table s.t in shop, but mallory gave it.\n    Let a superuser run once: REVOKE … t;",
    );
  });

  it("may be less by then", async () => {
    expect(await applied([fakeResidue("t")], [])).toMatchObject({ status: "applied", residue: [] });
  });

  it.each([
    ["more", [fakeResidue("t"), fakeResidue("u")]],
    ["of another grantor", [fakeResidue("t", { grantor: "eve" })]],
    ["of another right", [fakeResidue("t", { effects: [] })]],
  ])("is not converged where it is %s", async (_, found) => {
    const said = [fakeResidue("t")];
    const outcome = await applied(said, found);
    expect(outcome.status).toBe("not-converged");
    expect(renderOutcomeText(fakePlan([], { residue: said }), outcome, { color: false })).toContain("Stays different:");
  });
});
