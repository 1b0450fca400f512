import { displayName } from "../kinds/sql.js";
import type { Change, Effect, Plan, PlanTarget, Source } from "../model/plan.js";
import { fairCut, fairShares } from "./fit.js";
import { FOLDS, type Group, regroup, sentence } from "./fold.js";
import { countedNoun, nounOf } from "./nouns.js";
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
  const drafts = targetsOf(plan)
    .map((target) => draftOf(target, plan.changes))
    .filter((d) => d.titled.length + d.groups.length > 0);
  if (room === Number.POSITIVE_INFINITY) return drafts.map((draft) => blockOf(draft, 0));
  const most = Math.min(MAX_LINES, room - AROUND_A_BLOCK * drafts.length);
  let folded = drafts;
  for (const [level, fold] of FOLDS.entries()) {
    folded = folded.map((draft) => ({ ...draft, groups: regroup(draft.groups, fold) }));
    const lines = folded.reduce((n, draft) => n + titleLines(draft.titled, level + 1).length + draft.groups.length, 0);
    if (lines <= most) return folded.map((draft) => blockOf(draft, level + 1));
  }
  return cut(
    folded.map((draft) => blockOf(draft, FOLDS.length)),
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
    changes.filter((c) => !known.has(id(c))).map(({ target }) => [id({ target }), { target, about: "", identity: "" }]),
  );
  return [...targets, ...unknown.values()];
}

interface Draft {
  readonly target: PlanTarget;
  /** Changes that are a line by their title. */
  readonly titled: readonly Change[];
  readonly groups: readonly Group[];
}

/** Kinds that are things of their own: that they come or go is a line, besides what they may do. */
const THINGS = new Set(["pg.role", "iam.role", "iam.policy", "iam.instance-profile"]);

function draftOf(target: PlanTarget, all: readonly Change[]): Draft {
  const { type, name } = target.target;
  const changes = all.filter((c) => c.target.type === type && c.target.name === name);
  const entry = (effect: Effect, sources: readonly Source[] = []): Group =>
    type === "cluster"
      ? [{ effect, sources, who: displayName(effect.who), whoNoun: "role" }]
      : [{ effect, sources, who: effect.who, whoNoun: nounOf(effect.who) ?? "principal" }];
  return {
    target,
    titled: changes.filter((c) => c.effects.length === 0 || (THINGS.has(c.kind) && c.op !== "update")),
    groups: changes.filter((c) => !saysItAll(c)).flatMap((c) => c.effects.map((effect, i) => entry(effect, c.sources[i]))),
  };
}

/** `create user x` needs no second line that x gains login. */
const saysItAll = (change: Change): boolean => change.kind === "pg.role" && (change.op === "create" || change.op === "delete");

const ORDER: readonly Line["type"][] = ["create", "gains", "other", "loses", "delete"];

function blockOf({ target, titled, groups }: Draft, level: number): Block {
  const lines = [...titleLines(titled, level), ...groups.map(effectLine)];
  return { target, lines: lines.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type)), hidden: 0 };
}

/** Only the coarse folds count things instead of naming them. */
function titleLines(titled: readonly Change[], level: number): Line[] {
  const one = (change: Change): Line => titleLine(change.title, change, change.sources.flat());
  if (level < 3 || titled.length <= MAX_LINES / 4) return titled.map(one);
  const groups = new Map<string, { verb: string; noun: string; list: [Change, ...Change[]] }>();
  for (const change of titled) {
    const verb = change.title.split(" ", 1)[0] ?? "";
    const noun = nounOf(change.title.slice(verb.length + 1)) ?? "resource";
    const group = groups.get(`${verb} ${noun}`);
    if (group) group.list.push(change);
    else groups.set(`${verb} ${noun}`, { verb, noun, list: [change] });
  }
  return [...groups.values()].map(({ verb, noun, list }) => {
    if (list.length === 1) return one(list[0]);
    const sources = list.flatMap((c) => c.sources.flat());
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

function effectLine(group: Group): Line {
  const type = group[0].effect.effect;
  const source = sourceText([...new Set(group.map((e) => e.sources))].flat());
  return {
    sign: type === "gains" ? "+" : "-",
    type,
    text: sentence(group),
    source: source === "" && type === "loses" ? "not in the file" : source,
  };
}

function sourceText(sources: readonly Source[]): string {
  const places = new Map(sources.map((s) => [`${s.file}:${s.line}`, s]));
  const first = [...places][0];
  if (!first) return "";
  const [place, { pattern }] = first;
  const more = places.size === 1 ? "" : ` and ${counted(places.size - 1, "more line")}`;
  return `${pattern === undefined || places.size > 1 ? "" : `${pattern}, `}${place}${more}`;
}
