import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrange, obstaclesOf, planOf } from "../support/worlds/arrange.js";
import { declaredOf } from "../support/worlds/file.js";
import { playPlan } from "../support/worlds/play.js";
import { sketch } from "../support/worlds/sketch.js";

const RUNS = 100;
const SEED = Number(process.env["PGACCORD_SEED"] ?? 1);

describe("generated worlds", () => {
  it("are planned and played, and then the plan is empty", () => {
    const seen = { converged: 0, skipped: 0, worked: 0 };
    fc.assert(
      fc.property(sketch, (of) => {
        const scene = arrange(of);
        expect(declaredOf(scene.file)).not.toBeNull();
        const plan = planOf(scene);
        if (!plan || obstaclesOf(plan).length > 0) {
          seen.skipped++;
          return;
        }
        const again = planOf({ file: scene.file, world: playPlan(scene.world, plan) });
        expect(again?.changes.map((c) => c.title)).toEqual([]);
        seen.converged++;
        if (plan.steps.length > 0) seen.worked++;
      }),
      { numRuns: RUNS, seed: SEED },
    );
    expect(seen.converged).toBeGreaterThanOrEqual(0.6 * (seen.converged + seen.skipped));
    expect(seen.worked).toBeGreaterThanOrEqual(0.3 * RUNS);
  });
});
