import type { Change } from "../model/change.js";
import { effectsOf } from "../model/change.js";
import type { Plan, PlanTarget } from "../model/plan.js";
import type { Delta } from "../model/right.js";
import type { Thing } from "../model/thing.js";
import { type Adoption, adoptionOf } from "./adoption.js";
import { fairCut, fairShares } from "./fit.js";
import { type Entry, FOLDS, type Group, LOSS_FOLDS, regroup } from "./fold.js";
import { byKey, gainLine, type Line, lossLines, quietLine, saysItAll, titleLines } from "./lines.js";
import { type Words, whoText, wordsOf } from "./sentence.js";
import { isTitled } from "./title.js";
import { counted } from "./visible.js";

export interface Block {
  readonly target: PlanTarget;
  readonly lines: readonly Line[];
  /** Things and gained rights of lines that were left out to keep the plan readable. Nothing that is lost is ever among them. */
  readonly hidden: { readonly things: number; readonly rights: number };
}

/** So many lines of changes at most, however large the plan is, unless all are asked for. */
const MAX_LINES = 34;
/** So many are shown at least besides what is lost. */
const MIN_LINES = 10;
/** Heading, note of what is hidden, blank line. */
const AROUND_A_BLOCK = 3;

/**
 * The plan as lines: effects that are alike are one line; folded more coarsely until the whole fits into `room` lines, headings
 * counted. What is lost is never cut, and whoever loses it never folded away. Infinity unfolds everything.
 */
export function walkPlan(plan: Plan, room: number): Block[] {
  const words = wordsOf(plan);
  const all = room === Number.POSITIVE_INFINITY;
  const adoption = adoptionOf(plan);
  const drafts = targetsOf(plan)
    .map((target) => draftOf(target, plan.changes, all, adoption))
    .filter((d) => d.titled.length + d.quiet.length + d.gains.length + d.losses.length > 0);
  if (all) return drafts.map((draft) => blockOf(draft, 0, words));
  const most = Math.min(MAX_LINES, room - AROUND_A_BLOCK * drafts.length);
  let folded = drafts;
  for (const [i, fold] of FOLDS.entries()) {
    const lossFold = LOSS_FOLDS[i];
    folded = folded.map((draft) => ({
      ...draft,
      gains: regroup(draft.gains, fold, words),
      losses: lossFold ? regroup(draft.losses, lossFold, words) : draft.losses,
    }));
    // Sentences are made for the fold that fits.
    const lines = folded.reduce((n, draft) => n + countLines(draft, i + 1, words), 0);
    if (lines <= most) return folded.map((draft) => blockOf(draft, i + 1, words));
  }
  return cut(
    folded.map((draft) => blockOf(draft, FOLDS.length, words)),
    most,
  );
}

function countLines({ titled, quiet, gains, losses }: Draft, level: number, words: Words): number {
  const lost = lossLines(losses, level, words).length;
  return titleLines(titled, level).length + Math.min(1, quiet.length) + gains.length + lost;
}

const isLost = ({ type }: Line): boolean => type === "loses" || type === "delete";

/** No target, and in it no type of line, is cut off whole. */
function cut(blocks: readonly Block[], most: number): Block[] {
  const lost = blocks.map((block) => block.lines.filter(isLost).length);
  const left = Math.max(
    MIN_LINES,
    lost.reduce((n, one) => n - one, most),
  );
  const shares = fairShares(
    blocks.map((block, i) => block.lines.length - (lost[i] ?? 0)),
    left,
  );
  return blocks.map((block, i) => {
    const others = block.lines.filter((line) => !isLost(line));
    const kept = new Set(fairCut(others, (line) => line.type, shares[i] ?? 1));
    const hidden = others.filter((line) => !kept.has(line));
    return { ...block, lines: block.lines.filter((line) => isLost(line) || kept.has(line)), hidden: sumOf(hidden) };
  });
}

