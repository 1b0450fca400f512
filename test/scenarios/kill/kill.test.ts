import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Killing, startKilling } from "../../support/killing.js";
import { tally } from "../../support/tally.js";

/** Three of the steps in `npm test`, every one in `npm run test:matrix`; any of them on any major in `npm run test:long`. */
const sample = (steps: number): number[] => {
  const all = Array.from({ length: steps }, (_, i) => i + 1);
  if (process.env["PGACCORD_MATRIX"]) return all;
  return all.filter((n) => n === 1 || n === steps || n % Math.ceil(steps / 2) === 0);
};

describe("an apply that is killed", () => {
  let killing: Killing;
  beforeAll(async () => {
    killing = await startKilling(17);
  });
  afterAll(() => killing?.stop());

  it.each(process.env["PGACCORD_MATRIX"] ? (["postgres", "aws"] as const) : (["postgres"] as const))(
    "keeps the invariant at every moment, were it killed there, with %s behind",
    async (slow) => {
      expect(await killing.watch(slow)).toBeGreaterThan(20);
    },
  );

  it("keeps the invariant at every step, and the next apply finishes it", async (context) => {
    expect(killing.steps).toBeGreaterThan(30);
    const steps = sample(killing.steps);
    if (steps.length < killing.steps) tally(context, { left: `${killing.steps - steps.length} of ${killing.steps} steps` });
    for (const step of steps) await killing.killAt(step);
  }, 2_400_000);
});
