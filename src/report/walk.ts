import type { Change } from "../model/change.js";
import { effectsOf } from "../model/change.js";
import type { Plan, PlanTarget } from "../model/plan.js";
import type { Delta, Source } from "../model/right.js";
import type { Thing } from "../model/thing.js";
import { fairCut, fairShares } from "./fit.js";
import { type Entry, FOLDS, type Group, regroup, sentence } from "./fold.js";
import { countedNoun } from "./nouns.js";
import { type Words, wordsOf } from "./sentence.js";
import { nounOfSubject, titleOf, verbOf } from "./title.js";
import { counted } from "./visible.js";

/** One line of a plan, for every renderer. */
export interface Line {
  readonly sign: "+" | "-" | "~";
  readonly type: "create" | "gains" | "other" | "loses" | "delete";
  readonly text: string;
  /** `pgdemo.*, access.yaml:31`; empty when no line of the file causes it. */
  readonly source: string;
}
export interface Block {
  readonly target: PlanTarget;
  readonly lines: readonly Line[];
  /** Lines that were left out to keep the plan readable. */
  readonly hidden: number;
}

/** So many lines of changes at most, however large the plan is, unless all are asked for. */
const MAX_LINES = 34;
/** Heading, note of what is hidden, blank line. */
const AROUND_A_BLOCK = 3;

/**
 * The plan as lines: effects that are alike are one line; folded more coarsely until the whole fits into `room` lines, headings
 * counted. Infinity unfolds everything.
 */
export function walkPlan(plan: Plan, room: number): Block[] {
  const words = wordsOf(plan);
  const all = room === Number.POSITIVE_INFINITY;
  const drafts = targetsOf(plan)
    .map((target) => draftOf(target, plan.changes, all))
    .filter((d) => d.titled.length + d.groups.length > 0);
  if (all) return drafts.map((draft) => blockOf(draft, 0, words));
  const most = Math.min(MAX_LINES, room - AROUND_A_BLOCK * drafts.length);
  let folded = drafts;
  for (const [level, fold] of FOLDS.entries()) {
    folded = folded.map((draft) => ({ ...draft, groups: regroup(draft.groups, fold, words) }));
    const lines = folded.reduce((n, draft) => n + titleLines(draft.titled, level + 1).length + draft.groups.length, 0);
    if (lines <= most) return folded.map((draft) => blockOf(draft, level + 1, words));
  }
  return cut(
    folded.map((draft) => blockOf(draft, FOLDS.length, words)),
    most,
  );
}

/** No target, and in it no type of line, is cut off whole: what is lost or deleted comes last and matters most. */
function cut(blocks: readonly Block[], room: number): Block[] {
  const shares = fairShares(
    blocks.map((block) => block.lines.length),
    room,
  );
  return blocks.map((block, i) => {
    const lines = fairCut(block.lines, (line) => line.type, shares[i] ?? 1);
    return { ...block, lines, hidden: block.lines.length - lines.length };
  });
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
  readonly groups: readonly Group[];
}

function draftOf(target: PlanTarget, all: readonly Change[], verbose: boolean): Draft {
  const { type, name } = target.target;
  const changes = all.filter((c) => c.target.type === type && c.target.name === name);
  const told = changes.filter((c) => !saysItAll(c));
  return {
    target,
    titled: changes.filter((c) => c.delta.length === 0 || (isThing(c) && c.op !== "update")),
    groups: (verbose ? told.flatMap(entriesOf) : alike(told)).map((entry): Group => [entry]),
  };
}

/** That they come or go is a line, besides what they may do. */
const isThing = ({ subject }: Change): boolean => !["membership", "privileges", "attachment"].includes(subject.type);

/** `create user x` needs no second line that x gains login. */
const saysItAll = ({ subject, op }: Change): boolean => subject.type === "role" && (op === "create" || op === "delete");

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

function blockOf({ target, titled, groups }: Draft, level: number, words: Words): Block {
  const lines = [...titleLines(titled, level), ...groups.map((group) => effectLine(group, words))];
  return { target, lines: lines.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type)), hidden: 0 };
}

/** Only the coarse folds count things instead of naming them. */
function titleLines(titled: readonly Change[], level: number): Line[] {
  const one = (change: Change): Line => titleLine(titleOf(change), change, change.sources);
  if (level < 3 || titled.length <= MAX_LINES / 4) return titled.map(one);
  const groups = new Map<string, { verb: string; noun: string; list: [Change, ...Change[]] }>();
  for (const change of titled) {
    const verb = verbOf(change.op, change.subject);
    const noun = nounOfSubject(change.subject);
    const group = groups.get(`${verb} ${noun}`);
    if (group) group.list.push(change);
    else groups.set(`${verb} ${noun}`, { verb, noun, list: [change] });
  }
  return [...groups.values()].map(({ verb, noun, list }) => {
    if (list.length === 1) return one(list[0]);
    const sources = list.flatMap((c) => c.sources);
    return titleLine(`${verb} ${countedNoun(list.length, noun)}`, list[0], sources);
  });
}

function titleLine(text: string, change: Change, sources: readonly Source[]): Line {
  const source = sourceText(sources);
  if (change.op === "delete") return { sign: "-", type: "delete", text, source: source || "not in the file" };
  if (change.op === "create") return { sign: "+", type: "create", text, source };
  const note = change.op === "release" ? "not in the file: mark removed, rights kept" : source;
  return { sign: "~", type: change.op === "adopt" ? "create" : "other", text, source: note };
}

function effectLine(group: Group, words: Words): Line {
  const type = group[0].item.effect;
  const source = sourceText([...new Set(group.map((e) => e.item.sources))].flat());
  return {
    sign: type === "gains" ? "+" : "-",
    type,
    text: sentence(group, words),
    source: source === "" && type === "loses" ? "not in the file" : source,
  };
}

function sourceText(sources: readonly Source[]): string {
  const places = new Map(sources.map((s) => [`${s.file}:${s.line}`, s]));
  const first = [...places][0];
  if (!first) return "";
  const [place, { pattern }] = first;
  const more = places.size === 1 ? "" : ` and ${counted(places.size - 1, "more line")}`;
  return `${pattern === null || places.size > 1 ? "" : `${pattern}, `}${place}${more}`;
}
