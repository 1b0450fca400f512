import type { Plan } from "../model/plan.js";
import type { Problem } from "../model/problem.js";
import { byKey } from "./lines.js";
import {
  allSections,
  digestSections,
  headlineSections,
  paragraph,
  problemSections,
  screenOf,
  stayingSections,
  summarySections,
} from "./markdown.js";
import { messageOf } from "./messages.js";
import { type Section, splitSections } from "./parts.js";
import { mustShow } from "./problems.js";
import { otherProblems } from "./residue.js";
import { nothingText } from "./text.js";
import { counted, markdownText } from "./visible.js";

export interface ReviewOptions {
  /** `pgaccord plan for production`; plain text. */
  readonly title: string;
  /** counts: nothing that names a role or an object, for a place that everybody can read. */
  readonly detail: "full" | "counts";
  /** Line of each part by which it is found again; an HTML comment. */
  readonly markOf: (part: number) => string;
  /** What stands below: the run, what to do. Markdown. */
  readonly footer?: string;
}

/** The plan as comments: one, or numbered parts when it is long. */
export function renderReview(plan: Plan, options: ReviewOptions): string[] {
  if (plan.changes.length === 0 && plan.problems.length === 0)
    return [`${options.markOf(1)}\n${markdownText(options.title)}: ${markdownText(nothingText(plan).trim())}\n`];
  const body = [
    ...headlineSections(plan, options.detail),
    ...(options.detail === "counts" ? codeSections(plan.problems) : fullSections(plan)),
  ];
  return renderParts([...body, ...digestSections(plan)], options);
}

function fullSections(plan: Plan): Section[] {
  const problems = otherProblems(plan);
  const loud = problems.filter(mustShow);
  const quiet = problems.filter((p) => !mustShow(p));
  const screen = screenOf(plan);
  return [
    ...alertSections(loud),
    ...summarySections(plan, screen),
    ...stayingSections(plan),
    ...problemSections(quiet, "Warnings"),
    ...allSections(plan, screen),
  ];
}

/** Where a change does not concern the file. */
export const renderUntouched = (options: ReviewOptions): string[] => renderParts([paragraph(`${UNTOUCHED}.`)], options);

export const UNTOUCHED = "Neither the file nor a certificate that it names is changed: there is nothing to plan";

/** Problems of the file, which whoever reads the comment can read: there is no plan. */
export const renderFaults = (problems: readonly Problem[], options: ReviewOptions): string[] =>
  renderParts(problemSections(problems), options);

export function renderParts(sections: readonly Section[], { title, markOf, footer }: ReviewOptions): string[] {
  const heading = `## ${markdownText(title)}`;
  const parts = splitSections(
    [{ open: `${markOf(1)}\n${heading}\n\n`, items: [], close: "" }, ...sections, ...(footer ? [paragraph(footer)] : [])],
    (part) => `${markOf(part)}\n${heading}, part ${part}\n\n`,
  );
  return parts.map((text, i) => (parts.length === 1 ? text : `${text}\n<sub>Part ${i + 1} of ${parts.length}</sub>\n`));
}

/** So many boxes at most; further problems are a list below them. */
const MAX_ALERTS = 10;

/** GitHub's own alert box (docs, "Alerts"): one for all of a code, its hints once each. */
function alertSections(problems: readonly Problem[]): Section[] {
  const alike = [...byKey(problems, ({ code, severity }) => `${code} ${severity}`).values()];
  return [...alike.slice(0, MAX_ALERTS).map(alertSection), ...problemSections(alike.slice(MAX_ALERTS).flat(), "And these")];
}

function alertSection(list: readonly [Problem, ...Problem[]]): Section {
  const [{ code, severity }] = list;
  const hints = new Set(list.flatMap((p) => p.hint ?? []));
  const messages = list.map((p) => (list.length === 1 ? "" : "- ") + markdownText(messageOf(p)));
  const items = ["", ...messages, ...[...hints].flatMap((hint) => ["", markdownText(hint)])];
  return {
    open: `> [!${severity === "error" ? "CAUTION" : "WARNING"}]\n> **${code}**\n`,
    items: items.map((line) => `> ${line}`.trimEnd()),
    close: "\n",
  };
}

/** Codes are ours; messages name things. */
function codeSections(problems: readonly Problem[]): Section[] {
  if (problems.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { code } of problems) counts.set(code, (counts.get(code) ?? 0) + 1);
  const items = [...counts].map(([code, n]) => `- \`${code}\`: ${counted(n, "problem")}`);
  return [{ open: "### Problems\n\n", items, close: "\nNames are shown where `github: { detail: full }` stands in the file.\n\n" }];
}
