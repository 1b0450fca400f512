import { describe, expect, it } from "vitest";
import { lastUses } from "../../../../src/access/review/last-use.js";
import type { Evidence } from "../../../../src/model/evidence.js";
import type { DeltaItem } from "../../../../src/model/right.js";
import { fakeCluster, fakeRole, fakeSnapshot } from "../../../support/fake-snapshot.js";
import { covered, DAY, evidenceOf, login, NOW, WINDOW } from "../../../support/review-world.js";

const row = (role: string, member: string) => ({ role, member, grantor: "postgres", admin: false, inherit: true, set: true });
const SNAPSHOT = fakeSnapshot([
  fakeCluster("demo", "cluster-1", {
    roles: new Map(
      [
        fakeRole("readers"),
        fakeRole("staff"),
        fakeRole("ann", { login: true }),
        fakeRole("bob", { login: true }),
        fakeRole("maker", { login: true }),
      ].map((r) => [r.name, r]),
    ),
    // Whoever is in a circle is told once.
    memberships: [
      row("readers", "staff"),
      row("staff", "ann"),
      row("staff", "bob"),
      row("staff", "readers"),
      { ...row("staff", "maker"), admin: true, inherit: false, set: false },
    ],
  }),
]);
const loses = (name: string, effect: DeltaItem["effect"] = "loses") => {
  const place = { file: "access.yaml", line: 7, column: 3 };
  const item: DeltaItem = { effect, who: { type: "role", cluster: "demo", name }, verbs: ["select"], terms: {}, other: null, sources: [] };
  return { delta: [item, item], sources: [{ ...place, pattern: null, until: null }] };
};
const said = (names: readonly string[], evidence: Partial<Evidence>): string[] =>
  lastUses(
    names.map((name) => loses(name)),
    SNAPSHOT,
    evidenceOf(evidence),
    WINDOW,
  ).map(({ message, severity }) => `${severity}: ${message}`);

describe("beside what a plan takes", () => {
  it("stands who of those below the role logged in last", () => {
    const logins = [
      login("ann", NOW - 41 * DAY),
      login("bob", NOW - 50 * DAY),
      login("bob", NOW, { outcome: "failed" }),
      login("maker", NOW),
    ];
    expect(said(["readers", "bob"], { logins, coverage: [covered("demo")] })).toEqual([
      "warning: What is taken from bob on cluster demo: last login 50 days ago, on 2026-10-06.",
      "warning: What is taken from readers on cluster demo: last login 41 days ago by ann, on 2026-10-15.",
    ]);
  });

  it("stands that nobody did, where all is known, and else that it is not", () => {
    expect(said(["readers"], { coverage: [covered("demo")] })).toEqual([
      "warning: What is taken from readers on cluster demo: no login of any of 2 users since 2026-08-27.",
    ]);
    expect(said(["ann"], {})).toEqual([
      "warning: What is taken from ann on cluster demo: whether ann logged in is not known: no log of it was read.",
    ]);
  });

  it("stands nothing of a gain, and of a role that nobody is below", () => {
    expect(lastUses([loses("ann", "gains"), loses("nobody")], SNAPSHOT, evidenceOf({}), WINDOW)).toEqual([]);
    expect(lastUses([loses("ann")], SNAPSHOT, evidenceOf({}), WINDOW)[0]?.place).toEqual({ file: "access.yaml", line: 7, column: 3 });
  });
});
