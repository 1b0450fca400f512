import { placeText } from "../model/place.js";
import type { Plan } from "../model/plan.js";
import { isError, type Problem, stopsAll } from "../model/problem.js";
import { adoptionText } from "./adoption.js";
import { countsText } from "./counts.js";
import { gapTexts } from "./gaps.js";
import { directionTitle } from "./headline.js";
import { leftOutTexts } from "./left-out.js";
import type { Line } from "./lines.js";
import { messageOf } from "./messages.js";
import { type NetBlock, type NetLine, netBlocks } from "./net.js";
import type { Section } from "./parts.js";
import { doctorText, firstProblems, mustShow } from "./problems.js";
import { otherProblems, STAYS, stayingLines } from "./residue.js";
import { NOTHING_CAN_BE_APPLIED, nothingText } from "./text.js";
import { counted, htmlText, markdownText } from "./visible.js";
import { type Block, hiddenText, walkPlan } from "./walk.js";

/** What is lost comes first: a phone shows little. */
const GROUPS: readonly { readonly title: string; readonly types: readonly Line["type"][] }[] = [
  { title: "Loses", types: ["loses"] },
  { title: "Deleted", types: ["delete"] },
  { title: "Gains", types: ["gains"] },
  { title: "Created and changed", types: ["create", "other"] },
];

/** Lines of changes and headings, and problems: what a reviewer still reads, and far below what a comment may hold. */
const MAX_LINES = 49;
const MAX_NET = 20;
const MAX_PROBLEMS = 20;

/** The plan for a pull request: what it means for people, what stands in its way, then each target, then the digest. */
export function renderMarkdown(plan: Plan): string {
  const problems = otherProblems(plan);
  const [loud, quiet] = [problems.filter(mustShow), problems.filter((p) => !mustShow(p))];
  const sections = [
    paragraph("## pgaccord plan"),
    ...headlineSections(plan),
    ...problemSections(loud),
    ...summarySections(plan),
    ...stayingSections(plan),
    ...problemSections(quiet, "Warnings"),
    ...pointerSections(plan),
    ...digestSections(plan),
  ];
  return `${sections.map(sectionText).join("").trimEnd()}\n`;
}

export const paragraph = (text: string): Section => ({ open: `${text}\n\n`, items: [], close: "" });

export const sectionText = ({ open, items, close }: Section): string => `${open}${items.map((item) => `${item}\n`).join("")}${close}`;

/** The plan folded onto one screen. */
export const screenOf = (plan: Plan): Block[] => walkPlan(plan, MAX_LINES);

/** What the plan does, in a line; and how much it is. */
export function headlineSections(plan: Plan, detail: "full" | "counts" = "full"): Section[] {
  if (plan.changes.length === 0) return [paragraph(markdownText(nothingText(plan).trimEnd()))];
  const adoption = detail === "full" ? adoptionText(plan) : null;
  return [
    paragraph(`**${markdownText(directionTitle(plan, detail))}**`),
    paragraph(markdownText(countsText(plan))),
    ...(adoption === null ? [] : [paragraph(`**${markdownText(adoption)}**`)]),
  ];
}

/** What the plan means for people, losses and gaps first; then the rights, by target. */
export function summarySections(plan: Plan, blocks: readonly Block[] = screenOf(plan)): Section[] {
  return [
    ...leftOutTexts(plan).map((text) => paragraph(`**Left out:** ${markdownText(text)}`)),
    ...gapSections(plan),
    ...netBlocks(plan, MAX_NET).map(netSection),
    ...blocks.flatMap(targetSections),
  ];
}

function pointerSections({ problems }: Plan): Section[] {
  const text = doctorText(problems);
  return text === null ? [] : [paragraph(markdownText(text))];
}

/** A plan with errors is not applied, so it has no digest to apply it by. */
export function digestSections(plan: Plan): Section[] {
  if (plan.changes.length === 0) return [];
  return [paragraph(plan.problems.some(stopsAll) ? `**${NOTHING_CAN_BE_APPLIED}**` : `Digest \`${plan.digest}\``)];
}

function gapSections(plan: Plan): Section[] {
  const items = gapTexts(plan).map((text) => `- ${markdownText(text)}`);
  return items.length === 0 ? [] : [{ open: "### Gaps, while it is applied\n\n", items, close: "\n" }];
}

