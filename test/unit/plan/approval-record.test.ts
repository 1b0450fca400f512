import { describe, expect, it } from "vitest";
import type { Net, NetItem } from "../../../src/model/net.js";
import type { ApplyOutcome } from "../../../src/model/outcome.js";
import type { Plan } from "../../../src/model/plan.js";
import { nameOfPrincipal } from "../../../src/model/principal.js";
import { approvalsOf } from "../../../src/plan/approval.js";
import { type Binding, type RecordOptions, readRecord, writeRecord } from "../../../src/plan/approval-record.js";
import { refusals } from "../../../src/plan/guards.js";
import { netNotShown } from "../../../src/plan/net-record.js";
import { sha256 } from "../../../src/reconcile.js";
import { netNotReviewed } from "../../../src/report/net-not-reviewed.js";
import { verdictParts, verdictText } from "../../../src/report/verdict.js";
import { fakeChange, fakePlan, role, tableThing } from "../../support/fake-plan.js";

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

const gains = (who: string, rest: Partial<NetItem> = {}): Net => ({
  who: role(who),
  items: [{ verbs: ["select"], examples: [tableThing("notes", "crm")], count: 1, from: 0, to: 3, through: [], ...rest }],
  nowThrough: [],
});
const withNet = (...net: readonly Net[]): Plan => ({ ...plan, net });
const writeNet = (of: Plan = withNet(gains("carol")), room = 65_000, leaveOut: RecordOptions["leaveOut"] = []): string =>
  writeRecord(of, mine, { hash: sha256, room, leaveOut });

describe("the record in a check", () => {
  it("is read as it was written, whatever line ends GitHub gives it", () => {
    const whole = { digest: plan.digest, ids: idsOf("a", "b"), net: [] };
    expect(write()).toMatch(/^pgaccord-approvals 3\npull 12 "main" a{40}\nsha256:0{64}\n([0-9a-f]{24}\n){2}end\n$/);
    expect(readRecord(write(), mine)).toEqual(whole);
    expect(readRecord(write().replaceAll("\n", "\r\n"), mine)).toEqual(whole);
    expect(readRecord(write().trim(), mine)).toEqual(whole);
  });

  it("holds the digest alone when there are too many", () => {
    expect(readRecord(write(180), mine)).toEqual({ digest: plan.digest, ids: null, net: null });
  });

  it("leaves out targets, and with them the digest, which is of the whole plan", () => {
    expect(readRecord(write(65_000, [MAIN]), mine)).toEqual({ digest: null, ids: idsOf("b"), net: [] });
    expect(readRecord(write(65_000, [DB]), mine)).toEqual({ digest: null, ids: idsOf("a"), net: [] });
    expect(readRecord(write(65_000, [{ type: "account", name: "main" }]), mine)).toEqual({ digest: null, ids: idsOf("a", "b"), net: [] });
    expect(readRecord(write(65_000, [MAIN, DB]), mine)).toEqual({ digest: null, ids: [], net: [] });
    expect(readRecord(write(110, [DB]), mine)).toEqual({ digest: null, ids: null, net: null });
  });

  it("holds what the plan lets anybody reach, and gives that up first when there is too much", () => {
    const text = writeNet();
    expect(readRecord(text, mine)).toEqual({ digest: plan.digest, ids: idsOf("a", "b"), net: [expect.stringMatching(/^[0-9a-f]{24}$/)] });
    expect(readRecord(writeNet(withNet(gains("carol")), text.length - 1), mine)).toEqual({
      digest: plan.digest,
      ids: idsOf("a", "b"),
      net: null,
    });
    expect(readRecord(writeNet(withNet(gains("carol", { from: 3, to: 0 }))), mine)?.net).toEqual([]);
    expect(readRecord(writeNet(withNet(gains("carol")), 65_000, [MAIN]), mine)?.net).toEqual([]);
  });

  it("of version 2 counts, and says nothing of what its plan let anybody reach", () => {
    const old = write().replace("approvals 3", "approvals 2");
    expect(readRecord(old, mine)).toEqual({ digest: plan.digest, ids: idsOf("a", "b"), net: null });
  });

  it("of no plan approves nothing, and is a record", () => {
    expect(readRecord(writeRecord(null, mine, { hash: sha256, room: 65_000, leaveOut: [] }), mine)).toEqual({
      digest: null,
      ids: [],
      net: [],
    });
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
    expect(readRecord(text, odd)).toEqual({ digest: plan.digest, ids: idsOf("a", "b"), net: [] });
    expect(readRecord(text, mine)).toBeNull();
  });

  it.each([
    ["nothing", ""],
    ["something else", "hello"],
    ["one of the first version, which was bound to nothing", write().replace(/approvals 3\npull .*\n/, "approvals 1\n")],
    ["one that only says that it is of the first version", write().replace("approvals 3", "approvals 1")],
    ["one of a later version", write().replace("approvals 3", "approvals 4")],
    ["a cut-off one", write().slice(0, -5)],
    ["one that is cut off after a line", write().replace("end\n", "")],
    ["one with a line of another", write().replace("\nend", "\n*\nend")],
    ["one of the second version with lines of the third", writeNet().replace("approvals 3", "approvals 2")],
    ["one with a net that is none", writeNet().replace(/net ./, "net x")],
    ["a digest that is none", write().replace("sha256:", "sha1:")],
  ])("%s is none", (_, text) => {
    expect(readRecord(text, mine)).toBeNull();
  });
});

