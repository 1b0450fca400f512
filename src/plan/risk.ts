import type { Change } from "../model/plan.js";

type Draft = Omit<Change, "risk">;

/**
 * `safe` when nobody gains or loses anything; `gap` when somebody who keeps a right by another way is without it for a moment,
 * because the two halves cannot be one transaction.
 */
export function riskOf(change: Draft, all: readonly Draft[], split: ReadonlySet<string>): readonly string[] {
  const gains = change.effects.some((e) => e.effect === "gains");
  const loses = change.effects.some((e) => e.effect === "loses");
  const risk = [
    ...(gains ? ["widens"] : []),
    ...(loses ? ["narrows"] : []),
    ...(change.op === "delete" ? ["destroys"] : []),
    ...(loses && change.op === "delete" && hasGap(change, all, split) ? ["gap"] : []),
  ];
  return risk.length > 0 ? risk : ["safe"];
}

function hasGap(change: Draft, all: readonly Draft[], split: ReadonlySet<string>): boolean {
  if (change.target.type === "cluster" && !split.has(change.target.name)) return false;
  const losers = new Set(change.effects.filter((e) => e.effect === "loses").map((e) => e.who));
  return all.some(
    (c) =>
      c !== change &&
      c.target.type === change.target.type &&
      c.target.name === change.target.name &&
      c.effects.some((e) => e.effect === "gains" && losers.has(e.who)),
  );
}
