import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pairsOf, story } from "../../support/worlds/pairs.js";
import { judge, productCourt } from "../../support/worlds/soundness.js";

/** Pairs of plans, about: a story has four. */
const RUNS = Number(process.env["PGACCORD_RUNS"] ?? 200);
const SEED = process.env["PGACCORD_SEED"];
const PAIRS_OF_A_STORY = 4;

describe("approvals", () => {
  it("let nothing pass that was not shown, and stop nothing that happens every week", () => {
    const court = productCourt();
    fc.assert(
      fc.property(story, (one) => {
        for (const { kind, pair, usual } of pairsOf(one, court.planner)) {
          const verdict = judge(pair, court);
          if (verdict.type === "unsound") expect({ kind, ...verdict }).toEqual("something that was shown");
          if (usual && verdict.type === "refused") expect({ kind, ...verdict }).toEqual("a case of every week, which passes");
        }
      }),
      { numRuns: Math.ceil(RUNS / PAIRS_OF_A_STORY), ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
    );
  });
});
