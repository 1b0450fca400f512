import { describe, expect, it } from "vitest";
import { renderMarkdown } from "../../../src/report/markdown.js";
import { fakeChange, fakePlan, grantsOnTables } from "../../support/fake-plan.js";

describe("a plan as markdown", () => {
  it("says who gains and who loses before anything else", () => {
    const loss = fakeChange("k", {
      effects: [{ effect: "loses", who: "x", what: ["membership"], preposition: "in", on: "role r", fold: null }],
      sources: [[]],
    });
    expect(renderMarkdown(fakePlan([...grantsOnTables(2, 1, 1), loss]))).toBe(`## pgaccord plan

**3 to change; 2 rights gained, 1 lost.**

### Gains

<details open><summary>cluster main (PostgreSQL 17.10)</summary>

- r0 gains select on 2 tables of s0 <sub>s0.&#42;, access.yaml:7</sub>

</details>

### Losses

<details open><summary>cluster main (PostgreSQL 17.10)</summary>

- x loses membership in role r <sub>not in the file</sub>

</details>

Digest \`sha256:${"0".repeat(64)}\`
`);
  });

  it("is one sentence when there is nothing to do", () => {
    expect(renderMarkdown(fakePlan([]))).toBe("## pgaccord plan\n\nNo changes.\n");
  });

  it.each([
    "@everyone",
    "`code`",
    "```",
    "<!-- pgaccord -->",
    "</details>",
    "<script>",
    "[a](http://b)",
    "![a](b)",
    "**b**",
    "a|b",
    "::error::x",
    "~x~",
    "\\`",
    "&lt;",
    "a\n# b",
    "http://x.y",
    "www.x.y",
  ])("the name %j stays text", (name) => {
    const change = fakeChange("k", {
      effects: [{ effect: "gains", who: name, what: [name], preposition: "on", on: `table ${name}`, fold: null }],
      sources: [[]],
    });
    const [item = ""] = renderMarkdown(fakePlan([change]))
      .split("\n")
      .filter((line) => line.startsWith("- "));
    expect(item.replace(/&#\d+;/g, "")).toMatch(/^- [\w\s.:;/'(),-]* gains [\w\s.:;/'(),-]* on table [\w\s.:;/'(),-]*$/);
  });
});
