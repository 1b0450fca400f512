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
  const blocks = (fold: Fold): Block[] =>
    plan.targets
      .map((target) => ({
        target,
        lines: linesOf(
          plan.changes.filter((c) => sameTarget(c, target)),
          fold,
        ),
        hidden: 0,
      }))
      .filter((block) => block.lines.length > 0);
  if (verbose) return blocks(FOLDS[0]);
  const candidates = FOLDS.slice(1).map(blocks);
  return candidates.find((list) => total(list) <= MAX_LINES) ?? cut(candidates.at(-1) ?? []);
}

const sameTarget = (change: Change, { target }: PlanTarget): boolean =>
  change.target.type === target.type && change.target.name === target.name;
const total = (blocks: readonly Block[]): number => blocks.reduce((n, block) => n + block.lines.length, 0);

function cut(blocks: readonly Block[]): Block[] {
  const share = Math.max(3, Math.floor(MAX_LINES / Math.max(1, blocks.length)));
  return blocks.map((block) => ({ ...block, lines: block.lines.slice(0, share), hidden: Math.max(0, block.lines.length - share) }));
}

/** What two effects must share to be one line. */
type Fold = (entry: Entry) => readonly unknown[];
interface Entry {
  readonly effect: Effect;
  readonly sources: readonly Source[];
}

const same = ({ effect }: Entry): readonly unknown[] => [effect.effect, effect.what, effect.preposition];
const FOLDS: readonly [Fold, ...Fold[]] = [
  (e) => [...same(e), e.effect.who, e.effect.on],
  (e) => [...same(e), e.effect.who, e.effect.fold ?? e.effect.on, e.sources],
  (e) => [...same(e), e.effect.who, e.effect.fold?.noun ?? e.effect.on],
  (e) => [...same(e), e.effect.fold?.noun ?? e.effect.on],
  (e) => [...same(e), e.effect.fold?.noun ?? e.effect.on.split(" ")[0]],
];

const ORDER: readonly Line["type"][] = ["create", "gains", "other", "loses", "delete"];

function linesOf(changes: readonly Change[], fold: Fold): Line[] {
  const entries = changes
    .filter((change) => !saysItAll(change))
    .flatMap((change) => change.effects.map((effect, i): Entry => ({ effect, sources: change.sources[i] ?? [] })));
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = JSON.stringify(fold(entry));
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  const lines = [...titleLines(changes, fold), ...[...groups.values()].map(effectLine)];
  return lines.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type));
}

/** Kinds that are things of their own: that they come or go is a line, besides what they may do. */
const THINGS = new Set(["pg.role", "iam.role", "iam.policy", "iam.instance-profile"]);

/** `create user x` needs no second line that x gains login. */
const saysItAll = (change: Change): boolean => change.kind === "pg.role" && (change.op === "create" || change.op === "delete");

function titleLines(changes: readonly Change[], fold: Fold): Line[] {
  const titled = changes.filter((c) => c.effects.length === 0 || (THINGS.has(c.kind) && c.op !== "update"));
  // Only the coarse folds count things instead of naming them.
  if (FOLDS.indexOf(fold) < 3 || titled.length <= MAX_LINES / 4) return titled.map((c) => titleLine(c.title, c, c.sources.flat()));
  const groups = new Map<string, Change[]>();
  for (const change of titled) {
    const words = change.title.split(" ");
    const noun = words.slice(0, ["IAM", "instance"].includes(words[1] ?? "") ? 3 : 2).join(" ");
    groups.set(noun, [...(groups.get(noun) ?? []), change]);
  }
  return [...groups].map(([noun, list]) => {
    const head = list[0];
    const [verb = "", ...rest] = noun.split(" ");
    const text = list.length === 1 ? head?.title : `${verb} ${counted(list.length, rest.join(" "))}`;
    return titleLine(
      text ?? noun,
      head,
      list.flatMap((c) => c.sources.flat()),
    );
  });
}

function titleLine(text: string, change: Change | undefined, sources: readonly Source[]): Line {
  const source = sourceText(sources);
  if (change?.op === "delete") return { sign: "-", type: "delete", text, source: source || "not in the file" };
  if (change?.op === "create") return { sign: "+", type: "create", text, source };
  return {
    sign: "~",
    type: change?.op === "adopt" ? "create" : "other",
    text,
    source: change?.op === "release" ? "not in the file: mark removed, rights kept" : source,
  };
}

function effectLine(group: readonly Entry[]): Line {
  const head = group[0];
  if (!head) throw new Error("an empty group of effects");
  const { effect } = head;
  const whos = [...new Set(group.map((e) => e.effect.who))];
  const who = whos.length === 1 ? effect.who : counted(whos.length, "role");
  const verb = whos.length === 1 ? effect.effect : effect.effect.slice(0, -1);
  const source = sourceText(group.flatMap((e) => e.sources));
  return {
    sign: effect.effect === "gains" ? "+" : "-",
    type: effect.effect,
    text: `${who} ${verb} ${effect.what.join(", ")} ${effect.preposition} ${onText(group)}`,
    source: source === "" && effect.effect === "loses" ? "not in the file" : source,
  };
}

function onText(group: readonly Entry[]): string {
  const ons = [...new Set(group.map((e) => e.effect.on))];
  const first = group[0]?.effect;
  if (ons.length === 1 || !first) return ons[0] ?? "";
  if (!first.fold) return counted(ons.length, ons[0]?.split(" ")[0] ?? "thing");
  const schemas = [...new Set(group.map((e) => e.effect.fold?.schema))];
  return `${ons.length.toLocaleString("en-US")} ${first.fold.noun} of ${schemas.length === 1 ? schemas[0] : counted(schemas.length, "schema")}`;
}

function sourceText(sources: readonly Source[]): string {
  const places = new Map(sources.map((s) => [`${s.file}:${s.line}`, s]));
  const first = [...places][0];
  if (!first) return "";
  const [place, { pattern }] = first;
  const more = places.size === 1 ? "" : ` and ${counted(places.size - 1, "more line")}`;
  return `${pattern === undefined || places.size > 1 ? "" : `${pattern}, `}${place}${more}`;
}
