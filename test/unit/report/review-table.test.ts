import { describe, expect, it } from "vitest";
import { warningProblem } from "../../../src/model/problem.js";
import type { Review, Subject, Verdict } from "../../../src/model/review.js";
import { renderReview } from "../../../src/report/review-table.js";

const NOW = Date.UTC(2026, 10, 25, 12);
const DAY = 86_400_000;

const verdict = (subject: Subject, is: Verdict["verdict"], line: number, rest: Partial<Verdict> = {}): Verdict => ({
  subject,
  verdict: is,
  last: null,
  sources: ["rds-log"],
  why: "No login in 90 days; the logs of both instances cover them.",
  place: { file: "access.yaml", line, column: 3 },
  ...rest,
});

const BOB = verdict({ type: "login", user: "bob", cluster: "demo" }, "quiet", 31);
const DOOR = verdict({ type: "door", holder: "iam-role", door: "app", user: "a/b", cluster: null }, "unknown", 40, {
  sources: [],
  why: "log_connections was off on 2026-10-01.",
});
const ANN = verdict({ type: "membership", member: "ann", role: "r", cluster: "demo" }, "used", 12, {
  last: NOW - 41 * DAY,
  sources: ["rds-log", "cloudtrail"],
  why: "ann logged in.",
});

const REVIEW: Review = {
  since: NOW - 90 * DAY,
  now: NOW,
  verdicts: [ANN, DOOR, BOB],
  proposals: [{ edit: { action: "expire", what: { type: "user", name: "bob" }, until: "2026-12-25" }, because: [BOB] }],
  problems: [warningProblem("never-used", "Nobody has ever used it.", { hint: "Look at it." })],
};

describe("a review", () => {
  it("as text: what nobody uses first", () => {
    expect(renderReview(REVIEW, "text")).toBe(`90 days (2026-08-27 to 2026-11-25): 1 used, 1 quiet, 1 unknown

  quiet    user "bob" on cluster demo
           last seen: never; sources: rds-log; access.yaml:31:3
           No login in 90 days; the logs of both instances cover them.
  unknown  door of IAM role "app" to user "a/b" on every cluster
           last seen: never; sources: none; access.yaml:40:3
           log_connections was off on 2026-10-01.
  used     membership of "ann" in "r" on cluster demo: 2026-10-15, 41 days ago

Proposed
  access.yaml:31:3: user "bob" ends on 2026-12-25
           If that is wrong, nobody can log in as "bob", by whatever door. To keep it, take its expires out before that day.

warning: Nobody has ever used it. [never-used]
    Look at it.
`);
  });

  it("as JSON: sorted, whatever the order", () => {
    const json = renderReview(REVIEW, "json");
    expect(renderReview({ ...REVIEW, verdicts: [BOB, ANN, DOOR] }, "json")).toBe(json);
    expect(JSON.parse(json)).toMatchObject({
      since: "2026-08-27T12:00:00.000Z",
      verdicts: [
        { key: "login/bob/demo", title: 'user "bob" on cluster demo', verdict: "quiet", last: null, sources: ["rds-log"] },
        { key: "door/iam-role/app/a%2Fb/*", verdict: "unknown", sources: [] },
        { key: "membership/ann/r/demo", verdict: "used", last: "2026-10-15T12:00:00.000Z", why: "ann logged in." },
      ],
      proposals: [{ action: "expire", what: { type: "user", name: "bob" }, until: "2026-12-25", because: ["login/bob/demo"] }],
      problems: [{ code: "never-used" }],
    });
  });

  it("as csv: a verdict a line, with what is proposed", () => {
    const lines = renderReview(REVIEW, "csv").split("\n");
    expect(lines[0]).toBe("key,title,verdict,last,sources,since,now,place,proposed,why");
    expect(lines[1]).toBe(
      'login/bob/demo,"user ""bob"" on cluster demo",quiet,,rds-log,2026-08-27T12:00:00.000Z,2026-11-25T12:00:00.000Z,access.yaml:31:3,"user ""bob"" ends on 2026-12-25",No login in 90 days; the logs of both instances cover them.',
    );
    expect(lines.length).toBe(5);
  });

  it("as csv: no formula begins in a cell", () => {
    expect(renderReview({ ...REVIEW, verdicts: [{ ...BOB, why: "=1+1" }] }, "csv")).toContain(",'=1+1\n");
  });

  it("as markdown: one table", () => {
    expect(renderReview(REVIEW, "markdown")).toContain(`### Proposed

| what | place | verdict | last seen | sources | window covered | what breaks if that is wrong | how to keep it |
|---|---|---|---|---|---|---|---|
| user &#34;bob&#34; ends on 2026-12-25 | \`access.yaml:31:3\` | quiet | never | rds-log | 2026-08-27 to 2026-11-25: No login in 90 days; the logs of both instances cover them. | nobody can log in as &#34;bob&#34;, by whatever door | take its expires out before that day |
`);
  });

  it("as markdown: a table for each owner, and no cell that a name ends", () => {
    const name = "a|b@c\n\\|";
    const odd = verdict({ type: "iam-role", id: name }, "quiet", 50);
    const edit = { action: "remove", what: { type: "iam-role", id: name } } as const;
    const text = renderReview({ ...REVIEW, proposals: [...REVIEW.proposals, { edit, because: [odd] }] }, "markdown", {
      ownerOf: ({ line }) => (line > 40 ? "@acme/apps" : null),
    });
    expect([...text.matchAll(/^### .*$/gm)].map(([heading]) => heading)).toEqual([
      "### Owner: `@acme/apps`",
      "### Owner: nobody",
      "### Findings",
    ]);
    const rows = text.split("\n").filter((line) => line.startsWith("| "));
    expect(rows.map((line) => line.split("|").length)).toEqual([10, 10, 10, 10]);
    expect(text).not.toContain("a|b");
  });

  it("as markdown: what has no room is counted", () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({
      edit: { action: "remove", what: { type: "user", name: `user ${i}` } } as const,
      because: [verdict({ type: "login", user: `user ${i}`, cluster: "demo" }, "quiet", i)],
    }));
    const text = renderReview({ ...REVIEW, proposals: many }, "markdown");
    const shown = text.split("\n").filter((line) => line.startsWith("| user")).length;
    expect(text.length).toBeLessThan(60_000);
    expect(text).toContain(`**And ${1000 - shown} more**`);
  });
});
