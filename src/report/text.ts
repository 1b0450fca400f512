import pc from "picocolors";
import { openOf, type Residue } from "../model/net.js";
import type { Plan } from "../model/plan.js";
import { isError, stopsAll } from "../model/problem.js";
import { adoptionText } from "./adoption.js";
import { countsText } from "./counts.js";
import { gapTexts } from "./gaps.js";
import { leftOutTexts } from "./left-out.js";
import type { Line } from "./lines.js";
import { type NetBlock, netBlocks } from "./net.js";
import { doctorText, firstProblems, renderProblems } from "./problems.js";
import { otherProblems, STAYS, stayingLines } from "./residue.js";
import { unmanagedText } from "./unmanaged.js";
import { counted, digits, visible } from "./visible.js";
import { waitingText } from "./waiting.js";
import { type Block, hiddenText, walkPlan } from "./walk.js";

export interface TextOptions {
  readonly color: boolean;
  /** Every object on a line of its own. */
  readonly verbose: boolean;
}

/** The plan, with the command below it, fits on a screen, unless all is asked for; what is lost, refused, wrong or missing in between takes more where it must. */
const MAX_SCREEN = 48;
/** Lines of the net that are no loss. */
const MAX_NET = 12;
/** At most this many problems and unmanaged things are listed, unless all are asked for; what an apply stops for is never left out. */
const MAX_LISTED = 5;
const MAX_UNMANAGED = 3;

/** The plan for a terminal: rights first, then what they mean for people, at most 50 lines unless verbose. */
export function renderText(plan: Plan, { color, verbose }: TextOptions): string {
  const c = pc.createColors(color);
  const above = plan.complete
    ? []
    : [
        `${leftOutTexts(plan)
          .map((text) => `${c.red("Left out:")} ${visible(text)}`)
          .join("\n")}\n`,
      ];
  const below = [
    ...netBlocks(plan, verbose ? Number.POSITIVE_INFINITY : MAX_NET).map((block) => netText(block, color)),
    gapsText(plan, color),
    problemsText(plan, color, verbose),
    stayingText(plan.residue, color, verbose),
    pointerText(plan),
    waitingText(plan, verbose),
    leftAloneText(plan, color, verbose),
    plan.changes.length === 0 ? nothingText(plan) : endText(plan, color),
  ].filter((part) => part !== "");
  // Each part ends its last line and has a blank line before the next.
  const taken = [...above, ...below].join("\n").split("\n").length;
  const blocks = walkPlan(plan, verbose ? Number.POSITIVE_INFINITY : MAX_SCREEN - taken);
  return [...above, ...blocks.map((block) => blockText(block, color)), ...below].join("\n");
}

function blockText(block: Block, color: boolean): string {
  const { target, lines } = block;
  const c = pc.createColors(color);
  const paint = { "+": c.green, "-": c.red, "~": c.yellow };
  const line = (l: Line): string =>
    `  ${paint[l.sign](`${l.sign} ${visible(l.text)}`)}${l.source === "" ? "" : c.dim(` (${visible(l.source)})`)}`;
  const noun = target.target.type === "account" ? "AWS account" : "cluster";
  const heading = `${c.bold(`${noun} ${visible(target.target.name)}`)} ${c.dim(visible(target.about))}`;
  const hidden = hiddenText(block);
  const more = hidden === "" ? [] : [c.dim(`    and ${hidden}: --verbose shows all`)];
  return `${[heading, ...lines.map(line), ...more].join("\n")}\n`;
}

function netText({ place, lines, hidden }: NetBlock, color: boolean): string {
  const c = pc.createColors(color);
  const paint = { "+": c.green, "-": c.red, "=": c.dim };
  const more = hidden === 0 ? [] : [c.dim(`    and ${counted(hidden, "more line")} without a loss: --verbose shows all`)];
  const texts = lines.map(({ sign, text }) => `  ${paint[sign](`${sign} ${visible(text)}`)}`);
  return `${[c.bold(`Net, ${visible(place)}:`), ...texts, ...more].join("\n")}\n`;
}

function gapsText(plan: Plan, color: boolean): string {
  const c = pc.createColors(color);
  const lines = gapTexts(plan).map((text) => `  ${c.yellow(`! ${visible(text)}`)}`);
  return lines.length === 0 ? "" : `${[c.bold("Gaps, while it is applied:"), ...lines].join("\n")}\n`;
}

/** Counts, what adoption takes, and what an apply is bound to. */
function endText(plan: Plan, color: boolean): string {
  const c = pc.createColors(color);
  const adoption = adoptionText(plan);
  return [
    `${c.bold("Plan:")} ${countsText(plan)}\n`,
    ...(adoption === null ? [] : [`${visible(adoption)}\n`]),
    plan.problems.some(stopsAll) ? `${c.red(NOTHING_CAN_BE_APPLIED)}\n` : `${c.dim(`Digest: ${plan.digest}`)}\n`,
  ].join("");
}

/** In place of a digest. */
export const NOTHING_CAN_BE_APPLIED = "Nothing can be applied: the plan has errors.";

/** One sentence, and only what is true: that all is well is said of a whole plan without errors and without something left out. */
export function nothingText(plan: Plan): string {
  if (!plan.complete && plan.targets.length === 0) return "Nothing could be read, so nothing can be said of what differs.\n";
  if (!plan.complete) return "No changes in what could be read.\n";
  if (plan.problems.some(isError)) return "No changes besides what the errors are about.\n";
  if (openOf(plan.residue).length > 0) return "No changes, but what stays different cannot be changed here.\n";
  if (plan.left.length > 0) return "Nothing can be taken by itself.\n";
  if (plan.scope.cluster || plan.scope.account) return "No changes in what was selected.\n";
  if (plan.residue.length > 0) return "No changes: what stays different is accepted.\n";
  return "No changes: the servers match the file.\n";
}

/** Numbers and codes alone: for a place that everybody can read. */
export const shortText = (plan: Plan): string =>
  `${plan.changes.length === 0 ? nothingText(plan).trimEnd() : countsText(plan)}${besideText(plan)}\n`;

/** That there is nothing to do does not mean that all is well. */
export function besideText({ problems }: Pick<Plan, "problems">): string {
  const codes = [...new Set(problems.filter((p) => p.attention).map((p) => p.code))];
  return codes.length === 0 ? "" : ` Beside that: ${codes.join(", ")}.`;
}

function problemsText(plan: Plan, color: boolean, verbose: boolean): string {
  const problems = otherProblems(plan);
  const shown = verbose ? problems : firstProblems(problems, MAX_LISTED);
  const more = problems.length - shown.length;
  return `${renderProblems(shown, { color })}${more > 0 ? `and ${counted(more, "more problem")}: --verbose shows all\n` : ""}`;
}

function pointerText({ problems }: Plan): string {
  const text = doctorText(problems);
  return text === null ? "" : `${text}\n`;
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
