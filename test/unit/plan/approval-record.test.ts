import { describe, expect, it } from "vitest";
import { approvalsOf } from "../../../src/plan/approval.js";
import { type Binding, readRecord, writeRecord } from "../../../src/plan/approval-record.js";
import { sha256 } from "../../../src/reconcile.js";
import { fakeChange, fakePlan } from "../../support/fake-plan.js";

const MAIN = { type: "cluster", name: "main" } as const;
const DB = { type: "account", name: "db" } as const;
const user = { type: "role", name: "x", login: true } as const;
const plan = fakePlan([fakeChange("a", { op: "create", subject: user }), fakeChange("b", { op: "delete", target: DB, subject: user })]);
const mine: Binding = { pull: 12, base: "main", headSha: "a".repeat(40) };
const idsOf = (...keys: readonly string[]): string[] =>
  approvalsOf({ ...plan, changes: plan.changes.filter((c) => keys.includes(c.key)) }, sha256)
    .map((a) => a.id)
    .sort();
const write = (room = 65_000, leaveOut: Parameters<typeof writeRecord>[2]["leaveOut"] = []): string =>
  writeRecord(plan, mine, { hash: sha256, room, leaveOut });

describe("the record in a check", () => {
  it("is read as it was written, whatever line ends GitHub gives it", () => {
    const whole = { digest: plan.digest, ids: idsOf("a", "b") };
    expect(write()).toMatch(/^pgaccord-approvals 2\npull 12 "main" a{40}\nsha256:0{64}\n([0-9a-f]{24}\n){2}end\n$/);
    expect(readRecord(write(), mine)).toEqual(whole);
    expect(readRecord(write().replaceAll("\n", "\r\n"), mine)).toEqual(whole);
    expect(readRecord(write().trim(), mine)).toEqual(whole);
  });

  it("holds the digest alone when there are too many", () => {
    expect(readRecord(write(180), mine)).toEqual({ digest: plan.digest, ids: null });
  });

  it("leaves out targets, and with them the digest, which is of the whole plan", () => {
    expect(readRecord(write(65_000, [MAIN]), mine)).toEqual({ digest: null, ids: idsOf("b") });
    expect(readRecord(write(65_000, [DB]), mine)).toEqual({ digest: null, ids: idsOf("a") });
    expect(readRecord(write(65_000, [{ type: "account", name: "main" }]), mine)).toEqual({ digest: null, ids: idsOf("a", "b") });
    expect(readRecord(write(65_000, [MAIN, DB]), mine)).toEqual({ digest: null, ids: [] });
    expect(readRecord(write(110, [DB]), mine)).toEqual({ digest: null, ids: null });
  });

  it("of no plan approves nothing, and is a record", () => {
    expect(readRecord(writeRecord(null, mine, { hash: sha256, room: 65_000, leaveOut: [] }), mine)).toEqual({ digest: null, ids: [] });
  });

  it.each([
    ["pull request", { pull: 1 }],
    ["pull request with more digits", { pull: 120 }],
    ["base branch", { base: "release" }],
    ["base branch that has this one in its name", { base: 'main" ' }],
    ["head commit", { headSha: "b".repeat(40) }],
  ])("of another %s is none", (_, other) => {
    expect(readRecord(write(), { ...mine, ...other })).toBeNull();
  });

  it("is not ended by the name of a branch", () => {
    const odd = { ...mine, base: 'main" a\nend\n\u2028"' };
    const text = writeRecord(plan, odd, { hash: sha256, room: 65_000, leaveOut: [] });
    expect(readRecord(text, odd)).toEqual({ digest: plan.digest, ids: idsOf("a", "b") });
    expect(readRecord(text, mine)).toBeNull();
  });

  it.each([
    ["nothing", ""],
    ["something else", "hello"],
    ["one of the first version, which was bound to nothing", write().replace(/approvals 2\npull .*\n/, "approvals 1\n")],
    ["one that only says that it is of the first version", write().replace("approvals 2", "approvals 1")],
    ["one of a later version", write().replace("approvals 2", "approvals 3")],
    ["a cut-off one", write().slice(0, -5)],
    ["one that is cut off after a line", write().replace("end\n", "")],
    ["one with a line of another", write().replace("\nend", "\n*\nend")],
    ["a digest that is none", write().replace("sha256:", "sha1:")],
  ])("%s is none", (_, text) => {
    expect(readRecord(text, mine)).toBeNull();
  });
});
