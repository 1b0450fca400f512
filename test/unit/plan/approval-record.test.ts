import { describe, expect, it } from "vitest";
import { approvalsOf } from "../../../src/plan/approval.js";
import { readApprovals, writeApprovals } from "../../../src/plan/approval-record.js";
import { sha256 } from "../../../src/reconcile.js";
import { fakePlan, grantsOnTables } from "../../support/fake-plan.js";

describe("what a check keeps of a plan", () => {
  const plan = fakePlan(grantsOnTables(3, 2, 2));
  const whole = writeApprovals(plan, sha256, 65_000);

  it("is read as it was written, whatever line ends GitHub gives it", () => {
    const ids = approvalsOf(plan, sha256)
      .map((a) => a.id)
      .sort();
    expect(ids).toHaveLength(4);
    expect(readApprovals(whole)).toEqual({ digest: plan.digest, ids });
    expect(readApprovals(whole.replaceAll("\n", "\r\n"))).toEqual({ digest: plan.digest, ids });
  });

  it("holds the digest alone when there are too many", () => {
    expect(readApprovals(writeApprovals(plan, sha256, 120))).toEqual({ digest: plan.digest, ids: null });
  });

  it.each([
    ["nothing", ""],
    ["something else", "hello"],
    ["a cut-off one", whole.slice(0, -8)],
    ["one with a line of another", whole.replace("\nend", "\n*\nend")],
    ["a digest that is none", whole.replace("sha256:", "sha1:")],
  ])("%s is none", (_, text) => {
    expect(readApprovals(text)).toBeNull();
  });
});
