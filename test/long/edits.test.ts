import { expect, it } from "vitest";
import { judgeEdits, judgeTextEdits } from "../support/edit-check.js";
import { generated } from "../support/generated.js";
import { tally } from "../support/tally.js";

it("an edit of any file says what is meant and touches nothing else, or is refused", (context) => {
  const { made, refused } = judgeEdits(generated({ short: 120, long: 10_000 }));
  tally(context, { counts: { edits: made, "edits refused": refused } });
  expect(made).toBeGreaterThan(0);
});

it("an edit of a file that somebody has made a mess of says what is meant, or is refused", (context) => {
  const { made, refused } = judgeTextEdits(generated({ short: 250, long: 10_000 }));
  tally(context, { counts: { "edits of odd files": made, "refused there": refused } });
  expect(made).toBeGreaterThan(0);
});