const sumOf = (lines: readonly Line[]): Block["hidden"] => ({
  things: lines.reduce((n, line) => n + line.things, 0),
  rights: lines.reduce((n, line) => n + line.rights, 0),
});

/** `3 more things, 966 more rights gained`; empty: nothing is hidden. */
export function hiddenText({ hidden: { things, rights } }: Block): string {
  const parts = [
    ...(things > 0 ? [counted(things, "more thing")] : []),
    ...(rights > 0 ? [`${counted(rights, "more right")} gained`] : []),
  ];
  return parts.join(", ");
}

/** The targets of the plan; one that a change names and the plan does not is shown, too. */
function targetsOf({ targets, changes }: Plan): PlanTarget[] {
  const id = ({ target }: Pick<PlanTarget, "target">): string => `${target.type} ${target.name}`;
  const known = new Set(targets.map(id));
  const unknown = new Map(
    changes.filter((c) => !known.has(id(c))).map(({ target }) => [id({ target }), { target, about: "", identity: "", databases: [] }]),
  );
  return [...targets, ...unknown.values()];
}

interface Draft {
  readonly target: PlanTarget;
  /** Changes that are a line by their title. */
  readonly titled: readonly Change[];
  /** Adoptions that change nothing for anybody. */
  readonly quiet: readonly Change[];
  readonly gains: readonly Group[];
  readonly losses: readonly Group[];
}

function draftOf(target: PlanTarget, all: readonly Change[], verbose: boolean, { quiet }: Adoption): Draft {
  const { type, name } = target.target;
  const changes = all.filter((c) => c.target.type === type && c.target.name === name);
  const told = changes.filter((c) => !saysItAll(c));
  const entries = perRole(verbose ? told.flatMap(entriesOf) : alike(told));
  const groups = (effect: string): Group[] => entries.flatMap((entry) => (entry.item.effect === effect ? [[entry] as const] : []));
  const isQuiet = (change: Change): boolean => !verbose && quiet.has(change);
  return {
    target,
    titled: changes.filter((c) => isTitled(c) && !isQuiet(c)),
    quiet: changes.filter(isQuiet),
    gains: groups("gains"),
    losses: groups("loses"),
  };
}

/** What one role gains stands together, in the order in which the plan first names it. */
const perRole = (entries: readonly Entry[]): Entry[] => [...byKey(entries, (e) => whoText(e.item.who)).values()].flat();

const entriesOf = (change: Change): Entry[] => effectsOf(change).map(({ on, ...item }) => ({ item, on: [on] }));

/** Objects of one type and schema with the very same delta are taken together before anything is compared: there may be thousands. */
export function alike(changes: readonly Change[]): Entry[] {
  const entries: Entry[] = [];
  const groups = new Map<Delta, Map<string, Thing[]>>();
  for (const change of changes) {
    const { subject, delta } = change;
    if (subject.type !== "privileges" || subject.on.type !== "object") {
      entries.push(...entriesOf(change));
      continue;
    }
    const { server, site, of } = subject.on;
    const place = JSON.stringify([server.cluster, site, of.type, of.schema ?? of.name]);
    const places = groups.get(delta) ?? new Map<string, Thing[]>();
    groups.set(delta, places);
    const known = places.get(place);
    if (known) {
      known.push(subject.on);
      continue;
    }
    const on: [Thing, ...Thing[]] = [subject.on];
    places.set(place, on);
    entries.push(...delta.map((item) => ({ item, on })));
  }
  return entries;
}

const ORDER: readonly Line["type"][] = ["create", "gains", "other", "loses", "delete"];

function blockOf({ target, titled, quiet, gains, losses }: Draft, level: number, words: Words): Block {
  const [first, ...others] = quiet;
  const lines = [
    ...titleLines(titled, level),
    ...(first ? [quietLine([first, ...others])] : []),
    ...gains.map((group) => gainLine(group, words)),
    ...lossLines(losses, level, words),
  ];
  return { target, lines: lines.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type)), hidden: { things: 0, rights: 0 } };
}
