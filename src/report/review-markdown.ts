import type { Place } from "../model/place.js";
import type { Proposal, Review } from "../model/review.js";
import { paragraph, problemSections, sectionText } from "./markdown.js";
import type { Section } from "./parts.js";
import {
  breaksText,
  countsText,
  editTitle,
  keepText,
  lastOf,
  lastText,
  placeOfProposal,
  sortedProposals,
  sortedVerdicts,
  sourcesOf,
  subjectTitle,
  windowText,
} from "./review-words.js";
import { counted, markdownText } from "./visible.js";

export interface ReviewMarkdown {
  /** Whose line it is, as CODEOWNERS has it; left out: one table. null: nobody's. */
  readonly ownerOf?: (place: Place) => string | null;
}

/** GitHub takes 65,536 characters; what else a body holds needs room, too. */
const MAX_TABLE = 45_000;
const MAX_UNKNOWN = 50;

/** The review as the body of a pull request: what is proposed with its proof, then what is not known. */
export function renderReviewMarkdown(review: Review, { ownerOf }: ReviewMarkdown): string {
  const sections = [
    paragraph("## pgaccord review"),
    paragraph(`${markdownText(countsText(review))}.`),
    ...proposalSections(review, ownerOf ?? null),
    ...problemSections(review.problems, "Findings"),
    ...unknownSections(review),
  ];
  return `${sections.map(sectionText).join("").trimEnd()}\n`;
}

const HEAD = [
  "| what | place | verdict | last seen | sources | window covered | what breaks if that is wrong | how to keep it |",
  "|---|---|---|---|---|---|---|---|",
];

function proposalSections(review: Review, ownerOf: ReviewMarkdown["ownerOf"] | null): Section[] {
  const proposals = sortedProposals(review.proposals);
  if (proposals.length === 0) return [paragraph("Nothing is proposed.")];
  const all = proposals.map((proposal) => ({ owner: ownerText(proposal, ownerOf ?? null), text: row(proposal, review) }));
  const owners = [...new Set(all.map(({ owner }) => owner))].sort();
  const rows = firstRows(owners.flatMap((owner) => all.filter((one) => one.owner === owner)));
  const tables = owners.flatMap((owner): Section[] => {
    const items = rows.filter((one) => one.owner === owner).map(({ text }) => text);
    const heading = ownerOf ? `### Owner: ${markdownText(owner)}` : "### Proposed";
    return items.length === 0 ? [] : [{ open: `${heading}\n\n${HEAD.join("\n")}\n`, items, close: "\n" }];
  });
  const left = all.length - rows.length;
  return [...tables, ...(left === 0 ? [] : [paragraph(`**And ${counted(left, "more", "more")}**: \`pgaccord review\` shows all.`)])];
}

const ownerText = ({ because: [first] }: Proposal, ownerOf: ReviewMarkdown["ownerOf"] | null): string =>
  ownerOf && first ? (ownerOf(first.place) ?? "nobody") : "";

interface Row {
  readonly owner: string;
  readonly text: string;
}

/** As many as there is room for. */
function firstRows(all: readonly Row[]): readonly Row[] {
  let size = 0;
  const end = all.findIndex(({ text }) => {
    size += text.length + 1;
    return size > MAX_TABLE;
  });
  return end < 0 ? all : all.slice(0, end);
}

function row(proposal: Proposal, review: Review): string {
  const verdicts = [...new Set(proposal.because.map(({ verdict }) => verdict))].sort().join(", ");
  const cells = [
    editTitle(proposal.edit),
    placeOfProposal(proposal),
    verdicts,
    lastText({ last: lastOf(proposal) }, review.now),
    sourcesOf(proposal),
    `${windowText(review)}: ${[...new Set(proposal.because.map(({ why }) => why))].join(" ")}`,
    breaksText(proposal.edit.what),
    keepText(proposal),
  ];
  return `| ${cells.map(cell).join(" | ")} |`;
}

/** No bar may end the cell: markdown looks for bars before it looks for code. */
const cell = (text: string): string => markdownText(text.replaceAll("|", "\\u{7c}"));

function unknownSections(review: Review): Section[] {
  const unknown = sortedVerdicts(review.verdicts).filter(({ verdict }) => verdict === "unknown");
  if (unknown.length === 0) return [];
  const shown = unknown.slice(0, MAX_UNKNOWN).map((one) => `- ${markdownText(subjectTitle(one.subject))}: ${markdownText(one.why)}`);
  const more = unknown.length - shown.length;
  return [
    {
      open: `<details><summary>Not known: ${counted(unknown.length, "thing")}, of which nothing is proposed</summary>\n\n`,
      items: [...shown, ...(more > 0 ? [`- and ${counted(more, "more", "more")}`] : [])],
      close: "\n</details>\n\n",
    },
  ];
}