function netSection({ place, lines, hidden }: NetBlock): Section {
  const items = lines.map(netItem);
  const more = hidden === 0 ? [] : [`- and ${counted(hidden, "more line")} without a loss: \`pgaccord plan --verbose\` shows all.`];
  return { open: `### Net, ${markdownText(place)}\n\n`, items: [...items, ...more], close: "\n" };
}

const netItem = ({ sign, text }: NetLine): string => `- ${sign === "-" ? `**${markdownText(text)}**` : markdownText(text)}`;

/** So many rights are listed one by one, in some thirty comments; nobody reads more. */
const MAX_ALL = 20_000;

/** Every line, folded away per target. Nothing when the screen has them all. */
export function allSections(plan: Plan, screen: readonly Block[]): Section[] {
  const lines = (blocks: readonly Block[]): number => blocks.reduce((n, block) => n + block.lines.length, 0);
  if (plan.counts.gains + plan.counts.loses > MAX_ALL) return [paragraph("Every right on a line of its own: `pgaccord plan --verbose`.")];
  const all = walkPlan(plan, Number.POSITIVE_INFINITY);
  if (lines(all) <= lines(screen)) return [];
  return [
    ...netBlocks(plan, Number.POSITIVE_INFINITY).map((block) => allOf(`the net of ${htmlText(block.place)}`, block.lines.map(netItem))),
    ...all.map((block) => allOf(headingText(block, htmlText), block.lines.map(lineItem))),
  ];
}

const allOf = (what: string, items: readonly string[]): Section => ({
  open: `<details><summary>All of ${what}: ${counted(items.length, "line")}</summary>\n\n`,
  items,
  close: "\n</details>\n\n",
});

/** One heading per target. What is not shown is said: a reviewer must not take the part for the whole. */
function targetSections(block: Block): Section[] {
  const { about } = block.target;
  const title = `### ${capital(headingText(block))}\n\n${about === "" ? "" : `<sub>${markdownText(about)}</sub>\n\n`}`;
  const lists = GROUPS.flatMap(({ title, types }): Section[] => {
    const lines = block.lines.filter((line) => types.includes(line.type));
    return lines.length === 0 ? [] : [{ open: `**${title}**\n\n`, items: lines.map(lineItem), close: "\n" }];
  });
  const hidden = hiddenText(block);
  return [
    { open: title, items: [], close: "" },
    ...lists,
    ...(hidden === "" ? [] : [paragraph(`**And ${hidden}**: \`pgaccord plan --verbose\` shows all.`)]),
  ];
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

const lineItem = (line: Line): string =>
  `- ${markdownText(line.text)}${line.source === "" ? "" : ` <sub>${markdownText(line.source)}</sub>`}`;

const headingText = ({ target: { target } }: Block, write = markdownText): string =>
  `${target.type === "account" ? "AWS account" : "cluster"} ${write(target.name)}`;

export function stayingSections({ residue }: Pick<Plan, "residue">): Section[] {
  const lines = stayingLines(residue);
  if (lines.length === 0) return [];
  const shown = lines.slice(0, MAX_PROBLEMS);
  const more = lines.length - shown.length;
  const items = shown.map(({ text, hint, accepted }) => `- ${markdownText(text)} ${markdownText(accepted ?? hint ?? "")}`.trimEnd());
  return [{ open: `### ${STAYS}\n\n`, items: [...items, ...(more > 0 ? [`- and ${counted(more, "more", "more")}`] : [])], close: "\n" }];
}

/** What an apply stops for is never left out. */
export function problemSections(problems: readonly Problem[], title = "Problems"): Section[] {
  if (problems.length === 0) return [];
  const items = firstProblems(problems, MAX_PROBLEMS).map(problemItem);
  const more = problems.length - items.length;
  const all = [...items, ...(more > 0 ? [`- and ${counted(more, "more problem")}`] : [])];
  return [{ open: `### ${title}\n\n`, items: all, close: "\n" }];
}

function problemItem(p: Problem): string {
  const place = p.place ? `${markdownText(placeText(p.place))}: ` : "";
  return `- **${isError(p) ? "error" : "warning"}** ${place}${markdownText(messageOf(p))} ${markdownText(p.hint ?? "")}`.trimEnd();
}
