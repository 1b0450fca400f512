import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { validate } from "../../src/cli/validate.js";
import { NO_LOG } from "../../src/model/log.js";
import { visible } from "../../src/report/visible.js";
import { mutatedText } from "./mutations.js";

const GOOD = readFileSync(new URL("../unit/config/files/good.yaml", import.meta.url));
const HEAD = "version: 1\nowner: a/b\nclusters: { c: { address: '127.0.0.1:1', admin: { user: a, auth: none }, databases: { d: } } }\n";

/** Every construct of YAML, whole or torn. */
const CONSTRUCTS = [
  ..."{}[]:,-?*&!|>'\"%@`#~<= \t\n\r\\",
  ...[
    "key: value\n",
    "? complex\n: value\n",
    "- item\n",
    "- - - x\n",
    "a: |+2\n  text\n",
    "b: >-\n  folded\n\n  text\n",
    "'single ''quoted'''",
  ],
  ...[
    '"double \\x41 \\u00e9 \\U0001F600 \\ud800 \\q"',
    "&anchor a",
    "*anchor",
    "!!binary aGk=\n",
    "!local x",
    "!<tag:x,2000:y> z",
    "<<: *anchor\n",
  ],
  ...["%YAML 1.1\n---\n", "%TAG ! tag:x:\n---\n", "---\n", "...\n", "# comment\n", "\ufeff", "\u0085", "\u2028", "\u0000", "😀", "\udc00"],
  ...["0x1F", "0o17", "1_000", "1e999", "-.inf", ".nan", "9".repeat(400), "2001-12-14t21:59:43.10-05:00", "NULL", "~", "yes", "Off"],
  ...[
    "<<<<<<< HEAD\n",
    "=======\n",
    ">>>>>>> x\n",
    "version: 1\n",
    "owner: x\n",
    "roles:\n  r:\n    grants: ",
    "__proto__: {}\n",
    "constructor: 1\n",
  ],
];

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An opening, thousands of times over. */
const deep = fc
  .tuple(
    fc.constantFrom("[", "{a: ", "- ", "? ", "a:\n ", "{", "[{", "'", '"', "&a ", "!a "),
    fc.integer({ min: 1, max: 20_000 }),
    fc.boolean(),
  )
  .map(([open, times, closes]) => utf8(`${HEAD}roles: ${open.repeat(times)}${closes ? "]".repeat(times) : ""}`));

/** A good file in which some bytes are others. */
const flipped = fc
  .array(fc.tuple(fc.nat(GOOD.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
  .map((edits) => edits.reduce((bytes, [at, byte]) => bytes.with(at, byte), new Uint8Array(GOOD)));

/** Whatever may lie at the path of an access file. */
export const fileBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  flipped,
  mutatedText.map(utf8),
  fc.array(fc.constantFrom(...CONSTRUCTS), { maxLength: 30 }).map((parts) => utf8(parts.join(""))),
  fc.array(fc.constantFrom(...CONSTRUCTS), { maxLength: 12 }).map((parts) => utf8(HEAD + parts.join(""))),
  { arbitrary: deep, weight: 1 },
);

/** `pgaccord validate` of a file with these bytes: 0 for a good one, else 1 with at least one place in it. Never anything else. True if it is good. */
export async function checkFile(bytes: Uint8Array): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-bytes-"));
  try {
    const file = join(folder, "access.yaml");
    writeFileSync(file, bytes);
    const said: string[] = [];
    const say = (text: string): void => void said.push(text);
    const quiet = { isTTY: false, color: false, progress: false, env: {}, ask: async () => null, log: NO_LOG, onSignal: () => undefined };
    const code = await validate({ ...quiet, out: say, err: say }, { file, fileLabel: "f", format: "text" });
    const text = said.join("");
    if (code === 0) expect(text).toMatch(/ is valid: /);
    else expect({ code, text }).toEqual({ code: 1, text: expect.stringMatching(/(^|\n)f:\d+:\d+: error: /) });
    // No text of a file moves the cursor or hides a line.
    for (const line of text.split("\n")) expect(visible(line)).toBe(line);
    expect(text).not.toMatch(/\n\s+at .*[(:]/);
    return code === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
