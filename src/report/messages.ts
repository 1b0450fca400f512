import type { Problem } from "../model/problem.js";
import { fullWords, whoText } from "./sentence.js";
import { titleOf } from "./title.js";

/** The whole message of a problem: what guards and kinds say of rights and changes is put into words here. */
export function messageOf({ message, effects, example }: Problem): string {
  const words = fullWords();
  const should = (effects ?? []).map((e) => `${whoText(e.who)} should ${e.effect === "loses" ? "lose" : "gain"} ${words.right(e)}`);
  return `${should.length === 0 ? "" : `${should.join("; ")}, but `}${message}${example ? `: ${titleOf(example)}.` : ""}`;
}
