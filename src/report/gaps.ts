import type { Gap } from "../model/net.js";
import type { Plan, Unit } from "../model/plan.js";
import { displayName } from "../privileges/sql.js";
import { byKey } from "./lines.js";
import { netWho } from "./net.js";
import { reachedText } from "./reached.js";
import { type Words, wordsOf } from "./sentence.js";

type Of = Pick<Plan, "gaps" | "units" | "targets">;

/** Who is without what, and between which units; nobody is left out. */
export function gapTexts(plan: Of): string[] {
  const words = wordsOf(plan);
  const groups = byKey(plan.gaps, (gap) => withoutText(gap, plan.units, words));
  return [...groups].map(([text, list]) => `${list.map(({ who }) => netWho(who)).join(", ")} ${list.length === 1 ? "is" : "are"} ${text}`);
}

export const gapText = (gap: Gap, plan: Of): string => `${netWho(gap.who)} is ${withoutText(gap, plan.units, wordsOf(plan))}`;

function withoutText(gap: Gap, units: readonly Unit[], words: Words): string {
  const on = gap.examples[0];
  const right = words.right({ who: gap.who, verbs: gap.verbs, on, terms: {}, other: null }, reachedText([gap], words, true));
  return `without ${right} between ${unitText(gap.from, units)} and ${unitText(gap.to, units)}`;
}

/** `u3 (remove, database shop of cluster main)`. */
function unitText(id: string, units: readonly Unit[]): string {
  const unit = units.find((one) => one.id === id);
  if (!unit) return id;
  const { phase, site } = unit;
  const place = "account" in site ? `AWS account ${site.account}` : `database ${displayName(site.database)} of cluster ${site.cluster}`;
  return `${id} (${phase}, ${place})`;
}
