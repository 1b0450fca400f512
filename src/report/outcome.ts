import pc from "picocolors";
import { openOf, residueId } from "../model/net.js";
import type { Site } from "../model/operation.js";
import type { ApplyOutcome, Followed, UnitOutcome } from "../model/outcome.js";
import type { Plan } from "../model/plan.js";
import { countsText } from "./counts.js";
import { residueJson } from "./json.js";
import { leftOutJson, leftOutReasons } from "./left-out.js";
import { stayingText } from "./text.js";
import { titleOf } from "./title.js";
import { counted, visible } from "./visible.js";
import { waitingText } from "./waiting.js";

const siteText = (site: Site): string =>
  "account" in site ? `AWS account ${site.account}` : `cluster ${site.cluster}, database ${site.database}`;

/** One line for a unit that has ended. */
export function renderUnitLine(unit: UnitOutcome, { color }: { readonly color: boolean }): string {
  const c = pc.createColors(color);
  const sign = unit.status === "applied" ? c.green("✓") : c.red("✗");
  const steps =
    unit.status === "applied" ? counted(unit.steps, "step") : `${unit.status}, ${unit.done} of ${counted(unit.steps, "step")} done`;
  return `${sign} ${unit.phase} ${c.dim(`${visible(siteText(unit.site))}: ${steps}`)}\n`;
}

/** What was done; after a failure also what was not, step by step, and what to run next. */
export function renderOutcomeText(plan: Plan, outcome: ApplyOutcome, { color }: { readonly color: boolean }): string {
  const c = pc.createColors(color);
  if (outcome.status === "applied")
    return `${[`${c.green(c.bold("Applied:"))} ${countsText(plan, true)}`, ...outcome.followed.map(followedText)].join("\n")} ${readAgainText(outcome)}\n${stayingText(openOf(outcome.residue), color, true)}${waitingText(plan, false)}`;
  const titles = titlesOf(plan);
  const title = outcome.status === "partial" ? "Applied in part." : "Applied, but reading again still finds changes.";
  const lines = [
    c.red(c.bold(title)),
    ...outcome.units.flatMap((unit) => unitText(unit, titles)),
    ...outcome.followed.flatMap((one) => [followedText(one), ...one.units.flatMap((unit) => unitText(unit, titlesOf(one.plan)))]),
    ...(outcome.unverified === null ? [] : [`Could not be verified: ${visible(outcome.unverified)}`]),
    ...(outcome.remaining.length === 0 ? [] : ["Still different:", ...few(outcome.remaining.map(titleOf))]),
    ...leftOutReasons(plan).map((text) => `Left out: ${visible(text)}`),
    ...newResidue(plan, outcome),
    ...outcome.next.map(visible),
  ];
  return `${lines.join("\n")}\n`;
}

/** What was given on objects that were made while the plan was carried out. */
const followedText = ({ plan }: Followed): string => `On objects made meanwhile: ${countsText(plan, true)}`;
export const readAgainText = ({ residue }: ApplyOutcome): string =>
  openOf(residue).length === 0 ? "Read again: nothing is left to do." : "Read again: nothing is left to do but what cannot be done here.";

/** What the plan did not say would stay. */
function newResidue({ residue }: Plan, outcome: ApplyOutcome): string[] {
  const said = new Set(residue.map(residueId));
  const unsaid = outcome.residue.filter((one) => !said.has(residueId(one)));
  return unsaid.length === 0 ? [] : [stayingText(unsaid, false, false).trimEnd()];
}

function unitText(unit: UnitOutcome, titles: Titles): string[] {
  const head = `  ${unit.id} ${unit.phase}, ${visible(siteText(unit.site))}: ${unit.status}${unit.status === "failed" ? ` after ${unit.done} of ${counted(unit.steps, "step")}` : ""}`;
  const error = unit.error
    ? [
        `      ${visible(unit.error.message)}${unit.error.code ? ` [${unit.error.code}]` : ""}`,
        ...(unit.error.hint ? [`      ${visible(unit.error.hint)}`] : []),
      ]
    : [];
  const at = unit.failedStep ? [`      at: ${visible(unit.failedStep).slice(0, 300)}`] : [];
  return [head, ...at, ...error, ...few(titles(unit))];
}

type Titles = (unit: Pick<UnitOutcome, "changes">) => string[];

function titlesOf({ changes }: Pick<Plan, "changes">): Titles {
  const byKey = new Map(changes.map((change) => [change.key, change]));
  return (unit) => unit.changes.flatMap((key) => byKey.get(key) ?? []).map(titleOf);
}

const few = (titles: readonly string[]): string[] => [
  ...titles.slice(0, 10).map((title) => `    - ${visible(title)}`),
  ...(titles.length > 10 ? [`    - and ${counted(titles.length - 10, "more", "more")}`] : []),
];

/** `status`: applied, nothing, refused, partial or not-converged. */
export function renderOutcomeJson(status: string, plan: Plan, outcome: ApplyOutcome | null): string {
  const titles = (unit: UnitOutcome | undefined): string[] => (unit ? titlesOf(plan)(unit) : []);
  const value = {
    version: 1,
    status,
    digest: plan.digest,
    counts: plan.counts,
    units: (outcome?.units ?? []).map(({ changes: _, ...unit }, i) => ({ ...unit, titles: titles(outcome?.units[i]) })),
    followed: (outcome?.followed ?? []).map(({ plan: { digest, counts, ...rest }, units }) => ({
      digest,
      counts,
      units: units.map(({ changes, ...unit }) => ({ ...unit, titles: titlesOf({ changes: rest.changes })({ changes }) })),
    })),
    residue: (outcome ?? plan).residue.map(residueJson),
    left: plan.left.map(titleOf),
    remaining: (outcome?.remaining ?? []).map(titleOf),
    unverified: outcome?.unverified ?? null,
    left_out: leftOutJson(plan),
    next: outcome?.next ?? [],
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}
