import type { Plan } from "../model/plan.js";
import { isError, placeText } from "../model/problem.js";
import { countsText } from "./text.js";
import { markdownText } from "./visible.js";
import { type Block, type Line, walkPlan } from "./walk.js";

const SECTIONS: readonly { readonly title: string; readonly types: readonly Line["type"][] }[] = [
  { title: "Gains", types: ["gains"] },
  { title: "Losses", types: ["loses"] },
  { title: "Destroyed", types: ["delete"] },
  { title: "Created and changed", types: ["create", "other"] },
];

/** The plan for a pull request: who gains and who loses first, then the same per target, then the digest. */
export function renderMarkdown(plan: Plan): string {
  const blocks = walkPlan(plan, false);
  const parts = [
    "## pgaccord plan",
    ...(plan.complete ? [] : ["**Incomplete:** a target could not be read, so this is not the whole plan."]),
    plan.changes.length === 0 ? "No changes." : `**${markdownText(countsText(plan.counts))}**`,
    ...SECTIONS.flatMap(({ title, types }) => sectionText(title, blocks, types)),
    ...problemsText(plan),
    ...(plan.changes.length === 0 ? [] : [`Digest \`${plan.digest}\``]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function sectionText(title: string, blocks: readonly Block[], types: readonly Line["type"][]): string[] {
  const lists = blocks.flatMap((block) => {
    const lines = block.lines.filter((line) => types.includes(line.type));
    if (lines.length === 0) return [];
    const noun = block.target.target.type === "account" ? "AWS account" : "cluster";
    const items = lines.map(
      (line) => `- ${markdownText(line.text)}${line.source === "" ? "" : ` <sub>${markdownText(line.source)}</sub>`}`,
    );
    const summary = `<details open><summary>${noun} ${markdownText(block.target.target.name)} (${markdownText(block.target.about)})</summary>`;
    return [[summary, "", ...items, "", "</details>"].join("\n")];
  });
  return lists.length === 0 ? [] : [`### ${title}`, ...lists];
}

function problemsText(plan: Plan): string[] {
  if (plan.problems.length === 0) return [];
  const items = plan.problems.map((p) => {
    const place = p.place ? `${markdownText(placeText(p.place))}: ` : "";
    return `- **${isError(p) ? "error" : "warning"}** ${place}${markdownText(p.message)} ${markdownText(p.hint ?? "")}`.trimEnd();
  });
  return ["### Problems", items.join("\n")];
}
