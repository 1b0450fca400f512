import type { Level, Net, NetItem } from "../model/net.js";
import type { Plan } from "../model/plan.js";
import type { Principal } from "../model/principal.js";
import { displayName } from "../privileges/sql.js";
import { fairShares } from "./fit.js";
import { byKey } from "./lines.js";
import { countedNoun, nounOfPrincipal } from "./nouns.js";
import { kindText, reachedText } from "./reached.js";
import { type Words, whoText, wordsOf } from "./sentence.js";
import { counted } from "./visible.js";

/** What the plan means for somebody in the end. */
export interface NetLine {
  readonly sign: "+" | "-" | "=";
  readonly text: string;
}
export interface NetBlock {
  /** `cluster demo`, `AWS account db`. */
  readonly place: string;
  readonly lines: readonly NetLine[];
  /** Lines of gains and of what stays that were left out; a loss never is. */
  readonly hidden: number;
}

/** Each one of those who lose is named, however many; of all others so many. */
const FEW = 2;

/**
 * By target. Gains and what stays are folded more coarsely until they fit into `room` lines; losses until they are few, and never cut.
 * Infinity: each principal and each place alone.
 */
export function netBlocks(plan: Plan, room: number): NetBlock[] {
  const words = wordsOf(plan);
  // What everybody gains stands first, where nothing is cut.
  const publicFirst = [...plan.net].sort((a, b) => Number(b.who.type === "public") - Number(a.who.type === "public"));
  const places = [...byKey(publicFirst, ({ who }) => placeOf(who, plan.targets))];
  const folded = (make: (nets: readonly Net[], level: Coarse, words: Words) => NetLine[], most: number): NetLine[][] => {
    let all: NetLine[][] = [];
    for (const level of most === Number.POSITIVE_INFINITY ? LEVELS.slice(0, 1) : LEVELS.slice(1)) {
      all = places.map(([, nets]) => make(nets, level, words));
      if (all.flat().length <= most) break;
    }
    return all;
  };
  const losses = folded(lossLines, room === Number.POSITIVE_INFINITY ? room : MAX_LOSSES);
  const others = folded((nets, level) => [...gainLines(nets, level, words), ...sameLines(nets, level)], room);
  const shares = fairShares(
    others.map((lines) => lines.length),
    room,
  );
  return places.map(([place], i) => {
    const rest = others[i] ?? [];
    const shown = rest.slice(0, shares[i]);
    return { place, lines: [...(losses[i] ?? []), ...shown], hidden: rest.length - shown.length };
  });
}

/** Where more lines are lost, all that one principal loses is one. */
const MAX_LOSSES = 20;

/** How coarse: 1 joins who gains or loses the same, 2 joins places, 3 says all that one loses on one line, 4 counts who gains. */
const LEVELS = [0, 1, 2, 3, 4] as const;
type Coarse = (typeof LEVELS)[number];

/** Where somebody is a principal. */
function placeOf(who: Principal, targets: Plan["targets"]): string {
  if (who.type === "role" || who.type === "public") return `cluster ${who.cluster}`;
  if (!("account" in who)) return "elsewhere";
  const target = targets.find(({ target, identity }) => target.type === "account" && identity === who.account);
  return `AWS account ${target?.target.name ?? who.account}`;
}

interface Part {
  readonly who: Principal;
  readonly items: readonly [NetItem, ...NetItem[]];
}

const partsOf = (nets: readonly Net[], isWanted: (item: NetItem) => boolean): Part[] =>
  nets.flatMap(({ who, items }) => items.filter(isWanted).map((item) => ({ who, items: [item] as const })));

const lossLines = (nets: readonly Net[], level: Coarse, words: Words): NetLine[] =>
  clausesOf(
    partsOf(nets, ({ from, to }) => from > to),
    level,
    words,
  ).map(({ whos, text }) => ({ sign: "-", text: `${whos.map(netWho).join(", ")} ${whos.length === 1 ? "loses" : "lose"} ${text}` }));

function gainLines(nets: readonly Net[], level: Coarse, words: Words): NetLine[] {
  const parts = partsOf(nets, ({ from, to }) => from < to);
  if (level < 4)
    return clausesOf(parts, level, words).map(({ whos, text }) => ({
      sign: "+",
      text: `${fewNames(whos)} ${whos.length === 1 ? "gains" : "gain"} ${text}`,
    }));
  return [...byKey(parts, (part) => `${nounOfPrincipal(part.who)} ${kindKey(part)}`).values()].map((list) => {
    const whos = [...byKey(list, ({ who }) => netWho(who)).keys()];
    const subject = whos.length === 1 ? `${whos[0]} gains` : `${countedNoun(whos.length, nounOfPrincipal(list[0].who))} gain`;
    return {
      sign: "+",
      text: `${subject} ${itemsText(
        list.flatMap((part) => part.items),
        words,
      )}`,
    };
  });
}

