import fc from "fast-check";
import { expect } from "vitest";
import { pairsOf, story } from "./pairs.js";
import { judge, productCourt } from "./soundness.js";

/** What a run has judged. */
export interface Judged {
  readonly pairs: number;
  /** One field of one right, atom or connection differs from what was reviewed. */
  readonly nearMisses: number;
  readonly passed: number;
  readonly refused: number;
}

/** Tells stories of four or so pairs of plans each: what was reviewed, and what is about to be applied. @param isOver asked before each */
export function judgeStories(extent: { readonly seed: number; readonly numRuns: number }, isOver: () => boolean = () => false): Judged {
  const court = productCourt();
  const judged = { pairs: 0, nearMisses: 0, passed: 0, refused: 0 };
  const judgePair = ({ kind, pair, usual }: ReturnType<typeof pairsOf>[number]): void => {
    const verdict = judge(pair, court);
    if (verdict.type === "unsound") expect({ kind, ...verdict }).toEqual("something that was shown");
    if (usual && verdict.type === "refused") expect({ kind, ...verdict }).toEqual("a case of every week, which passes");
    if (verdict.type === "not-comparable") return;
    judged.pairs++;
    judged.nearMisses += kind.startsWith("near ") ? 1 : 0;
    judged[verdict.type === "refused" ? "refused" : "passed"]++;
  };
  fc.assert(
    fc.property(story, (one) => {
      if (!isOver()) for (const told of pairsOf(one, court.planner)) judgePair(told);
    }),
    extent,
  );
  return judged;
}
