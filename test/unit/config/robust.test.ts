import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseAccess } from "../../../src/config/parse-access.js";
import { isError } from "../../../src/model/problem.js";

const GOOD = readFileSync(new URL("./files/good.yaml", import.meta.url), "utf8");

/** Never throws; what is not declared has an error that says why, with a place inside the file. */
function check(text: string): void {
  const { declared, problems } = parseAccess(text, "f");
  expect(declared === null).toBe(problems.some(isError));
  const lines = text.split(/\r\n|\r|\n/).length;
  for (const { place } of problems) {
    expect(place?.line).toBeGreaterThanOrEqual(1);
    expect(place?.line).toBeLessThanOrEqual(lines);
    expect(place?.column).toBeGreaterThanOrEqual(1);
  }
}

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