interface Clause {
  readonly whos: readonly [Principal, ...Principal[]];
  readonly text: string;
}

/** Who gains or loses the very same stands together. */
function clausesOf(parts: readonly Part[], level: Coarse, words: Words): Clause[] {
  const placed = level < 2 ? parts : [...byKey(parts, (part) => `${netWho(part.who)} ${kindKey(part)}`).values()].map(together);
  const said = placed.map(({ who, items }) => ({ who, text: itemsText(items, words) }));
  if (level === 0) return said.map(({ who, text }) => ({ whos: [who], text }));
  const whole =
    level < 3
      ? said
      : [...byKey(said, ({ who }) => netWho(who)).values()].map((list) => ({
          who: list[0].who,
          text: list.map((one) => one.text).join("; "),
        }));
  return [...byKey(whole, ({ text }) => text).values()].map(([first, ...others]) => ({
    whos: [first.who, ...others.map(({ who }) => who)],
    text: first.text,
  }));
}

const together = (list: readonly [Part, ...Part[]]): Part => {
  const [first, ...others] = list.map(({ items: [item] }) => item);
  return { who: list[0].who, items: first ? [first, ...others] : list[0].items };
};

const kindKey = ({ items: [item] }: Part): string =>
  JSON.stringify([item.verbs, item.from, item.to, item.through.map(whoText), kindText(item.examples[0])]);

/** `select on 12 tables of crm (through analyst)`; the items differ in nothing but the place. */
function itemsText(items: readonly NetItem[], words: Words): string {
  const [item] = items;
  if (!item) return "";
  const on = item.examples[0];
  const right = words.right(
    { who: { type: "anyone" }, verbs: item.verbs, on, terms: {}, other: null },
    reachedText(items, words, item.from > item.to),
  );
  const how = [...levelText(item), ...throughText(item)];
  return how.length === 0 ? right : `${right} (${how.join("; ")})`;
}

/** What one item means for somebody, whole: for the JSON. */
export const netItemText = (who: Principal, item: NetItem, words: Words): string =>
  `${netWho(who)} ${item.from < item.to ? "gains" : "loses"} ${itemsText([item], words)}`;

/** The last level is what most have: only what differs from it is said. */
function levelText({ from, to }: NetItem): string[] {
  if (from < to) return to === 3 ? NOW_AT_ONCE[from] : [MAY[to]];
  return to === 0 ? (from === 3 ? [] : [`before: ${MAY[from]}`]) : [`still ${MAY[to]}`];
}
const MAY: { readonly [L in Level]: string } = { 0: "", 1: "could give it to itself", 2: "may, after SET ROLE", 3: "may" };
const NOW_AT_ONCE: { readonly [L in Level]: string[] } = {
  0: [],
  1: ["until now it could give it to itself"],
  2: ["until now only after SET ROLE"],
  3: [],
};

function throughText({ from, to, through }: NetItem): string[] {
  if (through.length === 0) return [];
  return [`${from < to ? "" : "had it "}through ${through.map(whoText).join(", ")}`];
}

/** Who reaches the same on another way, or also the same. */
function sameLines(nets: readonly Net[], level: Coarse): NetLine[] {
  const same = nets.filter(({ items, nowThrough, was }) => items.length === 0 || nowThrough.length > 0 || was !== undefined);
  const textOf = (net: Net): string => sameText(net);
  if (level === 0) return same.map((net) => ({ sign: "=", text: `${netWho(net.who)}: ${textOf(net)}` }));
  return [...byKey(same, textOf)].map(([text, list]) => ({ sign: "=", text: `${fewNames(list.map(({ who }) => who))}: ${text}` }));
}

export function sameText({ items, nowThrough, was }: Net): string {
  const former = was === undefined ? "" : `, was ${displayName(was)}`;
  const unchanged = `${items.length === 0 ? "unchanged" : "the rest unchanged"}${former}`;
  return nowThrough.length === 0 ? unchanged : `${unchanged}, now through ${nowThrough.map(whoText).join(", ")}`;
}

/** `carol, dave and 3 more`. */
function fewNames(whos: readonly Principal[]): string {
  const names = whos.map(netWho);
  if (names.length <= FEW + 1) return names.join(", ");
  return `${names.slice(0, FEW).join(", ")} and ${counted(names.length - FEW, "more", "more")}`;
}

export const netWho = (who: Principal): string => (who.type === "public" ? "everybody who can log in" : whoText(who));
