import { expect, it } from "vitest";
import { decode } from "../../../src/aws/sweep.js";

const DOCUMENT = '{"Statement":[{"Resource":"a/100%25/é b"}]}';

it.each([
  ["percent-encoded, as AWS sends it", encodeURIComponent(DOCUMENT), DOCUMENT],
  ["decoded, as another endpoint may send it: its percent signs are its own", DOCUMENT, DOCUMENT],
  ["a percent sign that begins nothing", '{"a":"100%"}', '{"a":"100%"}'],
  ["broken", "%7B%", "%7B%"],
  ["missing", undefined, ""],
])("a document is read %s", (_, sent, read) => {
  expect(decode(sent)).toBe(read);
});
