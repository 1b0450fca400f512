import type { DeltaItem, Terms } from "../model/right.js";
import type { Thing } from "../model/thing.js";
import { displayName } from "../privileges/sql.js";
import { countedNoun, nounOfPrincipal, nounOfThing } from "./nouns.js";
import { laterPlace, type Words, whoText } from "./sentence.js";
import { counted, digits } from "./visible.js";

/** Rights of one sort, and all that they are on: the things that change alike share one entry. */
export interface Entry {
  readonly item: DeltaItem;
  readonly on: readonly [Thing, ...Thing[]];
}
/** Entries that are one line. */
export type Group = readonly [Entry, ...Entry[]];

/** How a thing that stands in a schema is counted with its like: `tables of pgdemo`; null: it stands alone. */
export interface Fold {
  readonly noun: string;
  readonly schema: string;
  /** Later objects are not counted. */
  readonly counted: boolean;
}

export function foldOf(on: Thing): Fold | null {
  if (on.type === "later") return { noun: `later ${on.objects}`, schema: laterPlace(on), counted: false };
  if (on.type !== "object" || on.of.schema === undefined || on.site === "cluster") return null;
  return { noun: `${on.of.type}s`, schema: `${displayName(on.of.schema)} ${on.site.database}`, counted: true };
}

/** `every schema` is never one of several schemas: it is wider than them all. */
function foldNoun(on: Thing): string | null {
  const fold = foldOf(on);
  return fold && on.type === "later" && on.schema === null ? `${fold.noun} of every schema` : (fold?.noun ?? null);
}

const onNoun = (on: Thing): string => foldNoun(on) ?? nounOfThing(on);

/** What is attached or carried has a name of its own: many can be counted. */
function whatNoun({ item: { who }, on: [on] }: Entry): string | null {
  if (on.type === "iam-policy") return "IAM policy";
  if (who.type === "instance") return "instance profile";
  return who.type === "instance-profile" && on.type === "iam-role" ? "IAM role" : null;
}

/** What two entries must share to be one line, from fine to coarse: each fold joins groups of the one before. */
type Key = (entry: Entry, words: Words) => readonly (string | readonly unknown[])[];
const same = ({ item, on: [on] }: Entry): readonly string[] => [
  item.effect,
  on.type,
  item.verbs.join(),
  JSON.stringify([item.terms, item.other]),
];
const place = ([on]: Entry["on"], words: Words): string => {
  const fold = foldOf(on);
  return fold ? `${fold.noun} ${fold.schema}` : words.thing(on);
};
const named = (entry: Entry): string => (whatNoun(entry) === null ? "" : JSON.stringify(entry.on[0]));
export const FOLDS: readonly Key[] = [
  (e, words) => [...same(e), whoText(e.item.who), place(e.on, words), named(e), e.item.sources],
  (e, words) => [...same(e), whoText(e.item.who), foldNoun(e.on[0]) ?? words.thing(e.on[0]), named(e)],
  (e, words) => [...same(e), nounOfPrincipal(e.item.who), foldNoun(e.on[0]) ?? words.thing(e.on[0]), named(e)],
  (e) => [...same(e), nounOfPrincipal(e.item.who), onNoun(e.on[0]), named(e)],
  (e) => [
    e.item.effect,
    e.on[0].type,
    nounOfPrincipal(e.item.who),
    whatNoun(e) ?? e.item.verbs.join(),
    onNoun(e.on[0]),
    JSON.stringify([e.item.terms, e.item.other].map(sortOfTerms)),
  ],
];

/** What never folds: an option, a Deny. Conditions and statements do: there are as many as things. */
const sortOfTerms = (terms: Terms | null): unknown =>
  terms && [terms.grantable, terms.membership, terms.deny, terms.statement === undefined, terms.condition === undefined];

/** Of losses: who loses is never folded away. */
export const LOSS_FOLDS: readonly Key[] = [...FOLDS.slice(0, 2), (e) => [...same(e), whoText(e.item.who), onNoun(e.on[0]), named(e)]];

/** Source lists are shared by all objects of one wildcard: each is written out once. */
export function regroup(groups: readonly Group[], key: Key, words: Words): Group[] {
  const texts = new Map<readonly unknown[], string>();
  const textOf = (list: readonly unknown[]): string => {
    const text = texts.get(list) ?? JSON.stringify(list);
    texts.set(list, text);
    return text;
  };
  const joined = new Map<string, [Entry, ...Entry[]]>();
  for (const group of groups) {
    const text = key(group[0], words)
      .map((part) => (typeof part === "string" ? part : textOf(part)))
      .join("\u0000");
    const known = joined.get(text);
    // One push per entry: a spread of so many arguments overflows the stack.
    if (known) for (const entry of group) known.push(entry);
    else joined.set(text, [...group]);
  }
  return [...joined.values()];
}

