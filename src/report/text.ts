import pc from "picocolors";
import { openOf, type Residue } from "../model/net.js";
import type { Counts, Plan } from "../model/plan.js";
import { isError } from "../model/problem.js";
import { renderProblems } from "./problems.js";
import { otherProblems, STAYS, stayingLines } from "./residue.js";
import { unmanagedText } from "./unmanaged.js";
import { counted, digits, visible } from "./visible.js";
import { type Block, type Line, walkPlan } from "./walk.js";

export interface TextOptions {
  readonly color: boolean;
  /** Every object on a line of its own. */
  readonly verbose: boolean;
}

/** The plan fits on a screen, unless all is asked for; each of some ten changed targets or more keeps a line, whatever this says. */
const MAX_SCREEN = 49;
/** At most this many problems and unmanaged things are listed, unless all are asked for. */
const MAX_LISTED = 5;
const MAX_UNMANAGED = 3;

/** The plan for a terminal: effects first, at most 50 lines unless verbose. */
export function renderText(plan: Plan, { color, verbose }: TextOptions): string {
  const c = pc.createColors(color);
  const above = plan.complete ? [] : [`${c.red("Incomplete:")} a target could not be read, so this is not the whole plan.\n`];
  const below = [
    problemsText(plan, color, verbose),
    stayingText(plan.residue, color, verbose),
    leftAloneText(plan, color, verbose),
    plan.changes.length === 0 ? nothingText(plan) : `${c.bold("Plan:")} ${countsText(plan.counts)}\n${c.dim(`Digest: ${plan.digest}`)}\n`,
  ].filter((part) => part !== "");
  // Each part ends its last line and has a blank line before the next.
  const taken = [...above, ...below].join("\n").split("\n").length;
  const blocks = walkPlan(plan, verbose ? Number.POSITIVE_INFINITY : MAX_SCREEN - taken);
  return [...above, ...blocks.map((block) => blockText(block, color)), ...below].join("\n");
}

function blockText({ target, lines, hidden }: Block, color: boolean): string {
  const c = pc.createColors(color);
  const paint = { "+": c.green, "-": c.red, "~": c.yellow };
  const line = (l: Line): string =>
    `  ${paint[l.sign](`${l.sign} ${visible(l.text)}`)}${l.source === "" ? "" : c.dim(` (${visible(l.source)})`)}`;
  const noun = target.target.type === "account" ? "AWS account" : "cluster";
  const heading = `${c.bold(`${noun} ${visible(target.target.name)}`)} ${c.dim(visible(target.about))}`;
  const more = hidden > 0 ? [c.dim(`    and ${counted(hidden, "more line")}: --verbose shows all`)] : [];
  return `${[heading, ...lines.map(line), ...more].join("\n")}\n`;
}

/** One sentence, and only what is true: that all is well is said of a whole plan without errors and without something left out. */
export function nothingText(plan: Plan): string {
  if (!plan.complete) return "No changes in what could be read.\n";
  if (plan.problems.some(isError)) return "No changes besides what the errors are about.\n";
  if (openOf(plan.residue).length > 0) return "No changes, but what stays different cannot be changed here.\n";
  if (plan.scope.cluster || plan.scope.account) return "No changes in what was selected.\n";
  if (plan.residue.length > 0) return "No changes: what stays different is accepted.\n";
  return "No changes: the servers match the file.\n";
}

/** Numbers alone: for a place that everybody can read. */
export const shortText = (plan: Plan): string => (plan.changes.length === 0 ? nothingText(plan) : `${countsText(plan.counts)}\n`);

/** @param done what was to do is done. */
export function countsText(counts: Counts, done = false): string {
  const words = [
    [counts.create, "create", "created"],
    [counts.adopt, "adopt", "adopted"],
    [counts.update, "change", "changed"],
    [counts.replace, "replace", "replaced"],
    [counts.release, "release", "released"],
    [counts.delete, "delete", "deleted"],
  ] as const;
  const list = words.filter(([n]) => n > 0).map(([n, verb, past]) => `${digits(n)} ${done ? past : `to ${verb}`}`);
  return `${list.join(", ")}; ${counted(counts.gains, "right")} gained, ${digits(counts.loses)} lost.`;
}

function problemsText(plan: Plan, color: boolean, verbose: boolean): string {
  const problems = otherProblems(plan);
  const shown = verbose ? problems : problems.slice(0, MAX_LISTED);
  const more = problems.length - shown.length;
  return `${renderProblems(shown, { color })}${more > 0 ? `and ${counted(more, "more problem")}: --verbose shows all\n` : ""}`;
}

/** What whoever may do it runs stands below each. */
export function stayingText(residue: readonly Residue[], color: boolean, verbose: boolean): string {
  if (residue.length === 0) return "";
  const c = pc.createColors(color);
  const lines = stayingLines(residue);
  const shown = verbose ? lines : lines.slice(0, MAX_LISTED);
  const more = lines.length - shown.length;
  const texts = shown.map(({ text, hint, accepted }) => {
    const below = accepted ?? hint;
    const sign = accepted === null ? c.yellow("!") : c.dim("·");
    return `  ${sign} ${visible(text)}${below === null ? "" : `\n    ${c.dim(visible(below))}`}`;
  });
  return `${[STAYS, ...texts, ...(more > 0 ? [c.dim(`    and ${digits(more)} more: --verbose shows all`)] : [])].join("\n")}\n`;
}

function leftAloneText(plan: Plan, color: boolean, verbose: boolean): string {
  if (plan.unmanaged.length === 0) return "";
  const c = pc.createColors(color);
  const shown = verbose ? plan.unmanaged : plan.unmanaged.slice(0, MAX_UNMANAGED);
  const more = plan.unmanaged.length - shown.length;
  const lines = shown.map((u) => c.dim(`  ? ${visible(unmanagedText(u, plan))}`));
  return `${["Left alone:", ...lines, ...(more > 0 ? [c.dim(`    and ${digits(more)} more: --verbose shows all`)] : [])].join("\n")}\n`;
}
