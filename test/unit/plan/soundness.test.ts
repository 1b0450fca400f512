import { describe, expect, it } from "vitest";
import { generated } from "../../support/generated.js";
import { tally } from "../../support/tally.js";
import { judgeStories } from "../../support/worlds/sound-stories.js";

describe("approvals", () => {
  it("let nothing pass that was not shown, and stop nothing that happens every week", (context) => {
    const { pairs, nearMisses, passed, refused } = judgeStories(generated({ short: 90, long: 90 }));
    tally(context, { counts: { "pairs of plans": pairs, "near misses": nearMisses, "that passed": passed, "that were refused": refused } });
    expect(pairs).toBeGreaterThanOrEqual(200);
    expect(nearMisses).toBeGreaterThanOrEqual(pairs / 3);
    expect(Math.min(passed, refused)).toBeGreaterThan(pairs / 10);
  });
});
