import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MAJORS } from "../../src/sandbox/binaries.js";
import { generated, timeIsOver } from "../support/generated.js";
import { type Killing, startKilling } from "../support/killing.js";
import { tally } from "../support/tally.js";

/** One major in each round: its servers start once. */
const [major = 17] = fc.sample(fc.constantFrom(...MAJORS), { seed: generated({ short: 1, long: 1 }).seed, numRuns: 1 });

let killing: Killing;
beforeAll(async () => {
  killing = await startKilling(major);
});
afterAll(() => killing?.stop());

it("an apply that is killed after any step keeps the invariant, and the next one finishes it", async (context) => {
  let kills = 0;
  const step = fc.integer({ min: 1, max: killing.steps });
  await fc.assert(
    fc.asyncProperty(step, async (at) => {
      if (timeIsOver()) return;
      kills++;
      await killing.killAt(at);
    }),
    generated({ short: 1, long: 6 }),
  );
  tally(context, { counts: { [`kills on PostgreSQL ${major}`]: kills } });
  expect(kills).toBeGreaterThan(0);
});
