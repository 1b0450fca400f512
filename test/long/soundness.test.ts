import { expect, it } from "vitest";
import { generated, timeIsOver } from "../support/generated.js";
import { tally } from "../support/tally.js";
import { judgeStories } from "../support/worlds/sound-stories.js";

it("approvals let nothing pass that was not shown, in 10,000 pairs of plans", (context) => {
  const { pairs, nearMisses, passed, refused } = judgeStories(generated({ short: 90, long: 4000 }), timeIsOver);
  tally(context, { counts: { "pairs of plans": pairs, "near misses": nearMisses, "that passed": passed, "that were refused": refused } });
  expect(nearMisses).toBeGreaterThanOrEqual(pairs / 3);
});
