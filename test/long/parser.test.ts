import fc from "fast-check";
import { expect, it } from "vitest";
import { checkFile, fileBytes } from "../support/file-bytes.js";
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

it("whatever bytes the file holds, validate says where it is wrong, or that it is valid", async (context) => {
  const counts = { files: 0, "files that are good": 0 };
  await fc.assert(
    fc.asyncProperty(fileBytes, async (bytes) => {
      if (timeIsOver()) return;
      counts.files++;
      if (await checkFile(bytes)) counts["files that are good"]++;
    }),
    generated({ short: 300, long: 20_000 }),
  );
  tally(context, { counts });
  expect(counts.files).toBeGreaterThan(0);
});
