import { describe, expect, it } from "vitest";
import { keyOf } from "../../../src/kinds/key.js";
import type { Change, Effect } from "../../../src/model/plan.js";
import { approvalsOf, unapproved } from "../../../src/plan/approval.js";
import { sha256 } from "../../../src/reconcile.js";
import { fakePlan } from "../../support/fake-plan.js";

const place = (pattern?: string) => ({ file: "access.yaml", line: 1, column: 1, ...(pattern ? { pattern } : {}) });

function acl(table: string, effects: readonly (readonly [string, Effect["effect"], readonly string[], string?])[]): Change {
  const on = { type: "table", schema: "s", name: table } as const;
  return {
    id: "",
    op: "update",
    kind: "pg.acl",
    target: { type: "cluster", name: "main" },
    key: keyOf("pg.acl", { cluster: "main", database: "d", on }),
    title: `change privileges on table s.${table} in d`,
    risk: [],
    effects: effects.map(([who, effect, what]) => ({
      effect,
      who,
      what,
      on: `table s.${table}`,
      preposition: "on",
      fold: { noun: "tables", schema: "s", counted: true },
    })),
    sources: effects.map(([, , , pattern]) => [place(pattern)]),
    before: null,
    after: null,
  };
}

const role = (op: Change["op"], name: string): Change => ({
  ...acl("x", []),
  op,
  kind: "pg.role",
  key: keyOf("pg.role", { cluster: "main", role: name }),
  title: `${op} role ${name}`,
});

const approve = (...changes: readonly Change[]): Set<string> => new Set(approvalsOf(fakePlan(changes), sha256).map((a) => a.id));
const left = (approved: ReadonlySet<string>, ...changes: readonly Change[]): string[] =>
  unapproved(fakePlan(changes), approved, null, sha256);

describe("what was approved", () => {
  const seen = approve(role("create", "a"), acl("t", [["a", "gains", ["select", "insert"], "s.*"]]));

  it("is the same plan, and each part of it", () => {
    expect(left(seen, role("create", "a"), acl("t", [["a", "gains", ["select", "insert"], "s.*"]]))).toEqual([]);
    expect(left(seen, acl("t", [["a", "gains", ["insert"], "s.*"]]))).toEqual([]);
    expect(left(seen)).toEqual([]);
  });

  it("is a table that was made under the wildcard meanwhile", () => {
    expect(left(seen, acl("later", [["a", "gains", ["select"], "s.*"]]))).toEqual([]);
  });

  it("is not the same right without the wildcard, another right, another role, or a loss", () => {
    expect(left(seen, acl("later", [["a", "gains", ["select"], "s.later"]]))).toEqual(["a gains select on table s.later"]);
    expect(left(seen, acl("t", [["a", "gains", ["delete"], "s.*"]]))).toEqual(["a gains delete on tables of s"]);
    expect(left(seen, acl("t", [["b", "gains", ["select"], "s.*"]]))).toEqual(["b gains select on tables of s"]);
    expect(left(seen, acl("t", [["a", "loses", ["select"], "s.*"]]))).toEqual(["a loses select on table s.t"]);
  });

  it("is not another thing done to the same role", () => {
    expect(left(seen, role("delete", "a"))).toEqual(["delete role a"]);
    expect(left(seen, role("adopt", "a"))).toEqual(["adopt role a"]);
  });

  it("of two pull requests is what both did to one table", () => {
    const both = new Set([...approve(acl("t", [["a", "gains", ["select"]]])), ...approve(acl("t", [["b", "loses", ["insert"]]]))]);
    expect(
      left(
        both,
        acl("t", [
          ["a", "gains", ["select"]],
          ["b", "loses", ["insert"]],
        ]),
      ),
    ).toEqual([]);
  });

  it("is bound to the server: a clone of the same name is another", () => {
    const plan = fakePlan([role("create", "a")]);
    const clone = { ...plan, targets: plan.targets.map((t) => ({ ...t, identity: "2" })) };
    expect(unapproved(clone, seen, null, sha256)).toEqual(["create role a"]);
  });
});

describe("what is lost", () => {
  const applied = fakePlan([acl("t", [["a", "loses", ["insert"]]]), role("delete", "gone"), role("create", "b")]);
  const since = (...changes: readonly Change[]): string[] => unapproved(fakePlan(changes), new Set(), applied, sha256);

  it("needs no approval where the file that was applied last would take it, too", () => {
    expect(since(acl("t", [["a", "loses", ["insert"]]]), role("delete", "gone"))).toEqual([]);
  });

  it("needs one where that file gives it, or where there is no such file", () => {
    expect(since(acl("t", [["a", "loses", ["insert", "select"]]]))).toEqual(["a loses select on table s.t"]);
    expect(since(acl("u", [["a", "loses", ["insert"]]]), role("delete", "b"))).toEqual(["a loses insert on table s.u", "delete role b"]);
    expect(left(new Set(), role("release", "gone"), acl("t", [["a", "loses", ["insert"]]]))).toEqual([
      "release role gone",
      "a loses insert on table s.t",
    ]);
  });

  it("is not what is gained: a gain needs an approval whatever that file gives", () => {
    const gains = fakePlan([role("create", "b"), acl("t", [["a", "gains", ["insert"]]])]);
    expect(unapproved(gains, new Set(), gains, sha256)).toEqual(["create role b", "a gains insert on table s.t"]);
  });

  it("on another server is another loss", () => {
    const plan = fakePlan([role("delete", "gone")], { targets: applied.targets.map((t) => ({ ...t, identity: "2" })) });
    expect(unapproved(plan, new Set(), applied, sha256)).toEqual(["delete role gone"]);
  });
});
