import { describe, expect, it } from "vitest";
import type { Change } from "../../../src/model/change.js";
import { warningProblem } from "../../../src/model/problem.js";
import { renderMarkdown } from "../../../src/report/markdown.js";
import { visible } from "../../../src/report/visible.js";
import {
  fakeChange,
  fakePlan,
  fakeResidue,
  grantsOnTables,
  item,
  membershipThing,
  PLAIN_MEMBER,
  tableThing,
} from "../../support/fake-plan.js";

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
    "a@b.c",
    "#1",
    "acme/x#1",
    "GH-1",
    ":tada:",
    "</code>",
    "a\u00a0b",
    "a\u202eb",
    "a\u001b[31mb",
    "a\r\n```\n@all",
    "a\u2028- @b",
    "例".repeat(21),
  ])("the name %j stays text", (name) => {
    const change = fakeChange("k", {
      subject: { type: "privileges", on: tableThing(name) },
      delta: [item(name, "gains", name)],
    });
    const [line = ""] = items(change);
    const shown = `- ${name} gains ${name} on table ${name}`;
    expect(line.replace(/&#\d+;|<\/?code>/g, "")).toMatch(
      /^- [\p{L}\p{N}_ .:;/'(),-]* gains [\p{L}\p{N}_ .:;/'(),-]* on table [\p{L}\p{N}_ .:;/'(),-]*$/u,
    );
    expect(decoded(line.replace(/<\/?code>/g, "")).replaceAll('"', "")).toBe(visible(shown).replaceAll('"', ""));
    // GitHub looks for these in the text that it shows, after entities are decoded, but not inside code.
    expect(decoded(line.replace(/<code>[^<]*<\/code>/g, ""))).not.toMatch(/@|#\d|gh-\d|www\.|:\/\/|:\w+:/i);
  });

  it("a line of the file is no emoji", () => {
    const place = { file: "access.yaml", line: 100, column: 3 };
    const out = renderMarkdown(fakePlan([], { problems: [warningProblem("w", "Look here.", { place })] }));
    expect(out).toContain("- **warning** <code>access.yaml:100:3</code>: Look here.");
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

const items = (change: Change): string[] =>
  renderMarkdown(fakePlan([change]))
    .split("\n")
    .filter((line) => line.startsWith("- "));

const decoded = (html: string): string => html.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
