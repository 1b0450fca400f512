import fc from "fast-check";
import { expect, it } from "vitest";
import { generated, timeIsOver } from "../support/generated.js";
import { mutatedText } from "../support/mutations.js";
import { checkParse } from "../support/parse-check.js";
import { tally } from "../support/tally.js";

it("any edit of an access file gives problems with places, never an exception", (context) => {
  const counts = { texts: 0, "texts that are good": 0 };
  fc.assert(
    fc.property(mutatedText, (text) => {
      if (timeIsOver()) return;
      counts.texts++;
      if (checkParse(text)) counts["texts that are good"]++;
    }),
    generated({ short: 300, long: 20_000 }),
  );
  tally(context, { counts });
  expect(counts.texts).toBeGreaterThan(0);
});
