import type { Change, Effect, Plan, PlanTarget, Source } from "../model/plan.js";
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

/** The plan as lines: effects that are alike are one line; folded more coarsely until the whole fits on a screen. */
export function walkPlan(plan: Plan, verbose: boolean): Block[] {
  const drafts = plan.targets.map((target) => draftOf(target, plan.changes)).filter((d) => d.titled.length + d.groups.length > 0);
  if (verbose) return drafts.map((draft) => blockOf(draft, 0));
  let folded = drafts;
  for (const [level, fold] of FOLDS.entries()) {
    folded = folded.map((draft) => ({ ...draft, groups: regroup(draft.groups, fold) }));
    const lines = folded.reduce((n, draft) => n + titleLines(draft.titled, level + 1).length + draft.groups.length, 0);
    if (lines <= MAX_LINES) return folded.map((draft) => blockOf(draft, level + 1));
  }
  return cut(folded.map((draft) => blockOf(draft, FOLDS.length)));
}

function cut(blocks: readonly Block[]): Block[] {
  const share = Math.max(3, Math.floor(MAX_LINES / Math.max(1, blocks.length)));
  return blocks.map((block) => ({ ...block, lines: block.lines.slice(0, share), hidden: Math.max(0, block.lines.length - share) }));
}

interface Draft {
  readonly target: PlanTarget;
  /** Changes that are a line by their title. */
  readonly titled: readonly Change[];
  readonly groups: readonly Group[];
}
/** Effects that are one line. */
type Group = readonly [Entry, ...Entry[]];
interface Entry {
  readonly effect: Effect;
  readonly sources: readonly Source[];
}

/** Kinds that are things of their own: that they come or go is a line, besides what they may do. */
const THINGS = new Set(["pg.role", "iam.role", "iam.policy", "iam.instance-profile"]);

function draftOf(target: PlanTarget, all: readonly Change[]): Draft {
  const changes = all.filter((c) => c.target.type === target.target.type && c.target.name === target.target.name);
  return {
    target,
    titled: changes.filter((c) => c.effects.length === 0 || (THINGS.has(c.kind) && c.op !== "update")),
    groups: changes
      .filter((c) => !saysItAll(c))
      .flatMap((c) => c.effects.map((effect, i): Group => [{ effect, sources: c.sources[i] ?? [] }])),
  };
}

/** `create user x` needs no second line that x gains login. */
const saysItAll = (change: Change): boolean => change.kind === "pg.role" && (change.op === "create" || change.op === "delete");

/** What two effects must share to be one line, from fine to coarse: each fold joins groups of the one before. */
type Fold = (entry: Entry) => readonly (string | readonly unknown[])[];
const same = ({ effect: e }: Entry): readonly string[] => [e.effect, e.what.join(), e.preposition];
const FOLDS: readonly Fold[] = [
  (e) => [...same(e), e.effect.who, e.effect.fold ? `${e.effect.fold.noun} ${e.effect.fold.schema}` : e.effect.on, e.sources],
  (e) => [...same(e), e.effect.who, e.effect.fold?.noun ?? e.effect.on],
  (e) => [...same(e), e.effect.fold?.noun ?? e.effect.on],
  (e) => [...same(e), e.effect.fold?.noun ?? e.effect.on.split(" ")[0] ?? ""],
];

/** Source lists are shared by all objects of one wildcard: each is written out once. */
function regroup(groups: readonly Group[], fold: Fold): Group[] {
  const texts = new Map<readonly unknown[], string>();
  const textOf = (list: readonly unknown[]): string => {
    const text = texts.get(list) ?? JSON.stringify(list);
    texts.set(list, text);
    return text;
  };
  const joined = new Map<string, [Entry, ...Entry[]]>();
  for (const group of groups) {
    const key = fold(group[0])
      .map((part) => (typeof part === "string" ? part : textOf(part)))
      .join("\u0000");
    const known = joined.get(key);
    if (known) for (const entry of group) known.push(entry);
    else joined.set(key, [...group]);
  }
  return [...joined.values()];
}

const ORDER: readonly Line["type"][] = ["create", "gains", "other", "loses", "delete"];

function blockOf({ target, titled, groups }: Draft, level: number): Block {
  const lines = [...titleLines(titled, level), ...groups.map(effectLine)];
  return { target, lines: lines.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type)), hidden: 0 };
}

/** Only the coarse folds count things instead of naming them. */
function titleLines(titled: readonly Change[], level: number): Line[] {
  const one = (change: Change): Line => titleLine(change.title, change, change.sources.flat());
  if (level < 3 || titled.length <= MAX_LINES / 4) return titled.map(one);
  const groups = new Map<string, [Change, ...Change[]]>();
  for (const change of titled) {
    const noun = change.title
      .split(" ")
      .slice(0, /^\S+ (IAM|instance) /.test(change.title) ? 3 : 2)
      .join(" ");
    const group = groups.get(noun);
    if (group) group.push(change);
    else groups.set(noun, [change]);
  }
  return [...groups].map(([noun, list]) => {
    if (list.length === 1) return one(list[0]);
    const [verb = "", ...rest] = noun.split(" ");
    const sources = list.flatMap((c) => c.sources.flat());
    return titleLine(`${verb} ${counted(list.length, rest.join(" "))}`, list[0], sources);
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
  const { effect } = group[0];
  const whos = new Set(group.map((e) => e.effect.who));
  const who = whos.size === 1 ? effect.who : counted(whos.size, "role");
  const verb = whos.size === 1 ? effect.effect : effect.effect.slice(0, -1);
  const source = sourceText([...new Set(group.map((e) => e.sources))].flat());
  return {
    sign: effect.effect === "gains" ? "+" : "-",
    type: effect.effect,
    text: `${who} ${verb} ${effect.what.join(", ")} ${effect.preposition} ${onText(group)}`,
    source: source === "" && effect.effect === "loses" ? "not in the file" : source,
  };
}

function onText(group: Group): string {
  const ons = new Set(group.map((e) => e.effect.on));
  const { on, fold } = group[0].effect;
  if (ons.size === 1) return on;
  if (!fold) return counted(ons.size, on.split(" ")[0] ?? "thing");
  const schemas = new Set(group.map((e) => e.effect.fold?.schema));
  const where = schemas.size === 1 ? fold.schema : counted(schemas.size, "schema");
  return `${fold.counted ? `${ons.size.toLocaleString("en-US")} ` : ""}${fold.noun} of ${where}`;
}

function sourceText(sources: readonly Source[]): string {
  const places = new Map(sources.map((s) => [`${s.file}:${s.line}`, s]));
  const first = [...places][0];
  if (!first) return "";
  const [place, { pattern }] = first;
  const more = places.size === 1 ? "" : ` and ${counted(places.size - 1, "more line")}`;
  return `${pattern === undefined || places.size > 1 ? "" : `${pattern}, `}${place}${more}`;
}
