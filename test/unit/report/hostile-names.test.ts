import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import type { Approval } from "../../../src/model/approval.js";
import { type Change, effectsOf } from "../../../src/model/change.js";
import type { ApplyOutcome } from "../../../src/model/outcome.js";
import type { Plan } from "../../../src/model/plan.js";
import { errorProblem, type Problem, warningProblem } from "../../../src/model/problem.js";
import { annotationsOf } from "../../../src/report/annotations.js";
import { renderMarkdown } from "../../../src/report/markdown.js";
import { type ReviewOptions, renderFaults, renderReview } from "../../../src/report/review.js";
import { renderText } from "../../../src/report/text.js";
import { verdictParts, verdictText } from "../../../src/report/verdict.js";
import { visible } from "../../../src/report/visible.js";
import { HOSTILE_NAMES } from "../../support/hostile-names.js";
import { hostilePlan } from "../../support/hostile-plan.js";

const MARK = "<!-- pgaccord plan 0123456789abcdef01234567 part 1 -->";

/** GitHub Flavored Markdown, with the HTML that stands in it. */
const rendered = (markdown: string): string =>
  micromark(markdown, { allowDangerousHtml: true, allowDangerousProtocol: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });

const OURS = /^<\/?(h[1-6]|p|ul|li|strong|code|sub|details|summary|blockquote)>$/;
/** What GitHub turns into mentions, references, links, emoji and formulas after all else, in text that is no code. */
const LIVE = /@|#\d|\bgh-\d|\bghsa-|\b[a-z]+-\d|\b[0-9a-f]{7,40}\b|www\.|:\/\/|mailto:|:[\w+-]+:|\$|^\s*\[[ x]\]/im;

function expectInert(markdown: string): void {
  const html = rendered(markdown).replace(MARK, "");
  expect((html.match(/<[^>]*>|<!/g) ?? []).filter((tag) => !OURS.test(tag))).toEqual([]);
  const texts = html.replace(/<code>[^<]*<\/code>/g, "\u0000").split(/<[^>]*>/);
  expect(texts.map(decoded).filter((text) => LIVE.test(text))).toEqual([]);
  // Whatever hides stands as its number.
  expect(visible(markdown.replaceAll("\n", ""))).toBe(markdown.replaceAll("\n", ""));
}

const decoded = (html: string): string =>
  html
    .replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

const shownText = (markdown: string): string => decoded(rendered(markdown).replace(/<[^>]*>/g, ""));

const OPTIONS: ReviewOptions = { title: "pgaccord plan (access.yaml)", detail: "full", markOf: () => MARK };

function outcomeOf(plan: Plan, name: string): ApplyOutcome {
  const unit = { id: "u1", phase: "add", site: { cluster: name, database: name }, mode: "transaction", after: [], steps: 1 } as const;
  return {
    status: "partial",
    units: [
      {
        ...unit,
        status: "failed",
        done: 0,
        changes: plan.changes.map(({ key }) => key),
        failedStep: `GRANT ${name}`,
        error: errorProblem("sql", `role ${name} does not exist`, { hint: `Look at ${name}` }),
      },
    ],
    followed: [],
    remaining: plan.changes,
    unverified: `cluster ${name}`,
    residue: [],
    next: [`Run it again for ${name}`],
  } as unknown as ApplyOutcome;
}

const faults = (name: string): Problem[] => [
  errorProblem("unknown-role", `${name} is not declared.`, { place: { file: name, line: 100, column: 3 }, hint: `Declared: ${name}` }),
  warningProblem("odd-name", name, { hint: name }),
];

/** Everything else that is written to GitHub about a thing of this name. */
function textsOf(name: string): string[] {
  const plan = hostilePlan(name);
  const effects = (change: Change) => (change.delta.length === 0 ? [] : effectsOf(change));
  return [
    ...renderFaults(faults(name), { ...OPTIONS, title: `pgaccord plan (${name}, ${name})` }),
    renderMarkdown(plan),
    ...verdictParts(plan, { type: "errors", problems: faults(name) }, OPTIONS),
    ...verdictParts(plan, { type: "nothing", undone: plan.residue }, OPTIONS),
    ...verdictParts(plan, { type: "outcome", outcome: outcomeOf(plan, name), undone: [] }, OPTIONS),
    ...verdictParts(
      plan,
      {
        type: "not-approved",
        difference: plan.changes.flatMap((change) => [
          ...effects(change).map((effect): Approval => ({ id: "", needs: "always", about: { type: "right", effect, folded: false } })),
          { id: "", needs: "always", about: { type: "attribute", change, name } } as const,
        ]),
      },
      OPTIONS,
    ),
  ];
}

/** One of each sort, where each text is looked at; the comment is for all of them. */
const WORST = [
  "@octocat",
  "acme/access#1",
  "www.evil.example",
  "[x](https://evil.example)",
  "<img src=x>",
  "a`@octocat`b",
  "a\r\n```\n# b",
];

it.each(WORST)("what is called %j is a name in the issue, the summary and the report of an apply, and nothing else", (name) => {
  for (const text of textsOf(name)) expectInert(text);
});

describe.each(HOSTILE_NAMES)("things called %j", (name) => {
  it("are names in the comment, shown as they are, and nothing else", () => {
    const parts = renderReview(hostilePlan(name), OPTIONS);
    for (const part of parts) expectInert(part);
    const bare = (shown: string): string => visible(shown).replaceAll('"', "").replace(/\s+/g, " ").trim();
    expect(bare(shownText(parts.join("")))).toContain(bare(name));
  });

  it("begin no line of an annotation or of the log", () => {
    // What the file is called is the workflow's to say.
    const plan = hostilePlan(name, "access.yaml");
    const notes = annotationsOf(plan, faults(name), "access.yaml", () => true).map(({ message }) => message);
    const verdict = verdictText(plan, { type: "outcome", outcome: outcomeOf(plan, name), undone: [] }, "full");
    const log = `${renderText(plan, { color: false, verbose: true })}${verdict}`;
    for (const text of [...notes, log]) for (const line of text.split("\n")) expect(visible(line)).toBe(line);
    for (const line of log.split("\n")) expect(line).not.toMatch(/^(::|##\[)/);
  });
});

it("a line that is cut leaves no code open: what stood in it would be live", () => {
  const long = Array.from({ length: 2000 }, (_, i) => `@octocat${"`".repeat(i % 4)}${i}`).join(" ");
  for (let shift = 0; shift < 24; shift += 2) {
    const parts = renderFaults([errorProblem("x", `${"x".repeat(shift)} ${long}`)], OPTIONS);
    for (const part of parts) expectInert(part);
  }
});
