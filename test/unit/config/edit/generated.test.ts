import fc from "fast-check";
import { expect, it } from "vitest";
import { checkEdit, checkTextEdit } from "../../../support/edit-check.js";
import { generated, timeIsOver } from "../../../support/generated.js";
import { mutatedText } from "../../../support/mutations.js";
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
    // What fails is said whole; making it smaller takes minutes.
    { ...generated({ short: 120, long: 10_000 }), endOnFailure: true },
  );
  tally(context, { counts });
  expect(counts.edits).toBeGreaterThan(100);
});

it("an edit of a file that somebody has made a mess of says what is meant, or is refused", (context) => {
  const counts = { "edits of odd files": 0, "refused there": 0 };
  fc.assert(
    fc.property(mutatedText, choices(20), (text, all) => {
      if (timeIsOver()) return;
      const { made, refused } = checkTextEdit(text, new Tape(all));
      counts["edits of odd files"] += made;
      counts["refused there"] += refused;
    }),
    // What fails is said whole; making it smaller takes minutes.
    { ...generated({ short: 250, long: 10_000 }), endOnFailure: true },
  );
  tally(context, { counts });
  expect(counts["edits of odd files"]).toBeGreaterThan(0);
});
