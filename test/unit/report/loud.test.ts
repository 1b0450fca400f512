import { describe, expect, it } from "vitest";
import type { Change } from "../../../src/model/change.js";
import type { Plan } from "../../../src/model/plan.js";
import { errorProblem, type Problem, warningProblem } from "../../../src/model/problem.js";
import type { Delta } from "../../../src/model/right.js";
import { renderMarkdown } from "../../../src/report/markdown.js";
import { renderReview } from "../../../src/report/review.js";
import { renderText } from "../../../src/report/text.js";
import { examplePlan } from "../../support/example-plan.js";
import { fakeChange, fakePlan, grantsOnTables, item, role, SERVER, tableThing } from "../../support/fake-plan.js";

const text = (plan: Plan): string => renderText(plan, { color: false, verbose: false });
const review = (plan: Plan): string =>
  renderReview(plan, { title: "plan", detail: "full", markOf: () => "<!-- m -->" })
    .join("\n")
    .replace(/<details>[\s\S]*?<\/details>/g, "");
const EVERYWHERE: readonly (readonly [string, (plan: Plan) => string])[] = [
  ["text", text],
  ["markdown", renderMarkdown],
  ["a comment", review],
];
const warnings = (n: number): Problem[] => Array.from({ length: n }, (_, i) => warningProblem("w", `Warning ${i}.`, { hint: `Do ${i}.` }));
const refusal = warningProblem("mass-revoke", "The plan takes 30 of 60 rights.", {
  refuses: true,
  attention: true,
  hint: "Is a part missing?",
});

/** Each loses a privilege of its own on a table of its own: no two of them can be folded. */
const oddLosses = (count: number): Change[] =>
  Array.from({ length: count }, (_, i) =>
    fakeChange(`lost${i}`, {
      subject: { type: "privileges", on: tableThing(`lost${i}`, `s${i % 9}`) },
      delta: [item(`loser${i}`, "loses", ["select", "insert", "update"][i % 3] ?? "")],
    }),
  );
const oddGains = (count: number): Change[] =>
  Array.from({ length: count }, (_, i) => fakeChange(`thing${i}`, { delta: [item(`r${i}`, "gains", `privilege ${i}`)] }));
const dropped = (name: string): Change =>
  fakeChange(`pg.role/main/${name}`, {
    op: "delete",
    kind: "pg.role",
    subject: { type: "role", name, login: true },
    delta: [item(name, "loses", "login", { on: { type: "login", server: SERVER } })],
  });

describe.each(EVERYWHERE)("never folded away in %s", (_, render) => {
  it.each([3, 120])("is who loses something, of %i among 1,000 gains", (count) => {
    const plan = fakePlan([...oddGains(1000), ...oddLosses(count)]);
    const out = render(plan);
    for (let i = 0; i < count; i++) expect(out).toMatch(new RegExp(`\\bloser${i}\\b`));
    expect(out).not.toMatch(/\d+ roles lose/);
  });

  it("is who is deleted", () => {
    const out = render(fakePlan([...oddGains(300), ...Array.from({ length: 40 }, (_, i) => dropped(`leaver${i}`))]));
    for (let i = 0; i < 40; i++) expect(out).toMatch(new RegExp(`\\bleaver${i}\\b`));
    const refusals = Array.from({ length: 60 }, (_, i) => ({ ...refusal, message: `Refusal ${i}.` }));
    const few = render(fakePlan([...oddGains(300), ...Array.from({ length: 8 }, (_, i) => dropped(`leaver${i}`))], { problems: refusals }));
    for (let i = 0; i < 8; i++) expect(few).toMatch(new RegExp(`\\bleaver${i}\\b`));
  });

  it("is what an apply stops for: a refusal behind many warnings, every error", () => {
    const errors = Array.from({ length: 70 }, (_, i) => errorProblem("missing-object", `Table s.t${i} is not there.`));
    const out = render(fakePlan(oddGains(300), { problems: [...warnings(30), refusal] }));
    expect(out).toContain("The plan takes 30 of 60 rights.");
    const bad = render(fakePlan(oddGains(300), { problems: [...errors, ...warnings(3)] }));
    for (let i = 0; i < 70; i++) expect(bad).toContain(`Table s.t${i} is not there.`);
  });

  it("is a gap", () => {
    const gaps = Array.from({ length: 60 }, (_, i) => ({
      who: role(`u${i}`),
      verbs: ["select"],
      examples: [tableThing(`t${i}`, "s")] as const,
      count: 1,
      from: "u1",
      to: "u2",
    }));
    const out = render(fakePlan(oddGains(300), { gaps }));
    for (let i = 0; i < 60; i++) expect(out).toContain(`u${i} is without select on table s.t${i} between u1 and u2`);
  });
});

