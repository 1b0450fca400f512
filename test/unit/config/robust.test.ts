import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, test } from "vitest";
import { generated } from "../../support/generated.js";
import { mutatedText } from "../../support/mutations.js";
import { checkParse as check } from "../../support/parse-check.js";

const GOOD = readFileSync(new URL("./files/good.yaml", import.meta.url), "utf8");

describe("any text gives problems, never an exception", () => {
  test("a good file cut off after each character", () => {
    for (let end = 0; end < GOOD.length; end++) check(GOOD.slice(0, end));
  });

  test("a good file without one of its lines", () => {
    const lines = GOOD.split("\n");
    for (const index of lines.keys()) check(lines.toSpliced(index, 1).join("\n"));
  });

  test("one value or key of a good file replaced by something else", () => {
    const tokens = [...GOOD.matchAll(/[\w.@/*-]+|"[^"]*"/g)];
    const others = [
      "",
      "null",
      "true",
      "-1",
      "[]",
      "{}",
      "[[x]]",
      "{ a: b }",
      '""',
      "'*'",
      "*a",
      "&a",
      "!!x y",
      "? :",
      "\t",
      "\u0000",
      "\ud800",
      "__proto__",
      "x".repeat(5000),
    ];
    for (const [index, token] of tokens.entries()) {
      const other = others[index % others.length] ?? "";
      check(GOOD.slice(0, token.index) + other + GOOD.slice(token.index + token[0].length));
    }
  });

  test("edits that nobody meant, of good and of broken files", () => {
    fc.assert(
      fc.property(mutatedText, (text) => void check(text)),
      generated({ short: 500, long: 500 }),
    );
  });

  test("random characters that mean something to YAML", () => {
    const random = randomNumbers(1);
    const alphabet = [..."{}[]:,-?*&!|>'\"%@`#~<=. \t\n\r\\a1", "\u0085", "\u2028", "é", "---\n", "...\n", "<<: ", "version: 1\n"];
    for (let round = 0; round < 3000; round++) {
      const length = random() % 40;
      check(Array.from({ length }, () => alphabet[random() % alphabet.length]).join(""));
    }
  });
});

/** The same numbers each time (a linear congruential generator). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
}
