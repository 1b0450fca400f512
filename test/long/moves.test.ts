import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MAJORS } from "../../src/sandbox/binaries.js";
import { generated, timeIsOver } from "../support/generated.js";
import { move, type Stage, startStage } from "../support/moves/story.js";
import { tally } from "../support/tally.js";

/** One kind of stage in each round: its servers start once. */
const kind = fc.record({
  major: fc.constantFrom(...MAJORS),
  clusters: fc.constantFrom(1, 1, 2),
  superuser: fc.constantFrom(true, true, false),
});
const [options = { major: 17, clusters: 1, superuser: true } as const] = fc.sample(kind, {
  seed: generated({ short: 1, long: 1 }).seed,
  numRuns: 1,
});

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(options);
});
afterAll(() => stage?.stop());

it("a move leaves nobody without what they keep, nor with what they never should have, at whatever unit it fails", async (context) => {
  await fc.assert(
    fc.asyncProperty(move, async (one) => {
      if (!timeIsOver()) await stage.judge(one, Number.POSITIVE_INFINITY);
    }),
    generated({ short: 1, long: 40 }),
  );
  const admin = options.superuser ? "a superuser" : "an admin like RDS's";
  const where = `on PostgreSQL ${options.major}, ${options.clusters} cluster(s), by ${admin}`;
  const counts = stage.counts();
  tally(context, { counts: { ...counts, [`moves ${where}`]: counts["moves"] ?? 0 } });
  expect(counts["moves"]).toBeGreaterThan(0);
});
