import pc from "picocolors";
import { placeText } from "../model/place.js";
import type { Proposal, Review, Verdict } from "../model/review.js";
import { renderProblems } from "./problems.js";
import { renderReviewCsv, renderReviewJson } from "./review-data.js";
import { type ReviewMarkdown, renderReviewMarkdown } from "./review-markdown.js";
import {
  breaksText,
  countsText,
  editTitle,
  keepText,
  lastText,
  placeOfProposal,
  sortedProposals,
  sortedVerdicts,
  sourcesText,
  subjectTitle,
} from "./review-words.js";
import { visible } from "./visible.js";

export type ReviewFormat = "text" | "markdown" | "csv" | "json";

interface ReviewOptions extends ReviewMarkdown {
  readonly color?: boolean;
}

/** What is used, what is not, and what is proposed: for a terminal, a pull request, a spreadsheet or a program. */
export function renderReview(review: Review, format: ReviewFormat, options: ReviewOptions = {}): string {
  if (format === "json") return renderReviewJson(review);
  if (format === "csv") return renderReviewCsv(review);
  if (format === "markdown") return renderReviewMarkdown(review, options);
  return renderText(review, options.color ?? false);
}

function renderText(review: Review, color: boolean): string {
  const c = pc.createColors(color);
  const paint = { quiet: c.yellow, unknown: c.cyan, used: c.green } as const;
  const verdicts = sortedVerdicts(review.verdicts).map((one) => verdictText(one, review.now, paint[one.verdict], c.dim));
  const proposals = sortedProposals(review.proposals).map((one) => proposalText(one, c.dim));
  const parts = [
    `${c.bold(visible(countsText(review)))}\n`,
    verdicts.join(""),
    proposals.length === 0 ? "Nothing is proposed.\n" : `${c.bold("Proposed")}\n${proposals.join("")}`,
    renderProblems(review.problems, { color }),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

type Paint = (text: string) => string;

function verdictText(one: Verdict, now: number, paint: Paint, dim: Paint): string {
  if (one.verdict === "used") return `  ${paint("used   ")}  ${visible(`${subjectTitle(one.subject)}: ${lastText(one, now)}`)}\n`;
  const seen = `last seen: ${lastText(one, now)}; sources: ${sourcesText(one)}; ${placeText(one.place)}`;
  return `  ${paint(one.verdict.padEnd(7))}  ${visible(subjectTitle(one.subject))}\n${[seen, one.why].map((text) => `           ${dim(visible(text))}\n`).join("")}`;
}

const proposalText = (proposal: Proposal, dim: Paint): string =>
  [
    `  ${visible(`${placeOfProposal(proposal)}: ${editTitle(proposal.edit)}`)}\n`,
    `           ${dim(visible(`If that is wrong, ${breaksText(proposal.edit.what)}. To keep it, ${keepText(proposal)}.`))}\n`,
  ].join("");