/** How many rights the entries are: so many were counted. */
export const rightsIn = (group: Group): number => group.reduce((n, { item, on }) => n + item.verbs.length * on.length, 0);

/** `oltp_ro_role gains select on 5,000 tables of pgdemo`. */
export function sentence(group: Group, words: Words): string {
  const { item } = group[0];
  const who = ({ item: { who }, on }: Entry): string => words.who({ who, on: on[0] });
  const whos = new Set(group.map(who));
  const subject =
    whos.size === 1
      ? `${who(group[0])} ${item.effect}`
      : `${countedNoun(whos.size, nounOfPrincipal(item.who))} ${item.effect.slice(0, -1)}`;
  return `${subject} ${rightText(group, words, whos.size)}`;
}

/**
 * What somebody gains or loses; the number of rights where principals, verbs and things do not multiply to it.
 * @param each behind that number, where several lose so many
 */
export function rightText(group: Group, words: Words, whos = 1, each = ""): string {
  const [first] = group;
  const on = first.on[0];
  const rights = rightsIn(group);
  const noun = whatNoun(first);
  const { text, things } = onText(group, words);
  const names = new Set(noun === null ? [] : group.map((e) => words.right({ ...e.item, on: e.on[0] })));
  if (names.size <= 1) {
    const said = whos * (noun === null ? first.item.verbs.length * things : 1);
    return `${words.right({ ...oneOf(group), on }, text)}${said === rights ? "" : `, ${counted(rights, "right")}${each}`}`;
  }
  const account = on.type === "iam-policy" || on.type === "iam-role" ? ` in ${words.account(on.account)}` : "";
  return `${countedNoun(names.size, noun ?? "")}${account}${whos * names.size === rights ? "" : `, ${counted(rights, "right")}${each}`}`;
}

/** The right that stands for all of the group: where they differ in a condition or a statement, none of them is shown as that of all. */
function oneOf(group: Group): DeltaItem {
  const items = [...new Set(group.map((e) => e.item))];
  const { terms, ...rest } = group[0].item;
  const { condition, statement, document: _, version: __, ...sort } = terms;
  if (new Set(items.map(({ terms: { document: ___, ...same } }) => JSON.stringify(same))).size === 1) return group[0].item;
  if (statement !== undefined) return { ...rest, terms: sort, verbs: [`what their statements ${terms.deny ? "deny" : "allow"}`] };
  return { ...rest, terms: { ...sort, ...(condition === undefined ? {} : { condition: "their conditions hold" }) } };
}

/** So many things that somebody loses are named. */
const FEW = 3;

/** The things, and how many of them the words say. */
function onText(group: Group, words: Words): { readonly text: string; readonly things: number } {
  // Entries of one delta share their list: it is looked at once. All things of a list stand in one schema.
  const lists = [...new Set(group.map((e) => e.on))];
  const firsts = lists.map(([first]) => first);
  const [first] = group[0].on;
  const fold = foldOf(first);
  const count = countThings(lists, words);
  if (count === 1) return { text: words.thing(first), things: 1 };
  if (group[0].item.effect === "loses" && count <= FEW)
    return { text: [...new Set(lists.flatMap((list) => list.map(words.thing)))].join(", "), things: count };
  if (!fold) return { text: countedNoun(count, onNoun(first)), things: count };
  const noun = foldNoun(first) ?? fold.noun;
  const schemas = new Set(firsts.map((on) => foldOf(on)?.schema ?? ""));
  if (noun !== fold.noun && schemas.size > 1) return { text: noun, things: 1 };
  // Several creators do not make several schemas.
  const places = new Set(firsts.map(schemaOf));
  const where = schemas.size === 1 ? words.schema(first) : counted(places.size, "schema");
  return { text: `${fold.counted ? `${digits(count)} ` : ""}${fold.noun} of ${where}`, things: fold.counted ? count : places.size };
}

/** An object has one change, so one value; other things are told apart by their names. */
function countThings(lists: readonly (readonly Thing[])[], words: Words): number {
  const seen = new Set<Thing | string>();
  for (const list of lists) for (const on of list) seen.add(on.type === "object" ? on : words.thing(on));
  return seen.size;
}

const schemaOf = (on: Thing): string => {
  if (on.type === "later") return JSON.stringify([on.schema, on.database]);
  return on.type === "object" ? JSON.stringify([on.of.schema, on.site]) : "";
};
