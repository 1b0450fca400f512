import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";

const TEST = join(import.meta.dirname, "..");
const BROKEN = join(TEST, "broken");

const textOf = (file: string): string => readFileSync(file, "utf8");
const GOOD = ["unit/config/files/good.yaml", "scenarios/kill/after.yaml", "../access.yaml"].map((name) => textOf(join(TEST, name)));
const WRONG = readdirSync(BROKEN)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => textOf(join(BROKEN, name)));

/** What means something to YAML, to SQL, or to access.yaml. */
const WORDS = [
  ..."{}[]:,-?*&!|>'\"%@`#~<=. \t\n\r\\",
  ...[
    "",
    "null",
    "true",
    "-1",
    "012",
    "1e9",
    ".inf",
    "[]",
    "{}",
    "*a",
    "&a ",
    "!!str ",
    "? ",
    "---\n",
    "...\n",
    "<<: ",
    "%YAML 1.2\n",
    "|+\n",
  ],
  ...[
    "version: 1\n",
    "roles:\n",
    "grants: ",
    "__proto__: ",
    "constructor",
    "s.*",
    '"*.*"',
    "(integer)",
    "expires: 2027-02-30",
    "postgres",
    "PUBLIC",
  ],
  ...[
    "\u0000",
    "\u0007",
    "\u0085",
    "\u2028",
    "\ud800",
    "\ufeff",
    "é",
    "e\u0301",
    "😀",
    "\u202e",
    "x".repeat(70),
    "[".repeat(90),
    "  ".repeat(40),
  ],
];

type Mutation = (text: string, at: number, length: number, word: string) => string;

/** `at` is a place in the text; all stay inside it. */
const MUTATIONS: Readonly<Record<string, Mutation>> = {
  insert: (text, at, _length, word) => text.slice(0, at) + word + text.slice(at),
  remove: (text, at, length) => text.slice(0, at) + text.slice(at + length),
  replace: (text, at, length, word) => text.slice(0, at) + word + text.slice(at + length),
  repeat: (text, at, length) => text.slice(0, at + length) + text.slice(at),
  cut: (text, at) => text.slice(0, at),
  token: (text, at, _length, word) => text.slice(0, at) + text.slice(at).replace(/[\w.@/*-]+|"[^"]*"/, () => word),
  key: (text, at, _length, word) => text.slice(0, at) + text.slice(at).replace(/[\w."-]+:/, () => `${word}:`),
  indent: (text, at, length) => text.slice(0, at) + text.slice(at).replace(/\n +/, () => `\n${" ".repeat(length)}`),
  lines: (text, at) => swapLines(text, at),
};

function swapLines(text: string, at: number): string {
  const lines = text.split("\n");
  const index = at % lines.length;
  return [...lines.slice(0, index), ...lines.slice(index + 1, index + 2), ...lines.slice(index, index + 1), ...lines.slice(index + 2)].join(
    "\n",
  );
}

/** An access.yaml after one to six edits that nobody meant. */
export const mutatedText: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(fc.constantFrom(...GOOD), fc.constantFrom(...WRONG)),
    fc.array(
      fc.tuple(
        fc.constantFrom(...Object.values(MUTATIONS)),
        fc.nat(100_000),
        fc.nat(12),
        fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: "binary", maxLength: 8 })),
      ),
      { minLength: 1, maxLength: 6 },
    ),
  )
  .map(([text, edits]) => edits.reduce((now, [mutate, at, length, word]) => mutate(now, at % (now.length + 1), length, word), text));
