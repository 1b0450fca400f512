import type { Plan } from "../model/plan.js";
import { isError, placeText } from "../model/problem.js";
import { countsText, nothingText } from "./text.js";
import { counted, markdownText } from "./visible.js";
import { type Block, type Line, walkPlan } from "./walk.js";

const SECTIONS: readonly { readonly title: string; readonly types: readonly Line["type"][] }[] = [
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
  const blocks = walkPlan(plan, MAX_LINES);
  const parts = [
    "## pgaccord plan",
    ...(plan.complete ? [] : ["**Incomplete:** a target could not be read, so this is not the whole plan."]),
    plan.changes.length === 0 ? markdownText(nothingText(plan).trimEnd()) : `**${markdownText(countsText(plan.counts))}**`,
    ...SECTIONS.flatMap(({ title, types }) => sectionText(title, blocks, types)),
    ...hiddenText(blocks),
    ...problemsText(plan),
    ...(plan.changes.length === 0 ? [] : [`Digest \`${plan.digest}\``]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function sectionText(title: string, blocks: readonly Block[], types: readonly Line["type"][]): string[] {
  const lists = blocks.flatMap((block) => {
    const lines = block.lines.filter((line) => types.includes(line.type));
    if (lines.length === 0) return [];
    const items = lines.map(
      (line) => `- ${markdownText(line.text)}${line.source === "" ? "" : ` <sub>${markdownText(line.source)}</sub>`}`,
    );
    const about = block.target.about === "" ? "" : ` (${markdownText(block.target.about)})`;
    const summary = `<details open><summary>${headingText(block)}${about}</summary>`;
    return [[summary, "", ...items, "", "</details>"].join("\n")];
  });
  return lists.length === 0 ? [] : [`### ${title}`, ...lists];
}

const headingText = ({ target: { target } }: Block): string =>
  `${target.type === "account" ? "AWS account" : "cluster"} ${markdownText(target.name)}`;

/** What is not shown is said: a reviewer must not take the part for the whole. */
const hiddenText = (blocks: readonly Block[]): string[] =>
  blocks
    .filter((block) => block.hidden > 0)
    .map((block) => `**${counted(block.hidden, "more line")}** of ${headingText(block)}: \`pgaccord plan --verbose\` shows all.`);

function problemsText(plan: Plan): string[] {
  if (plan.problems.length === 0) return [];
  const items = plan.problems.slice(0, MAX_PROBLEMS).map((p) => {
    const place = p.place ? `${markdownText(placeText(p.place))}: ` : "";
    return `- **${isError(p) ? "error" : "warning"}** ${place}${markdownText(p.message)} ${markdownText(p.hint ?? "")}`.trimEnd();
  });
  const more = plan.problems.length - items.length;
  return ["### Problems", [...items, ...(more > 0 ? [`- and ${counted(more, "more problem")}`] : [])].join("\n")];
}
