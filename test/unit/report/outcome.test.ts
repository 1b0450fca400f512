import { describe, expect, it } from "vitest";
import type { ApplyOutcome, UnitOutcome } from "../../../src/model/outcome.js";
import { renderOutcomeJson, renderOutcomeText } from "../../../src/report/outcome.js";
import { renderSql } from "../../../src/report/sql.js";
import { fakePlan, grantsOnTables } from "../../support/fake-plan.js";

const plan = fakePlan(grantsOnTables(2, 1, 1));
const site = { cluster: "main", database: "shop" };
const unit = (id: string, rest: Partial<UnitOutcome> = {}): UnitOutcome => ({
  id,
  phase: "change",
  site,
  status: "applied",
  steps: 3,
  done: 3,
  changes: [],
  ...rest,
});
const outcome = (rest: Partial<ApplyOutcome>): ApplyOutcome => ({
  status: "applied",
  units: [unit("u1")],
  followed: [],
  remaining: [],
  residue: [],
  unverified: null,
  next: [],
  ...rest,
});
const text = (rest: Partial<ApplyOutcome>): string => renderOutcomeText(plan, outcome(rest), { color: false });

describe("an outcome", () => {
  it("of success is one line", () => {
    expect(text({})).toBe("Applied: 2 rights gained, 0 lost. Read again: nothing is left to do.\n");
  });

  it("of a failure says what was done, rolled back, skipped and unknown, and what to run next", () => {
    const error = { message: "permission denied", code: "42501", hint: "Ask the owner." };
    const units = [
      unit("u1"),
      unit("u2", {
        status: "rolled back",
        done: 0,
        changes: plan.changes.slice(0, 1).map((c) => c.key),
        failedStep: 'GRANT SELECT ON TABLE "s"."t" TO "r"',
        error,
      }),
      unit("u3", { site: { account: "db" }, status: "failed", done: 1 }),
      unit("u4", { status: "unknown", done: 0 }),
      unit("u5", { status: "skipped", done: 0 }),
    ];
    expect(text({ status: "partial", units, next: ["Run `pgaccord plan`."] })).toBe(`Applied in part.
  u1 change, cluster main, database shop: applied
  u2 change, cluster main, database shop: rolled back
      at: GRANT SELECT ON TABLE "s"."t" TO "r"
      permission denied [42501]
      Ask the owner.
    - change privileges on table s0.t0 in shop
  u3 change, AWS account db: failed after 1 of 3 steps
  u4 change, cluster main, database shop: unknown
  u5 change, cluster main, database shop: skipped
Run \`pgaccord plan\`.
`);
  });

  it("that did not converge names what is left", () => {
    const out = text({ status: "not-converged", remaining: plan.changes.slice(0, 1), unverified: "no connection" });
    expect(out).toContain("Applied, but reading again still finds changes.");
    expect(out).toContain("Could not be verified: no connection");
    expect(out).toContain("Still different:\n    - change privileges on table s0.t0 in shop");
  });

  it("as JSON has the same", () => {
    expect(JSON.parse(renderOutcomeJson("applied", plan, outcome({})))).toMatchObject({
      version: 1,
      status: "applied",
      digest: plan.digest,
      units: [{ id: "u1", status: "applied", titles: [] }],
    });
    expect(JSON.parse(renderOutcomeJson("refused", plan, null))).toMatchObject({ status: "refused", units: [] });
  });
});

describe("a plan as SQL", () => {
  it("is a script that no text can break out of", () => {
    const sql = renderSql(
      fakePlan([], {
        problems: [{ code: "x", severity: "warning", place: null, key: null, message: "a\nDROP TABLE t;", hint: "Run b." }],
        units: [
          { id: "u1", phase: "change", site, mode: "transaction", after: [] },
          { id: "u2", phase: "open", site: { account: "db" }, mode: "journal", after: ["u1"] },
        ],
        steps: [
          { unit: "u1", phase: "change", changes: [], run: { sql: 'GRANT SELECT ON TABLE "s"."t" TO "r"' } },
          {
            unit: "u2",
            phase: "open",
            changes: [],
            run: {
              account: "db",
              service: "iam",
              action: "AttachRolePolicy",
              region: "us-east-2",
              input: { RoleName: "it's", PolicyArn: "arn\n:x" },
            },
          },
        ],
      }),
    );
    expect(sql).toBe(`-- pgaccord plan of acme/access, digest sha256:${"0".repeat(64)}
-- warning: a\\u{a}DROP TABLE t; Run b.
\\set ON_ERROR_STOP on

-- u1 change: cluster main, database shop
\\connect "shop"
BEGIN;
GRANT SELECT ON TABLE "s"."t" TO "r";
COMMIT;

-- u2 open: AWS account db
-- aws iam attach-role-policy --role-name 'it'\\''s' --policy-arn 'arn\\u{a}:x'
`);
  });

  it.each([
    ["shop", '\\connect "shop"'],
    ["größe_1", '\\connect "größe_1"'],
    // psql would take these for connection settings.
    ["host=evil", `\\connect -reuse-previous=on "dbname='host=evil'"`],
    ["postgres://evil/x", `\\connect -reuse-previous=on "dbname='postgres://evil/x'"`],
    ["-", `\\connect -reuse-previous=on "dbname='-'"`],
    [`a'b"c\\d`, `\\connect -reuse-previous=on "dbname='a\\'b""c\\\\d'"`],
    // psql's commands end at a line break, whatever is quoted; a URI has numbers for it.
    ["a\n\\! touch x", `\\connect -reuse-previous=on "postgresql:///a%0A%5C!%20touch%20x"`],
  ])("reaches the database %j and nothing else", (database, line) => {
    const unit = { id: "u1", phase: "change", site: { cluster: "main", database }, mode: "transaction", after: [] } as const;
    const commands = renderSql(fakePlan([], { units: [unit] }))
      .split("\n")
      .filter((l) => l.startsWith("\\") && !l.startsWith("\\set "));
    expect(commands).toEqual([line]);
  });
});
