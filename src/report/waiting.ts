import type { Plan } from "../model/plan.js";
import { titleOf } from "./title.js";
import { counted, visible } from "./visible.js";

const MAX_LISTED = 10;

/** What an apply that only takes leaves for a whole one; empty: nothing. */
export function waitingText({ left }: Pick<Plan, "left">, verbose: boolean): string {
  if (left.length === 0) return "";
  const shown = verbose ? left : left.slice(0, MAX_LISTED);
  const more = left.length - shown.length;
  const lines = shown.map((change) => `  · ${visible(titleOf(change))}`);
  return `${["Left for an apply without --revoke-only:", ...lines, ...(more > 0 ? [`    and ${counted(more, "more", "more")}`] : [])].join("\n")}\n`;
}
