import type { Effect, Source } from "../model/plan.js";
import { countedNoun, nounOf } from "./nouns.js";
import { counted, digits } from "./visible.js";

/** An effect as it is reported. */
export interface Entry {
  readonly effect: Effect;
  /** As a person writes the name: quoted where SQL needs it. */
  readonly who: string;
  /** role; in an account the noun that `who` begins with. */
  readonly whoNoun: string;
  readonly sources: readonly Source[];
}
/** Effects that are one line. */
export type Group = readonly [Entry, ...Entry[]];

/** What two effects must share to be one line, from fine to coarse: each fold joins groups of the one before. */
type Fold = (entry: Entry) => readonly (string | readonly unknown[])[];
const same = ({ effect: e }: Entry): readonly string[] => [e.effect, e.preposition, e.what.join()];
export const FOLDS: readonly Fold[] = [
  (e) => [...same(e), e.who, e.effect.fold ? `${e.effect.fold.noun} ${e.effect.fold.schema}` : e.effect.on, e.sources],
  (e) => [...same(e), e.who, foldNoun(e.effect) ?? e.effect.on],
  (e) => [...same(e), e.whoNoun, foldNoun(e.effect) ?? e.effect.on],
  (e) => [...same(e), e.whoNoun, onNoun(e.effect)],
  (e) => [e.effect.effect, e.effect.preposition, e.whoNoun, whatNoun(e.effect) ?? e.effect.what.join(), onNoun(e.effect)],
];

/** `every schema` is never one of several schemas: it is wider than them all. */
const foldNoun = ({ fold }: Effect): string | null =>
  fold?.schema.startsWith("every schema ") ? `${fold.noun} of every schema` : (fold?.noun ?? null);

const onNoun = (effect: Effect): string => foldNoun(effect) ?? nounOf(effect.on) ?? "resource";

/** An attachment's `what` is one thing with a name: many of them can be counted. */
const whatNoun = ({ what: [only = "", ...others] }: Effect): string | null => (others.length > 0 ? null : nounOf(only));

/** Source lists are shared by all objects of one wildcard: each is written out once. */
export function regroup(groups: readonly Group[], fold: Fold): Group[] {
  const texts = new Map<readonly unknown[], string>();
  const textOf = (list: readonly unknown[]): string => {
    const text = texts.get(list) ?? JSON.stringify(list);
    texts.set(list, text);
    return text;
  };
  const joined = new Map<string, [Entry, ...Entry[]]>();
  for (const group of groups) {
    let key = "";
    for (const part of fold(group[0])) key += `${typeof part === "string" ? part : textOf(part)}\u0000`;
    const known = joined.get(key);
    if (known) for (const entry of group) known.push(entry);
    else joined.set(key, [...group]);
  }
  return [...joined.values()];
}

/** `oltp_ro_role gains select on 5,000 tables of pgdemo`. */
export function sentence(group: Group): string {
  const [{ effect, who, whoNoun }] = group;
  const whos = new Set(group.map((e) => e.who));
  const whats = new Set(group.map((e) => e.effect.what.join()));
  const subject = whos.size === 1 ? `${who} ${effect.effect}` : `${countedNoun(whos.size, whoNoun)} ${effect.effect.slice(0, -1)}`;
  const what = whats.size === 1 ? effect.what.join(", ") : countedNoun(whats.size, whatNoun(effect) ?? "resource");
  return `${subject} ${what} ${effect.preposition} ${onText(group)}`;
}

function onText(group: Group): string {
  const { effect } = group[0];
  const ons = new Set(group.map((e) => e.effect.on));
  if (ons.size === 1) return effect.on;
  const { fold } = effect;
  if (!fold) return countedNoun(ons.size, onNoun(effect));
  const noun = foldNoun(effect) ?? fold.noun;
  const schemas = new Set(group.map((e) => e.effect.fold?.schema ?? ""));
  if (noun !== fold.noun && schemas.size > 1) return noun;
  // `pgdemo made by app_owner in demo`: several creators do not make several schemas.
  const places = new Set([...schemas].map((schema) => schema.replace(/ made by .*(?= in )/, "")));
  const where = schemas.size === 1 ? fold.schema : counted(places.size, "schema");
  return `${fold.counted ? `${digits(ons.size)} ` : ""}${fold.noun} of ${where}`;
}