describe("what two merged pull requests reach together", () => {
  const record = (...net: readonly Net[]) => {
    const read = readRecord(writeNet({ ...withNet(...net), digest: `sha256:${"1".repeat(64)}` }), mine);
    if (!read) throw new Error("no record");
    return read;
  };
  const whos = (of: Plan, ...records: readonly ReturnType<typeof record>[]): string[] =>
    netNotShown(of, records, sha256).flatMap(({ who, items }) => items.map(({ verbs }) => `${nameOfPrincipal(who)} ${verbs.join()}`));

  it("is what no single record shows", () => {
    const together = withNet(gains("carol"), gains("dave"), gains("erin"));
    expect(whos(together, record(gains("carol")), record(gains("dave")))).toEqual(["erin select"]);
    expect(whos(together, record(), record())).toEqual(["carol select", "dave select", "erin select"]);
    expect(whos(together, record(gains("carol"), gains("dave"), gains("erin")))).toEqual([]);
  });

  it.each<[string, Partial<NetItem>, string[]]>([
    ["the same", {}, []],
    ["another table of the schema, as under a wildcard", { examples: [tableThing("more", "crm")], count: 9 }, []],
    ["another schema", { examples: [tableThing("notes", "raw")] }, ["carol select"]],
    ["another verb beside it", { verbs: ["select", "insert"] }, ["carol insert"]],
    ["less far", { to: 2 }, []],
    ["a loss", { from: 3, to: 0 }, []],
  ])("with a record of select on crm, at once: %s", (_, rest, left) => {
    expect(whos(withNet(gains("carol", rest)), record(gains("carol")))).toEqual(left);
  });

  it("is also what reaches further than was shown", () => {
    expect(whos(withNet(gains("carol")), record(gains("carol", { to: 2 })))).toEqual(["carol select"]);
  });

  it("is not known of a record that does not say, and nothing is of the very plan that was shown", () => {
    const together = withNet(gains("carol"));
    expect(whos(together, record(), { ...record(), net: null })).toEqual([]);
    expect(whos(together, { ...record(), digest: together.digest })).toEqual([]);
  });

  it("is a warning that names it and refuses nothing", () => {
    const together = withNet(gains("carol"), gains("dave"));
    const [problem, ...others] = netNotReviewed(together, netNotShown(together, [record(), record()], sha256));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      code: "net-not-reviewed",
      severity: "warning",
      message:
        "In the end somebody reaches more than any merged pull request alone showed: carol gains select on table crm.notes; dave gains select on table crm.notes.",
    });
    expect(refusals([problem ?? never()], [])).toEqual([]);
    const plan = { ...together, problems: [problem ?? never()] };
    const outcome: ApplyOutcome = { status: "applied", units: [], followed: [], remaining: [], residue: [], unverified: null, next: [] };
    const options = { title: "t", detail: "full", markOf: () => "" } as const;
    for (const text of [
      verdictText(plan, { type: "outcome", outcome, undone: [] }, "full"),
      ...verdictParts(plan, { type: "outcome", outcome, undone: [] }, options),
    ])
      expect(text).toContain("dave gains select on table crm.notes");
    expect(netNotReviewed(together, [])).toEqual([]);
  });
});

const never = (): never => {
  throw new Error("no problem");
};
