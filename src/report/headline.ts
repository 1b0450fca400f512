import type { NetItem } from "../model/net.js";
import type { Plan } from "../model/plan.js";
import type { Principal } from "../model/principal.js";
import type { Thing } from "../model/thing.js";
import { displayName } from "../privileges/sql.js";
import { destroyed } from "./counts.js";
import { iamSides } from "./iam-sides.js";
import { byKey } from "./lines.js";
import { netWho } from "./net.js";
import { type Words, wordsOf } from "./sentence.js";
import { counted } from "./visible.js";

/** What the plan does to who reaches what in the end. */
export type Direction = "widens" | "narrows" | "widens and narrows" | "neutral";

export function directionOf({ net, unheld, changes }: Pick<Plan, "net" | "unheld" | "changes">): Direction {
  const items = net.flatMap((one) => one.items);
  const iam = iamSides({ changes });
  const widens = items.some(isGain) || unheld.gains.length > 0 || iam.gains.length > 0;
  const narrows = items.some((item) => !isGain(item)) || unheld.loses.length > 0 || iam.loses.length > 0;
  if (widens && narrows) return "widens and narrows";
  if (widens) return "widens";
  return narrows ? "narrows" : "neutral";
}

const isGain = ({ from, to }: NetItem): boolean => from < to;

/** So many accesses are told apart, and so many of those who lose named. */
const FEW = 3;

/**
 * `2 principals gain write on crm; nobody loses access; nothing is destroyed`. With `counts` it names nothing, for a place that
 * everybody can read.
 */
export function headlineText(plan: Plan, detail: "full" | "counts"): string {
  const words = wordsOf(plan);
  const n = destroyed(plan);
  const iam = iamSides(plan);
  const gain = sideText(plan, isGain, detail, words) ?? unheldText(plan.unheld.gains.length, "gain") ?? iamText(iam.gains, "gain", detail);
  const loss =
    sideText(plan, (item) => !isGain(item), detail, words) ??
    unheldText(plan.unheld.loses.length, "lose") ??
    iamText(iam.loses, "lose", detail);
  return [
    ...(gain === null && loss === null ? ["nobody gains or loses access"] : [gain ?? "nobody gains access", loss ?? "nobody loses access"]),
    n === 0 ? "nothing is destroyed" : `${counted(n, "thing")} ${n === 1 ? "is" : "are"} destroyed`,
  ].join("; ");
}

const unheldText = (count: number, verb: "gain" | "lose"): string | null =>
  count === 0 ? null : `${counted(count, "role")} by which nobody logs in ${verb}${count === 1 ? "s" : ""} rights`;

/** Nobody's net tells of it. */
function iamText(whos: readonly string[], verb: "gain" | "lose", detail: "full" | "counts"): string | null {
  if (whos.length === 0) return null;
  const who = detail === "full" && whos.length <= FEW ? whos.join(", ") : counted(whos.length, "principal");
  return `${who} ${verb}${whos.length === 1 ? "s" : ""} rights in AWS`;
}

/** Who gains, or who loses: null: nobody. */
function sideText(plan: Plan, side: (item: NetItem) => boolean, detail: "full" | "counts", words: Words): string | null {
  const all = plan.net.filter(({ items }) => items.some(side)).map(({ who }) => who);
  const first = plan.net.flatMap(({ items }) => items).find(side);
  if (!first) return null;
  const verb = isGain(first) ? "gain" : "lose";
  const accesses = accessesOf(plan, side, words);
  const [one] = accesses;
  if (detail === "counts" || !one) return `${subjectText(all, verb, false)} access`;
  const [, whos] = one;
  if (accesses.length === 1) return `${subjectText(whos, verb, verb === "lose")} ${one[0]}`;
  if (accesses.length > FEW) return `${subjectText(all, verb, verb === "lose")} access, ${one[0]} among it`;
  return accesses.map(([text, some]) => `${subjectText(some, verb, verb === "lose")} ${text}`).join(", ");
}

function subjectText(whos: readonly Principal[], verb: "gain" | "lose", named: boolean): string {
  const s = whos.length === 1 ? "s" : "";
  if (named && whos.length <= FEW) return `${whos.map(netWho).join(", ")} ${verb}${s}`;
  const publics = whos
    .filter((who) => who.type === "public")
    .map(netWho)
    .slice(0, 1);
  const others = whos.filter((who) => who.type !== "public").length;
  return `${[...publics, ...(others === 0 ? [] : [counted(others, "principal")])].join(" and ")} ${verb}${s}`;
}

/** `write on crm` with who has it, the weightiest first; what only opens the way (`usage`, `connect`) is said of those who have nothing else. */
function accessesOf(plan: Plan, side: (item: NetItem) => boolean, words: Words): [string, Principal[]][] {
  const found = plan.net.flatMap(({ who, items }) =>
    items
      .filter(side)
      .flatMap((item) => accessOf(item).map((access) => ({ who, access, text: `${access} ${placeText(item.examples[0], words)}` }))),
  );
  const reaches = new Set(found.filter(({ access }) => !GATES.has(access)).map(({ who }) => netKey(who)));
  const shown = found.filter(({ who, access }) => !GATES.has(access) || !reaches.has(netKey(who)));
  const groups = [...byKey(shown, ({ text }) => text)].map(([text, list]) => ({
    text,
    weight: weightOf(list[0].access),
    whos: [...byKey(list, ({ who }) => netKey(who)).values()].map(([one]) => one.who),
  }));
  const sorted = groups.sort((a, b) => a.weight - b.weight);
  return [...byKey(sorted, ({ whos }) => netKey(whos)).values()].map((list) => [list.map(({ text }) => text).join(", "), list[0].whos]);
}

const netKey = (who: Principal | readonly Principal[]): string => JSON.stringify(who);

const WRITES: ReadonlySet<string> = new Set(["insert", "update", "delete", "truncate"]);
const GATES: ReadonlySet<string> = new Set(["usage", "connect"]);
const weightOf = (access: string): number => ["write", "read"].indexOf(access) + 1 || 3;

/** Verbs as a reader thinks of them: who writes reads, as a rule, so `write` says both. */
function accessOf({ verbs }: NetItem): string[] {
  const writes = verbs.some((verb) => WRITES.has(verb));
  const reads = verbs.includes("select") && !writes;
  const others = verbs.filter((verb) => verb !== "select" && !WRITES.has(verb));
  return [...(writes ? ["write"] : []), ...(reads ? ["read"] : []), ...others];
}

/** `on crm`, `to cluster main`, `as user x`. */
function placeText(on: Thing, words: Words): string {
  if (on.type === "object") {
    if (on.of.schema !== undefined) return `on ${words.schema(on)}`;
    return `on ${on.of.type} ${displayName(on.of.name)}`;
  }
  // Who reads what comes later in a schema reads that schema, as far as a headline goes.
  if (on.type === "later" && on.schema !== null) {
    const of = { type: "table", schema: on.schema, name: "" } as const;
    return `on ${words.schema({ type: "object", server: on.server, site: { database: on.database }, of })}`;
  }
  return words.right({ who: { type: "anyone" }, verbs: [], on, terms: {}, other: null }).trim();
}

/** The title of a check: one line. */
export const directionTitle = (plan: Plan, detail: "full" | "counts"): string =>
  `${capital(directionOf(plan))}: ${headlineText(plan, detail)}`;

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
