import { describe, expect, it } from "vitest";
import { errorProblem, warningProblem } from "../../../src/model/problem.js";
import type { Key } from "../../../src/model/resource.js";
import { renderText } from "../../../src/report/text.js";
import { fakeChange, fakePlan, grantsOnTables } from "../../support/fake-plan.js";

const text = (plan: Parameters<typeof renderText>[0], verbose = false): string => renderText(plan, { color: false, verbose });
const place = { file: "access.yaml", line: 12, column: 3 };

describe("a plan as text", () => {
  it("is effects first, with the line behind each, problems and counts", () => {
    const changes = [
      fakeChange("pg.role/main/ann", { op: "create", kind: "pg.role", title: "create user ann", sources: [[place]] }),
      ...grantsOnTables(2, 1, 1),
      fakeChange("pg.membership/main/r/x", {
        op: "delete",
        kind: "pg.membership",
        effects: [{ effect: "loses", who: "x", what: ["membership"], preposition: "in", on: "role r", fold: null }],
        sources: [[]],
      }),
      fakeChange("pg.role/main/old", { op: "delete", kind: "pg.role", title: "delete user old", sources: [[]] }),
    ];
    const problems = [warningProblem("later-objects-not-covered", "Later objects are not covered.", { place, hint: "Name the creators." })];
    const unmanaged = [{ key: "pg.role/main/z" as Key, title: "role z has privileges" }];
    expect(text(fakePlan(changes, { problems, unmanaged }))).toBe(`cluster main PostgreSQL 17.10
  + create user ann (access.yaml:12)
  + r0 gains select on 2 tables of s0 (s0.*, access.yaml:7)
  - x loses membership in role r (not in the file)
  - delete user old (not in the file)

access.yaml:12:3: warning: Later objects are not covered. [later-objects-not-covered]
    Name the creators.

Left alone:
  ? role z has privileges

Plan: 1 to create, 2 to change, 2 to delete; 2 rights gained, 1 lost.
Digest: sha256:${"0".repeat(64)}
`);
  });

  it("is one line when there is nothing to do", () => {
    expect(text(fakePlan([]))).toBe("No changes: the servers match the file.\n");
  });

  it("never says that all is well when a target could not be read", () => {
    const out = text(fakePlan([], { complete: false, problems: [errorProblem("cannot-connect", "Cannot connect.")] }));
    expect(out).toContain("Incomplete: a target could not be read");
    expect(out).not.toContain("match the file");
  });

  it.each([
    [1, "r0 gains select on 5,000 tables of s0 (s0.*, access.yaml:7)"],
    [50, "r0 gains select on 5,000 tables of 50 schemas (access.yaml:7 and 49 more lines)"],
  ])("5,000 tables × 20 roles in %i schemas are at most 50 lines", (schemas, line) => {
    const out = text(fakePlan(grantsOnTables(5000, 20, schemas)));
    expect(out.split("\n").length).toBeLessThanOrEqual(50);
    expect(out).toContain(line);
  });

  it("says what it left out, and shows all when asked", () => {
    const odd = Array.from({ length: 1000 }, (_, i) =>
      fakeChange(`k${i}`, {
        effects: [{ effect: "gains", who: `r${i}`, what: [`privilege ${i}`], preposition: "on", on: `thing${i} x`, fold: null }],
        sources: [[]],
      }),
    );
    const out = text(fakePlan(odd));
    expect(out.split("\n").length).toBeLessThanOrEqual(50);
    expect(out).toContain("and 966 more lines: --verbose shows all");
    expect(text(fakePlan(odd), true).split("\n").length).toBeGreaterThan(1000);
  });

  it("cannot be forged by a name", () => {
    const who = "a\n  + root gains everything\u001b[31m\u202e";
    const change = fakeChange("k", {
      effects: [{ effect: "gains", who, what: ["select"], preposition: "on", on: "table t", fold: null }],
      sources: [[]],
    });
    const out = text(fakePlan([change]));
    expect(out).toContain("+ a\\u{a}  + root gains everything\\u{1b}[31m\\u{202e} gains select on table t");
    expect(out.split("\n").filter((l) => l.startsWith("  +"))).toHaveLength(1);
  });
});
