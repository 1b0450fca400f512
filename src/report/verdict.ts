import type { ApplyOutcome } from "../model/outcome.js";
import type { Plan } from "../model/plan.js";
import type { Problem } from "../model/problem.js";
import { countsSection, paragraph, problemSections, summarySections } from "./markdown.js";
import { renderOutcomeText } from "./outcome.js";
import type { Section } from "./parts.js";
import { renderProblems } from "./problems.js";
import { type ReviewOptions, renderParts } from "./review.js";
import { renderText } from "./text.js";
import { counted, markdownText, visible } from "./visible.js";

/** How an apply of what was merged ended. */
export type Verdict =
  | { readonly type: "nothing" }
  | { readonly type: "broken-file" }
  | { readonly type: "errors" | "guards"; readonly problems: readonly Problem[] }
  /** Sentences of what nobody has approved. */
  | { readonly type: "not-approved"; readonly difference: readonly string[] }
  | { readonly type: "outcome"; readonly outcome: ApplyOutcome };

/** Sentences that are shown of what was not approved. */
const MAX_DIFFERENCE = 30;

/** For the log of the run. */
export function verdictText(plan: Plan | null, verdict: Verdict, detail: "full" | "counts"): string {
  const full = detail === "full";
  const shown = plan && full ? renderText(plan, { color: false, verbose: false }) : "";
  switch (verdict.type) {
    case "nothing":
      return "Already applied: the servers match the file.\n";
    case "broken-file":
      return "The file has errors: nothing was changed.\n";
    case "errors":
      return `${shown}The plan has errors: nothing was changed.\n`;
    case "guards":
      return `${shown}${full ? renderProblems(verdict.problems, { color: false }) : ""}Refused by ${codesOf(verdict.problems)}: nothing was changed.\n`;
    case "not-approved": {
      const lines = full ? verdict.difference.slice(0, MAX_DIFFERENCE).map((text) => `  ${visible(text)}\n`) : [];
      return `${shown}Refused: nothing was changed. Not approved by any merged pull request: ${counted(verdict.difference.length, "thing")}.\n${lines.join("")}${goOn(plan)}\n`;
    }
    case "outcome":
      return plan && full ? renderOutcomeText(plan, verdict.outcome, { color: false }) : `${statusText(verdict.outcome)}\n`;
  }
}

/** The same as comments. */
export const verdictParts = (plan: Plan | null, verdict: Verdict, options: ReviewOptions): string[] =>
  renderParts([...verdictSections(plan, verdict, options.detail === "full")], options);

function verdictSections(plan: Plan | null, verdict: Verdict, full: boolean): readonly Section[] {
  const counts = plan ? [countsSection(plan)] : [];
  const whole = plan && full ? summarySections(plan) : counts;
  switch (verdict.type) {
    case "nothing":
      return [paragraph("**Already applied:** the servers match the file.")];
    case "broken-file":
      return [paragraph("**Not applied:** the file has errors; nothing was changed.")];
    case "errors":
      return [paragraph("**Not applied:** the plan has errors; nothing was changed."), ...(full ? problemSections(verdict.problems) : [])];
    case "guards":
      return [
        paragraph(`**Refused by ${codesOf(verdict.problems)}:** nothing was changed.`),
        ...(full ? problemSections(verdict.problems) : []),
        ...whole,
      ];
    case "not-approved":
      return [...differenceSections(verdict.difference, full), paragraph(markdownText(goOn(plan))), ...whole];
    case "outcome":
      return outcomeSections(plan, verdict.outcome, full, whole);
  }
}

function differenceSections(difference: readonly string[], full: boolean): Section[] {
  const open = `**Refused:** nothing was changed. Not approved by any merged pull request: ${counted(difference.length, "thing")}.\n\n`;
  const items = full ? difference.slice(0, MAX_DIFFERENCE).map((text) => `- ${markdownText(text)}`) : [];
  const more = full && difference.length > MAX_DIFFERENCE ? [`- and ${counted(difference.length - MAX_DIFFERENCE, "more", "more")}`] : [];
  return [{ open, items: [...items, ...more], close: "\n" }];
}

const goOn = (plan: Plan | null): string =>
  `Either the servers or the file moved after the review. To apply the plan of now as it is, review it and run the workflow by hand with its digest: pgaccord github apply --digest ${plan?.digest ?? ""}`;

function outcomeSections(plan: Plan | null, outcome: ApplyOutcome, full: boolean, whole: readonly Section[]): Section[] {
  const head = paragraph(`**${statusText(outcome)}**`);
  if (outcome.status === "applied" || !plan || !full) return [head, ...(outcome.status === "applied" ? whole : [])];
  const lines = renderOutcomeText(plan, outcome, { color: false }).trim().split("\n").slice(1);
  return [head, { open: "", items: lines.map((line) => `- ${markdownText(line.trim().replace(/^- /, ""))}`), close: "\n" }];
}

const statusText = (outcome: ApplyOutcome): string => {
  if (outcome.status === "applied") return "Applied. Read again: nothing is left to do.";
  return outcome.status === "partial"
    ? "Applied in part. Run the job again: it finishes what was begun."
    : "Applied, but reading again still finds changes. Run the job again.";
};

const codesOf = (problems: readonly Problem[]): string => [...new Set(problems.map((p) => p.code))].join(", ");
