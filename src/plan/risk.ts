import type { Change } from "../model/change.js";

/** `safe` when nobody gains or loses anything; `gap` when somebody who keeps a right is without it for a moment. @param torn keys of changes with a part in that */
export const withRisks = (drafts: readonly Omit<Change, "risk">[], torn: ReadonlySet<string>): Change[] =>
  drafts.map((change) => ({ ...change, risk: riskOf(change, torn) }));

function riskOf(change: Omit<Change, "risk">, torn: ReadonlySet<string>): readonly string[] {
  const has = (effect: "gains" | "loses"): boolean => change.delta.some((e) => e.effect === effect);
  const risk = [
    ...(has("gains") ? ["widens"] : []),
    ...(has("loses") ? ["narrows"] : []),
    ...(change.op === "delete" ? ["destroys"] : []),
    ...(torn.has(change.key) ? ["gap"] : []),
  ];
  return risk.length > 0 ? risk : ["safe"];
}
