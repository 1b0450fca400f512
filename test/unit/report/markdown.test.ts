import { describe, expect, it } from "vitest";
import { warningProblem } from "../../../src/model/problem.js";
import { renderMarkdown } from "../../../src/report/markdown.js";
import { fakeChange, fakePlan, fakeResidue, grantsOnTables, item, membershipThing, PLAIN_MEMBER } from "../../support/fake-plan.js";

describe("a plan as markdown", () => {
  it("has one heading per target, and says who loses before who gains", () => {
    const loss = fakeChange("k", {
      delta: [item("x", "loses", "member", { on: membershipThing("r"), terms: PLAIN_MEMBER })],
    });
    expect(renderMarkdown(fakePlan([...grantsOnTables(2, 1, 1), loss]))).toBe(`## pgaccord plan

**Neutral: nobody gains or loses access; nothing is destroyed**

2 rights gained, 1 lost.

### Cluster main

<sub>PostgreSQL 17.10</sub>

**Loses**

- x loses membership in role r <sub>not in the file</sub>

**Gains**

- r0 gains select on 2 tables of s0 <sub>s0.&#42;, access.yaml:7</sub>

Digest \`sha256:${"0".repeat(64)}\`
`);
  });

  it("is one sentence when there is nothing to do", () => {
    expect(renderMarkdown(fakePlan([]))).toBe("## pgaccord plan\n\nNo changes: the servers match the file.\n");
  });

  it("a line of the file is no emoji", () => {
    const place = { file: "access.yaml", line: 100, column: 3 };
    const out = renderMarkdown(fakePlan([], { problems: [warningProblem("w", "Look here.", { place })] }));
    expect(out).toContain("- **warning** `access.yaml:100:3`: Look here.");
  });

  it("has what stays under a heading of its own, and not among the problems", () => {
    const one = fakeResidue("t");
    const out = renderMarkdown(fakePlan([], { residue: [one], problems: [one.problem] }));
    expect(out).toContain("### Stays different:\n\n- evil should lose select on table");
    expect(out).not.toContain("### Problems");
  });

  it("says what it does not show, and shows the deletions all the same", () => {
    const gains = Array.from({ length: 200 }, (_, i) =>
      fakeChange(`k${i}`, {
        delta: [item(`r${i}`, "gains", `p${i}`)],
      }),
    );
    const out = renderMarkdown(
      fakePlan([...gains, fakeChange("d", { op: "delete", kind: "pg.role", subject: { type: "role", name: "boss", login: true } })]),
    );
    expect(out.indexOf("**Deleted**")).toBeGreaterThan(0);
    expect(out).toContain("- delete user boss");
    expect(out).toContain("**And 167 more rights gained**: `pgaccord plan --verbose` shows all.");
  });
});
