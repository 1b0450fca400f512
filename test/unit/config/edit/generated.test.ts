import fc from "fast-check";
import { expect, it } from "vitest";
import { checkEdit } from "../../../support/edit-check.js";
import { generated, timeIsOver } from "../../../support/generated.js";
import { tally } from "../../../support/tally.js";
import { choices, Tape } from "../../../support/tape.js";

it("an edit of any file says what is meant and touches nothing else, or is refused", (context) => {
  const counts = { edits: 0, "edits refused": 0 };
  fc.assert(
    fc.property(choices(600), (all) => {
      if (timeIsOver()) return;
      const { made, refused } = checkEdit(new Tape(all));
      counts.edits += made;
      counts["edits refused"] += refused;
    }),
    generated({ short: 120, long: 10_000 }),
  );
  tally(context, { counts });
  expect(counts.edits).toBeGreaterThan(100);
});
