import fc from "fast-check";
import { expect, test } from "vitest";
import { checkFile, fileBytes } from "../../support/file-bytes.js";
import { generated } from "../../support/generated.js";

test("whatever bytes the file holds: exit 1 with at least one place, or a valid file; never an exception", async () => {
  await fc.assert(
    fc.asyncProperty(fileBytes, async (bytes) => void (await checkFile(bytes))),
    generated({ short: 500, long: 500 }),
  );
});

test("a valid file is valid for the property, too", async () => {
  const good = new TextEncoder().encode(
    "version: 1\nowner: a/b\nclusters: { c: { address: '127.0.0.1:1', admin: { user: a, auth: none } } }\n",
  );
  expect(await checkFile(good)).toBe(true);
});
