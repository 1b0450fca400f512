import type { Change } from "../model/change.js";
import { canonical } from "./digest.js";

type Draft = Omit<Change, "risk">;

/**
 * `safe` when nobody gains or loses anything; `gap` when somebody who keeps a right by another way is without it for a moment,
 * because the two halves cannot be one transaction. @param split clusters whose PostgreSQL part needs more than one.
 */
export function withRisks(drafts: readonly Draft[], split: ReadonlySet<string>): Change[] {
  const gainers = gainersByTarget(drafts);
  return drafts.map((change) => ({ ...change, risk: riskOf(change, gainers, split) }));
}

function riskOf(change: Draft, gainers: ReadonlyMap<string, ReadonlySet<string>>, split: ReadonlySet<string>): readonly string[] {
  const gains = change.delta.some((e) => e.effect === "gains");
  const loses = change.delta.some((e) => e.effect === "loses");
  const risk = [
    ...(gains ? ["widens"] : []),
    ...(loses ? ["narrows"] : []),
    ...(change.op === "delete" ? ["destroys"] : []),
    ...(loses && change.op === "delete" && hasGap(change, gainers, split) ? ["gap"] : []),
  ];
  return risk.length > 0 ? risk : ["safe"];
}

const targetKey = ({ target }: Draft): string => `${target.type} ${target.name}`;

/** Who gains anything at each target. A delta that many changes share is looked at once. */
function gainersByTarget(drafts: readonly Draft[]): Map<string, Set<string>> {
  const gainers = new Map<string, Set<string>>();
  const seen = new Set<unknown>();
  for (const draft of drafts) {
    if (seen.has(draft.delta)) continue;
    seen.add(draft.delta);
    const names = gainers.get(targetKey(draft)) ?? new Set();
    gainers.set(targetKey(draft), names);
    for (const item of draft.delta) if (item.effect === "gains") names.add(canonical(item.who));
  }
  return gainers;
}

function hasGap(change: Draft, gainers: ReadonlyMap<string, ReadonlySet<string>>, split: ReadonlySet<string>): boolean {
  if (change.target.type === "cluster" && !split.has(change.target.name)) return false;
  const others = gainers.get(targetKey(change));
  return change.delta.some((item) => item.effect === "loses" && others?.has(canonical(item.who)));
}
