import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/plan.js";
import { approvalsOf } from "../../src/plan/approval.js";
import { planAccess, sha256 } from "../../src/reconcile.js";
import { approvalText } from "../../src/report/approval-text.js";
import { renderJson } from "../../src/report/json.js";
import { messageOf } from "../../src/report/messages.js";
import { renderText } from "../../src/report/text.js";
import { declaring, entry, GIZMO, holding, OWN, server, things } from "./world.js";

const now = new Date("2026-12-01T12:00:00Z");
const planOf = (declared: ReturnType<typeof declaring>, snapshot: ReturnType<typeof server>): Plan =>
  planAccess({ declared, snapshot, now, things });
const sqlOf = (plan: Plan): string[] => plan.steps.flatMap(({ run }) => ("sql" in run ? [run.sql] : []));
const textOf = (plan: Plan): string => renderText(plan, { color: false, verbose: false });

/** `r` gets select on all gizmos and usage on one of them. */
const FILE = declaring({ r: [entry(null, ["select"], 10), entry("g", ["usage"], 11)] });
const EMPTY = server(["r"], { g: OWN, h: OWN });

describe("a gizmo, which no file but its row knows", () => {
  const plan = planOf(FILE, EMPTY);

  it("is in the text of the plan, folded under its wildcard and named where the file names it", () => {
    expect(textOf(plan)).toBe(`cluster main PostgreSQL 17.10
  + r gains select on 2 gizmos of s (s.*, access.yaml:10)
  + r gains usage on gizmo s.g (access.yaml:11)

Plan: 3 rights gained, 0 lost.
Digest: ${plan.digest}
`);
  });

  it("is granted on as its row says", () => {
    expect(sqlOf(plan)).toEqual(['GRANT SELECT, USAGE ON GIZMO "s"."g" TO "r"', 'GRANT SELECT ON GIZMO "s"."h" TO "r"']);
  });

  it("has typed rights in the JSON", () => {
    const { changes } = JSON.parse(renderJson(plan, sha256));
    expect(changes.map((c: { key: string }) => c.key)).toEqual(["pg.acl/main/shop/gizmo/s/g", "pg.acl/main/shop/gizmo/s/h"]);
    const on = {
      type: "object",
      server: { cluster: "main", identity: "1" },
      site: { database: "shop" },
      of: { type: "gizmo", schema: "s", name: "g" },
    };
    const who = { type: "role", cluster: "main", name: "r" };
    const source = { file: "access.yaml", column: 5, until: null };
    expect(changes[0]).toMatchObject({
      title: "change privileges on gizmo s.g in shop",
      effects: [
        { effect: "gains", who, verb: "select", on, terms: {}, sources: [{ ...source, line: 10, pattern: "s.*" }] },
        { effect: "gains", who, verb: "usage", on, terms: {}, sources: [{ ...source, line: 11, pattern: null }] },
      ],
      add: [
        { role: "r", privileges: ["select"], grant_option: [] },
        { role: "r", privileges: ["usage"], grant_option: [] },
      ],
      remove: [],
    });
  });

  it("is approved once under its wildcard, and by name where the file names it", () => {
    expect(approvalsOf(plan, sha256).map(({ about }) => approvalText(about, plan))).toEqual([
      "r gains select on gizmos of s",
      "r gains usage on gizmo s.g",
    ]);
    const later = planOf(FILE, server(["r"], { g: OWN, h: OWN, new: OWN }));
    expect(approvalsOf(later, sha256)).toEqual(approvalsOf(plan, sha256));
  });

  it("gets all that its row knows for `all`, and needs nothing once it has it", () => {
    const all = declaring({ r: [entry(null, "all", 10)] });
    expect(sqlOf(planOf(all, EMPTY))).toEqual(['GRANT SELECT, USAGE ON GIZMO "s"."g", "s"."h" TO "r"']);
    const held = holding("r", "select", "usage");
    expect(textOf(planOf(all, server(["r"], { g: held, h: held })))).toBe("No changes: the servers match the file.\n");
  });

  it("refuses a privilege that its row does not know, and a name that is not there", () => {
    const plan = planOf(declaring({ r: [entry(null, ["insert"], 10), entry("gg", ["usage"], 11)] }), EMPTY);
    expect(plan.problems.map((p) => [p.code, messageOf(p)])).toEqual([
      ["privilege-needs-version", "Cluster main (PostgreSQL 17) has no privilege insert on gizmos."],
      ["missing-object", "Gizmo s.gg does not exist in database shop of cluster main."],
    ]);
  });

  it("counts in the guards", () => {
    const names = Array.from({ length: 30 }, (_, i) => `g${i}`);
    const held = holding("r", "select", "usage");
    const lost = planOf(declaring({ r: [] }), server(["r"], Object.fromEntries(names.map((name) => [name, held]))));
    expect(lost.counts).toMatchObject({ update: 30, gains: 0, loses: 60 });
    expect(lost.problems.map((p) => [p.code, messageOf(p)])).toEqual([
      ["mass-revoke", "The plan takes 60 of 60 rights in cluster main; safety.max_revokes is 30%."],
    ]);
    expect(textOf(lost)).toContain("- r loses select, usage on 30 gizmos of s (not in the file)");
  });

  it("is cleared before a role that holds a right on it is dropped", () => {
    const held = { role: "old", database: "shop", catalog: things[GIZMO].catalog, type: "acl", count: 2 } as const;
    const acl = holding("old", "select");
    const gizmos = { g: acl, h: acl };
    const dropped = planOf(declaring({}), server(["old"], gizmos, [held]));
    expect(dropped.problems).toEqual([]);
    expect(sqlOf(dropped)).toEqual(['REVOKE SELECT ON GIZMO "s"."g", "s"."h" FROM "old"', 'DROP ROLE "old"']);
    const one = planOf(declaring({}), server(["old"], gizmos, [{ ...held, count: 3 }]));
    expect(one.problems.map((p) => p.code)).toEqual(["role-has-dependents"]);
  });
});
