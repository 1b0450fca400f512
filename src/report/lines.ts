import type { Change } from "../model/change.js";
import { countRights, type Source } from "../model/right.js";
import { type Group, rightsIn, rightText, sentence } from "./fold.js";
import { countedNoun } from "./nouns.js";
import type { Words } from "./sentence.js";
import { createdWith, nameOfThing, nounOfSubject, takenFrom, titleOf, verbOf } from "./title.js";
import { counted } from "./visible.js";

/** One line of a plan, for every renderer. */
export interface Line {
  readonly sign: "+" | "-" | "~";
  readonly type: "create" | "gains" | "other" | "loses" | "delete";
  readonly text: string;
  /** `pgdemo.*, access.yaml:31`; empty when no line of the file causes it. */
  readonly source: string;
  /** Things that come, go or change by it, and rights that are gained or lost: the sums are the counts of the plan. */
  readonly things: number;
  readonly rights: number;
}

/** So many titles stand alone, however coarse the fold. */
const FEW_TITLES = 8;

/** `create user x` needs no second line that x gains login. */
export const saysItAll = ({ subject, op }: Pick<Change, "subject" | "op">): boolean =>
  subject.type === "role" && (op === "create" || op === "delete");

/** Coarse folds count things instead of naming them; who is deleted or adopted is named all the same. */
export function titleLines(titled: readonly Change[], level: number): Line[] {
  if (level < 3 || titled.length <= FEW_TITLES) return titled.map((change) => titleLine(titleOf(change), [change]));
  const groups = new Map<string, [Change, ...Change[]]>();
  for (const change of titled) {
    const key = `${verbOf(change.op, change.subject)} ${nounOfSubject(change.subject)}`;
    const group = groups.get(key);
    if (group) group.push(change);
    else groups.set(key, [change]);
  }
  return [...groups.values()].map((list) => titleLine(list.length === 1 ? titleOf(list[0]) : titleOfMany(list), list));
}

/** `delete 2 users: a, b`. */
function titleOfMany(list: readonly [Change, ...Change[]]): string {
  const { op, subject } = list[0];
  const names = op === "delete" || op === "adopt" || op === "rename" ? `: ${namesOf(list)}` : "";
  return `${verbOf(op, subject)} ${countedNoun(list.length, nounOfSubject(subject))}${names}`;
}

const namesOf = (list: readonly Change[]): string => list.map(nameOf).join(", ");

const nameOf = ({ op, subject }: Change): string => {
  return "name" in subject ? nameOfThing(subject) : titleOf({ op, subject });
};

/** Those of whom an adoption changes nothing but the mark. */
export const quietLine = (list: readonly [Change, ...Change[]]): Line =>
  titleLine(`adopt ${countedNoun(list.length, "role")}, nothing changes for them: ${namesOf(list)}`, list);

function titleLine(text: string, list: readonly [Change, ...Change[]]): Line {
  const { op } = list[0];
  const source = sourceText(list.flatMap((c) => c.sources));
  const effect = op === "delete" ? "loses" : "gains";
  const rights = list.reduce((n, c) => n + (saysItAll(c) ? countRights(c.delta, effect) : 0), 0);
  const rest = { text, things: list.length, rights };
  if (op === "delete") return { sign: "-", type: "delete", source: source || "not in the file", ...rest };
  const begins = [...new Set(list.map(({ attributes }) => createdWith(attributes?.creation)))].join("");
  if (op === "create") return { sign: "+", type: "create", source, ...rest, text: `${text}${begins}` };
  const note = op === "release" ? `${source || "not in the file"}: mark removed, rights kept` : source;
  const former = [...new Set(list.flatMap((change) => takenFrom(change) ?? []))];
  const taken = former.length === 0 ? "" : `, taken over from ${former.join(" and ")}`;
  // Tokens and connection strings name the user.
  const clients = op === "rename" && list.some(({ subject }) => subject.type === "role" && subject.login) ? RENAMED : "";
  return { sign: "~", type: op === "adopt" ? "create" : "other", source: note, ...rest, text: `${text}${taken}${begins}${clients}` };
}

const RENAMED = "; who logs in must give the new name from then on";

export function gainLine(group: Group, words: Words): Line {
  return { sign: "+", type: "gains", text: sentence(group, words), source: sourceOf([group]), things: 0, rights: rightsIn(group) };
}

/** Whoever loses is named on every level. Those who lose the same share a line; the coarse levels say all that one loses on one line. */
export function lossLines(groups: readonly Group[], level: number, words: Words): Line[] {
  const clauses = groups.map((group) => ({
    who: words.who({ who: group[0].item.who, on: group[0].on[0] }),
    text: rightText(group, words),
    each: rightText(group, words, 1, " each"),
    groups: [group],
  }));
  if (level === 0) return clauses.map((one) => lossLine([one.who], one.text, one.groups));
  const parts = level < 3 ? clauses : [...byKey(clauses, (one) => one.who).values()].map(joined);
  return [...byKey(parts, (one) => one.text).values()].map((alike) =>
    lossLine(
      alike.map((one) => one.who),
      alike.length === 1 ? alike[0].text : alike[0].each,
      alike.flatMap((one) => one.groups),
    ),
  );
}

interface Clause {
  readonly who: string;
  readonly text: string;
  /** The same for several of them. */
  readonly each: string;
  readonly groups: readonly Group[];
}

const joined = (list: readonly [Clause, ...Clause[]]): Clause => ({
  who: list[0].who,
  text: list.map((one) => one.text).join("; "),
  each: list.map((one) => one.each).join("; "),
  groups: list.flatMap((one) => one.groups),
});

export function byKey<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, [T, ...T[]]> {
  const found = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const known = found.get(keyOf(item));
    if (known) known.push(item);
    else found.set(keyOf(item), [item]);
  }
  return found;
}

const lossLine = (whos: readonly string[], text: string, groups: readonly Group[]): Line => ({
  sign: "-",
  type: "loses",
  text: `${whos.join(", ")} ${whos.length === 1 ? "loses" : "lose"} ${text}`,
  source: sourceOf(groups) || "not in the file",
  things: 0,
  rights: groups.reduce((n, group) => n + rightsIn(group), 0),
});

const sourceOf = (groups: readonly Group[]): string =>
  sourceText([...new Set(groups.flatMap((group) => group.map((e) => e.item.sources)))].flat());

function sourceText(sources: readonly Source[]): string {
  const places = new Map(sources.map((s) => [`${s.file}:${s.line}`, s]));
  const first = [...places][0];
  if (!first) return "";
  const [place, { pattern }] = first;
  const ends = [...new Set(sources.map((s) => s.until))].sort();
  // Of several ends none is shown as that of all.
  const until = ends.length === 1 && ends[0] ? `, until ${ends[0]}` : "";
  const more = places.size === 1 ? "" : ` and ${counted(places.size - 1, "more line")}`;
  return `${pattern === null || places.size > 1 ? "" : `${pattern}, `}${place}${more}${until}`;
}
