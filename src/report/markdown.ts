import { placeText } from "../model/place.js";
import type { Plan } from "../model/plan.js";
import { isError, type Problem } from "../model/problem.js";
import { messageOf } from "./messages.js";
import type { Section } from "./parts.js";
import { otherProblems, STAYS, stayingLines } from "./residue.js";
import { countsText, nothingText } from "./text.js";
import { counted, markdownText } from "./visible.js";
import { type Block, type Line, walkPlan } from "./walk.js";

const GROUPS: readonly { readonly title: string; readonly types: readonly Line["type"][] }[] = [
  { title: "Gains", types: ["gains"] },
  { title: "Losses", types: ["loses"] },
  { title: "Destroyed", types: ["delete"] },
  { title: "Created and changed", types: ["create", "other"] },
];

/** Lines of changes and headings, and problems: what a reviewer still reads, and far below what a comment may hold. */
const MAX_LINES = 49;
const MAX_PROBLEMS = 20;

/** The plan for a pull request: who gains and who loses first, then the same per target, then the digest. */
export function renderMarkdown(plan: Plan): string {
  const sections = [
    paragraph("## pgaccord plan"),
    ...summarySections(plan),
    ...problemSections(otherProblems(plan)),
    ...stayingSections(plan),
    ...digestSections(plan),
  ];
  return `${sections.map(sectionText).join("").trimEnd()}\n`;
}

export const paragraph = (text: string): Section => ({ open: `${text}\n\n`, items: [], close: "" });

export const sectionText = ({ open, items, close }: Section): string => `${open}${items.map((item) => `${item}\n`).join("")}${close}`;

/** The plan folded onto one screen. */
export const screenOf = (plan: Plan): Block[] => walkPlan(plan, MAX_LINES);

/** Counts, then what a reviewer reads on one screen. */
export function summarySections(plan: Plan, blocks: readonly Block[] = screenOf(plan)): Section[] {
  return [
    ...(plan.complete ? [] : [paragraph("**Incomplete:** a target could not be read, so this is not the whole plan.")]),
    countsSection(plan),
    ...GROUPS.flatMap(({ title, types }) => groupSections(title, blocks, types)),
    ...hiddenSections(blocks),
  ];
}

export const countsSection = (plan: Plan): Section =>
  paragraph(plan.changes.length === 0 ? markdownText(nothingText(plan).trimEnd()) : `**${markdownText(countsText(plan.counts))}**`);

export const digestSections = (plan: Plan): Section[] => (plan.changes.length === 0 ? [] : [paragraph(`Digest \`${plan.digest}\``)]);

/** Every line, folded away per target. Nothing when the screen has them all. */
export function allSections(plan: Plan, screen: readonly Block[]): Section[] {
  const lines = (blocks: readonly Block[]): number => blocks.reduce((n, block) => n + block.lines.length, 0);
  const all = walkPlan(plan, Number.POSITIVE_INFINITY);
  if (lines(all) <= lines(screen)) return [];
  return all.map((block) => details(`All of ${headingText(block)}: ${counted(block.lines.length, "line")}`, block.lines, false));
}

function groupSections(title: string, blocks: readonly Block[], types: readonly Line["type"][]): Section[] {
  const lists = blocks.flatMap((block) => {
    const lines = block.lines.filter((line) => types.includes(line.type));
    const about = block.target.about === "" ? "" : ` (${markdownText(block.target.about)})`;
    return lines.length === 0 ? [] : [details(`${headingText(block)}${about}`, lines, true)];
  });
  return lists.length === 0 ? [] : [paragraph(`### ${title}`), ...lists];
}

const details = (summary: string, lines: readonly Line[], open: boolean): Section => ({
  open: `<details${open ? " open" : ""}><summary>${summary}</summary>\n\n`,
  items: lines.map((line) => `- ${markdownText(line.text)}${line.source === "" ? "" : ` <sub>${markdownText(line.source)}</sub>`}`),
  close: "\n</details>\n\n",
});

const headingText = ({ target: { target } }: Block): string =>
  `${target.type === "account" ? "AWS account" : "cluster"} ${markdownText(target.name)}`;

/** What is not shown is said: a reviewer must not take the part for the whole. */
const hiddenSections = (blocks: readonly Block[]): Section[] =>
  blocks
    .filter((block) => block.hidden > 0)
    .map((block) =>
      paragraph(`**${counted(block.hidden, "more line")}** of ${headingText(block)}: \`pgaccord plan --verbose\` shows all.`),
    );

export function stayingSections({ residue }: Pick<Plan, "residue">): Section[] {
  const lines = stayingLines(residue);
  if (lines.length === 0) return [];
  const shown = lines.slice(0, MAX_PROBLEMS);
  const more = lines.length - shown.length;
  const items = shown.map(({ text, hint, accepted }) => `- ${markdownText(text)} ${markdownText(accepted ?? hint ?? "")}`.trimEnd());
  return [{ open: `### ${STAYS}\n\n`, items: [...items, ...(more > 0 ? [`- and ${counted(more, "more", "more")}`] : [])], close: "\n" }];
}

export function problemSections(problems: readonly Problem[], title = "Problems"): Section[] {
  if (problems.length === 0) return [];
  const items = problems.slice(0, MAX_PROBLEMS).map(problemItem);
  const more = problems.length - items.length;
  const all = [...items, ...(more > 0 ? [`- and ${counted(more, "more problem")}`] : [])];
  return [{ open: `### ${title}\n\n`, items: all, close: "\n" }];
}

function problemItem(p: Problem): string {
  const place = p.place ? `${markdownText(placeText(p.place))}: ` : "";
  return `- **${isError(p) ? "error" : "warning"}** ${place}${markdownText(messageOf(p))} ${markdownText(p.hint ?? "")}`.trimEnd();
}