describe("a plan", () => {
  it.each(EVERYWHERE)("names who loses something on 5,000 tables, and stays short: %s", (_, render) => {
    // The tables of a schema share their delta, as in a real plan.
    const lost = new Map<Delta, Delta>();
    const losses = grantsOnTables(5000, 20, 50).map((change) => {
      const delta = lost.get(change.delta) ?? change.delta.map((one) => ({ ...one, effect: "loses" as const, sources: [] }));
      lost.set(change.delta, delta);
      return { ...change, delta };
    });
    const out = render(fakePlan(losses));
    for (let i = 0; i < 20; i++) expect(out).toMatch(new RegExp(`\\br${i}\\b`));
    expect(out).toContain("select on 5,000 tables of 50 schemas");
    expect(out.split("\n").length).toBeLessThanOrEqual(50);
    expect(out).not.toContain("Part 1 of");
  });

  it("lists at most five problems besides those", () => {
    const out = text(fakePlan(oddGains(1), { problems: [...warnings(9), refusal] }));
    expect(out.match(/warning: Warning/g)).toHaveLength(4);
    expect(out).toContain("and 5 more problems: --verbose shows all");
  });

  it("says a hint that several problems in a row share once", () => {
    const problems = ["a", "b", "c"].map((name) =>
      warningProblem("adopt-narrows", `Adopting ${name}.`, { refuses: true, hint: "Put it into the file." }),
    );
    expect(text(fakePlan(oddGains(1), { problems }))).toContain(`warning: Adopting a. [adopt-narrows]
warning: Adopting b. [adopt-narrows]
warning: Adopting c. [adopt-narrows]
    Put it into the file.
`);
    expect(review(fakePlan(oddGains(1), { problems }))).toContain(`> [!WARNING]
> **adopt-narrows**
>
> - Adopting a.
> - Adopting b.
> - Adopting c.
>
> Put it into the file.
`);
  });

  it("with errors has no digest, in text, markdown and comments", () => {
    const plan = fakePlan(oddGains(1), { problems: [errorProblem("missing-object", "Table s.t is not there.")] });
    for (const out of [text(plan), renderMarkdown(plan), review(plan)]) {
      expect(out).toContain("Nothing can be applied: the plan has errors.");
      expect(out).not.toMatch(/sha256/);
    }
    expect(text(fakePlan(oddGains(1)))).toContain("Digest: sha256:");
  });
});

describe("a comment", () => {
  const out = review(examplePlan());
  it("begins with what the plan does and what stands in its way, before any right", () => {
    expect(out.split("\n").slice(0, 12)).toEqual([
      "<!-- m -->",
      "## plan",
      "",
      "**Widens and narrows: 1 principal gains read on crm in shop; etl loses write on raw in shop; 1 thing is destroyed**",
      "",
      "1 to create, 1 to delete; 15 rights gained, 26 lost.",
      "",
      "> [!WARNING]",
      "> **protected-name**",
      ">",
      "> old&#95;app is protected by safety.protect, and the plan touches it: delete user old&#95;app.",
      ">",
    ]);
    expect([...out.matchAll(/^### .*/gm)].map(String)).toEqual([
      "### Gaps, while it is applied",
      "### Net, cluster main",
      "### Cluster main",
      "### Stays different:",
      "### Warnings",
    ]);
  });

  it("has one heading per target, and lists that a phone can show: no table, no list in a list", () => {
    const account = { type: "account", name: "db" } as const;
    const targets = [
      ...examplePlan().targets,
      { target: account, about: "111122223333, us-east-2", identity: "111122223333", databases: [] },
    ];
    const more = fakeChange("p", { op: "create", kind: "iam.policy", target: account, subject: { type: "iam-policy", name: "p" } });
    const two = review({ ...examplePlan(), targets, changes: [...examplePlan().changes, more] });
    expect(two.match(/^### (Cluster|AWS).*/gm)).toEqual(["### Cluster main", "### AWS account db"]);
    expect(two).not.toMatch(/^\s*\|/m);
    expect(two).not.toMatch(/^ +[-*] /m);
    expect(two.indexOf("**Loses**")).toBeLessThan(two.indexOf("**Gains**"));
  });

  it("names nothing in a public place", () => {
    const [body = ""] = renderReview(examplePlan(), { title: "plan", detail: "counts", markOf: () => "" });
    expect(body).toContain("Widens and narrows: 1 principal gains access; 1 principal loses access; 1 thing is destroyed");
    expect(body).not.toMatch(/carol|etl|frank|analyst|crm|raw/);
  });
});
