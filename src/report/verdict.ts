import type { Approval } from "../model/approval.js";
import { openOf, type Residue } from "../model/net.js";
import type { ApplyOutcome } from "../model/outcome.js";
import type { Plan } from "../model/plan.js";
import { isError, type Problem } from "../model/problem.js";
import { approvalText } from "./approval-text.js";
import { countsText } from "./counts.js";
import { headlineSections, paragraph, problemSections, stayingSections, summarySections } from "./markdown.js";
import { readAgainText, renderOutcomeText } from "./outcome.js";
import type { Section } from "./parts.js";
import { renderProblems } from "./problems.js";
import { type ReviewOptions, renderParts } from "./review.js";
import { besideText, renderText } from "./text.js";
import { counted, markdownText, visible } from "./visible.js";

/** How an apply of what was merged ended. */
export type Verdict =
  /** `undone`: losses that were approved and stay. */
  | { readonly type: "nothing"; readonly undone: readonly Residue[] }
  | { readonly type: "broken-file" }
  | { readonly type: "errors" | "guards"; readonly problems: readonly Problem[] }
  /** What nobody has approved. */
  | { readonly type: "not-approved"; readonly difference: readonly Approval[] }
  | { readonly type: "outcome"; readonly outcome: ApplyOutcome; readonly undone: readonly Residue[] };

/** Sentences that are shown of what was not approved. */
const MAX_DIFFERENCE = 30;

/** For the log of the run: the plan, what is wrong with it, and how it ended. */
export function verdictText(plan: Plan | null, verdict: Verdict, detail: "full" | "counts"): string {
  if (detail === "counts") return `${headline(plan, verdict)}\n`;
  if (verdict.type === "outcome" && plan) {
    const undone = undoneText(verdict.undone).trimStart();
    const notes = renderProblems(notesOf(plan), { color: false });
    return `${notes}${renderOutcomeText(plan, verdict.outcome, { color: false })}${undone === "" ? "" : `${undone}\n`}`;
  }
  const shown = plan && (verdict.type !== "nothing" || plan.residue.length > 0) ? renderText(plan, { color: false, verbose: false }) : "";
  const problems = renderProblems(problemsBeside(plan, verdict), { color: false });
  const difference = differenceOf(verdict, plan).map((text) => `  ${visible(text)}\n`);
  return `${shown}${problems}${difference.join("")}${headline(plan, verdict)}\n`;
}

/** Those that the plan, where it is shown, does not show. */
function problemsBeside(plan: Plan | null, verdict: Verdict): readonly Problem[] {
  if (verdict.type === "nothing") return plan?.problems.filter((p) => p.attention) ?? [];
  return "problems" in verdict && (plan === null || verdict.type === "guards") ? verdict.problems : [];
}

/** The same as comments. */
export function verdictParts(plan: Plan | null, verdict: Verdict, options: ReviewOptions): string[] {
  const details =
    options.detail === "counts"
      ? []
      : [...detailSections(plan, verdict), ...(plan && showsPlan(verdict) ? [...headlineSections(plan), ...summarySections(plan)] : [])];
  const counts = options.detail === "counts" && plan && plan.changes.length > 0 ? [paragraph(markdownText(countsText(plan)))] : [];
  const stays = options.detail === "counts" || plan === null ? [] : stayingSections({ residue: residueOf(plan, verdict) });
  return renderParts([paragraph(`**${markdownText(headline(plan, verdict))}**`), ...counts, ...stays, ...details], options);
}

const residueOf = (plan: Plan, verdict: Verdict): readonly Residue[] =>
  verdict.type === "outcome" ? verdict.outcome.residue : verdict.type === "nothing" ? plan.residue : [];

/** One sentence for every place; it names no role and no object. */
function headline(plan: Plan | null, verdict: Verdict): string {
  switch (verdict.type) {
    case "nothing":
      return `${nothingLeftText(plan)}${undoneText(verdict.undone)}${plan ? besideText(plan) : ""}`;
    case "broken-file":
      return "Not applied: the file has errors. Nothing was changed.";
    case "errors":
      return `Not applied, because of ${codesOf(verdict.problems)}: nothing was changed.`;
    case "guards":
      return `Refused by ${codesOf(verdict.problems)}: nothing was changed.`;
    case "not-approved":
      return `Refused: nothing was changed. Not approved by any merged pull request: ${counted(verdict.difference.length, "thing")}. The servers or the file moved after the review, or a connection was changed. To apply the plan of now as it is, review it and run the workflow by hand with its digest: pgaccord github apply --digest ${plan?.digest ?? ""}`;
    case "outcome":
      return `${statusText(verdict.outcome)}${undoneText(verdict.undone)}`;
  }
}

const nothingLeftText = (plan: Plan | null): string => {
  const open = openOf(plan?.residue ?? []).length > 0;
  if (open) return "Nothing to apply, but what stays different cannot be changed here.";
  return plan && plan.residue.length > 0
    ? "Already applied: what stays different is accepted."
    : "Already applied: the servers match the file.";
};

const undoneText = (undone: readonly Residue[]): string =>
  undone.length === 0 ? "" : ` ${counted(undone.length, "loss", "losses")} that a merged pull request showed could not be brought about.`;

const statusText = (outcome: ApplyOutcome): string => {
  if (outcome.status === "applied") {
    const more = outcome.followed.length === 0 ? "" : " So were rights that its wildcards give on objects that were made meanwhile.";
    return `Applied.${more} ${readAgainText(outcome)}`;
  }
  return outcome.status === "partial"
    ? "Applied in part. Run the job again: it finishes what was begun."
    : "Applied, but reading again still finds changes. Run the job again.";
};

const codesOf = (problems: readonly Problem[]): string => [...new Set(problems.map((p) => p.code))].join(", ");

/** What somebody must see of a plan that is carried out all the same. */
const notesOf = (plan: Plan): Problem[] => plan.problems.filter((p) => p.attention && !p.refuses && !isError(p));

/** After a failure the steps are what counts, and after nothing there is no plan. */
const showsPlan = (verdict: Verdict): boolean =>
  verdict.type === "outcome" ? verdict.outcome.status === "applied" : verdict.type === "guards" || verdict.type === "not-approved";

function detailSections(plan: Plan | null, verdict: Verdict): Section[] {
  if ("problems" in verdict) return problemSections(verdict.problems);
  if (verdict.type === "nothing") return problemSections(problemsBeside(plan, verdict), "Left alone");
  const failed = verdict.type === "outcome" && verdict.outcome.status !== "applied" && plan ? outcomeLines(plan, verdict.outcome) : [];
  const items = [...differenceOf(verdict, plan), ...failed].map((text) => `- ${markdownText(text)}`);
  const notes = verdict.type === "outcome" && plan ? problemSections(notesOf(plan), "Warnings") : [];
  return [...notes, ...(items.length === 0 ? [] : [{ open: "", items, close: "\n" }])];
}

function differenceOf(verdict: Verdict, plan: Plan | null): string[] {
  if (verdict.type !== "not-approved") return [];
  const texts = [...new Set(verdict.difference.map(({ about }) => approvalText(about, plan ?? { targets: [] })))];
  const more = texts.length - MAX_DIFFERENCE;
  const shown = texts.slice(0, MAX_DIFFERENCE);
  return [...shown, ...(more > 0 ? [`and ${counted(more, "more", "more")}`] : [])];
}

/** Without the first line, which is the headline. */
const outcomeLines = (plan: Plan, outcome: ApplyOutcome): string[] =>
  renderOutcomeText(plan, outcome, { color: false })
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.trim().replace(/^- /, ""));
