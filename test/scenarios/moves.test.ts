import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generated } from "../support/generated.js";
import { move, type Stage, startStage } from "../support/moves/story.js";
import { tally } from "../support/tally.js";

describe("a generated move", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({ major: 17, clusters: 1, superuser: true });
  });
  afterAll(() => stage?.stop());

  it("leaves nobody without what they keep, nor with what they never should have, wherever it stops", async (context) => {
    for (const one of fc.sample(move, generated({ short: 20, long: 20 }))) await stage.judge(one, 1);
    const counts = stage.counts();
    tally(context, { counts, left: "moves on other majors, with two clusters, with each unit failing (npm run test:long)" });
    expect(counts["of several units"]).toBeGreaterThan(10);
    // A gap is what no order avoids: a plan that has more than these tries none.
    expect(counts["with a gap"] ?? 0).toBeLessThan(3);
  });
});
