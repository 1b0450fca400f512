import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { covers, matcher, matches, meet, type Reading } from "../../../src/policies/wildcard.js";
import { USER } from "./documents.js";

const ARN: Reading = { variables: true, arn: true };

/** What the manual says, letter by letter. `inside`: a star that does not end a segment, and `?`, take no colon. */
function oracle(pattern: string, text: string, inside = false): boolean {
  const [own, ...rest] = pattern;
  const tail = rest.join("");
  if (own === undefined) return text === "";
  if (own === "*") {
    const colon = inside && /^\**[^:*]/.test(tail);
    return oracle(tail, text, inside) || (text !== "" && !(colon && text[0] === ":") && oracle(pattern, text.slice(1), inside));
  }
  if (text === "" || (own !== "?" && own !== text[0]) || (own === "?" && inside && text[0] === ":")) return false;
  return oracle(tail, text.slice(1), inside);
}

const letters = (from: string, maxLength: number) => fc.array(fc.constantFrom(...from), { maxLength }).map((list) => list.join(""));
const pattern = letters("ab:*?*", 7);
const text = letters("ab:", 9);

describe("a pattern matches", () => {
  it.each([
    ["*", "", true],
    ["a*b", "ab", true],
    ["a*b", "a:/b", true],
    ["a*b", "abc", false],
    ["a?b", "ab", false],
    ["ab*ba", "aba", false],
    ["A", "a", false],
    ["a.c", "abc", false],
    ["?", "*", true],
  ])("%s on %s: %s", (own, other, expected) => {
    expect(matches(own, other)).toBe(expected);
  });

  it("as the manual says, letter by letter", () => {
    fc.assert(
      fc.property(pattern, text, (own, other) => {
        expect(matches(own, other)).toBe(oracle(own, other));
        expect(matcher(own, false)(other)).toBe(oracle(own, other));
      }),
      { numRuns: 2000 },
    );
  });

  it("without trying again and again", () => {
    expect(matches("*a".repeat(500), "a".repeat(499))).toBe(false);
  });

  it("with escaped letters as they are", () => {
    expect(matcher("a\u0024{*}*", true)("a*b")).toBe(true);
    expect(matcher("a\u0024{*}*", true)("ab")).toBe(false);
  });
});

describe("a pattern covers another", () => {
  it.each([
    ["*", USER, true],
    [USER, USER, true],
    [USER, "a", false],
    [`a${USER}`, "a*", false],
    ["a*", `a${USER}b`, true],
    ["a?", `a${USER}`, false],
    ["*?", "?*", true],
    ["a*c", "a?*c", true],
    ["a?*c", "a*c", false],
  ])("%s %s: %s", (a, b, expected) => {
    expect(covers(a, b, { variables: true, arn: false })).toBe(expected);
  });

  it.each([
    ["arn:*", "arn:aws:rds-db:r:1:dbuser:c/u", true],
    ["arn:aws:rds-db:*:1:dbuser:*/u", "arn:aws:rds-db:r:1:dbuser:c/u", true],
    ["arn:aws:rds-db:r:1:dbuser:c*/u", "arn:aws:rds-db:r:1:dbuser:c:x/u", false],
    ["arn:aws:rds-db:r:1:dbuser:c*/u", "arn:aws:rds-db:r:1:dbuser:c*/u", true],
    ["arn:aws:rds-db:r:1:dbuser:c?u", "arn:aws:rds-db:r:1:dbuser:c:u", false],
  ])("as an ARN: %s %s: %s", (a, b, expected) => {
    expect(covers(a, b, ARN)).toBe(expected);
  });

  it("only if it matches all that the other matches, in both readings of an ARN", () => {
    fc.assert(
      fc.property(pattern, pattern, fc.array(text, { minLength: 20, maxLength: 20 }), (a, b, texts) => {
        const isCovered = (inside: boolean): boolean => texts.every((one) => !oracle(b, one, inside) || oracle(a, one, inside));
        expect(!covers(a, b) || isCovered(false)).toBe(true);
        expect(!covers(a, b, ARN) || (isCovered(false) && isCovered(true))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("two patterns meet", () => {
  it.each([
    ["a*", "ab", ["ab"]],
    ["ab", "ab", ["ab"]],
    ["a", "b", []],
    ["c/*", "*/u", ["c/u", "c/*/u"]],
    ["a*", "*b", ["a*b"]],
    ["ab*", "*ba", ["aba", "ab*ba"]],
    ["?b", "a?", ["ab"]],
    ["a*c", "b*", []],
  ])("%s %s: %j", (a, b, expected) => {
    expect(meet(a, b)).toEqual(expected);
    expect([...meet(b, a)].sort()).toEqual([...expected].sort());
  });

  it("where each of two doors leads", () => {
    const arn = (tail: string): string => `arn:aws:rds-db:us-east-2:111122223333:dbuser:${tail}`;
    expect(meet(arn("*/app"), arn("cluster-A/*"), ARN)).toEqual([arn("cluster-A/app"), arn("cluster-A/*/app")]);
    expect(meet(arn(`*/${USER}`), arn("cluster-A/*"), ARN)).toContain(arn(`cluster-A/${USER}`));
    expect(meet(arn(`c/${USER}`), arn("c/app"), ARN)).toEqual([]);
    expect(meet("*", arn("c/app"), ARN)).toEqual([arn("c/app")]);
  });

  it("makes no variable of two halves", () => {
    expect(meet("$*", "*{x}", { variables: true, arn: false }).filter((one) => one.includes(USER.slice(0, 2)))).toEqual([]);
  });

  it("in exactly the texts that both match", () => {
    fc.assert(
      fc.property(pattern, pattern, fc.array(text, { minLength: 20, maxLength: 20 }), (a, b, texts) => {
        const both = meet(a, b);
        for (const one of texts) expect(both.some((own) => oracle(own, one))).toBe(oracle(a, one) && oracle(b, one));
      }),
      { numRuns: 2000 },
    );
  });

  it("never outside of either, in both readings of an ARN", () => {
    fc.assert(
      fc.property(pattern, pattern, fc.array(text, { minLength: 20, maxLength: 20 }), (a, b, texts) => {
        const both = meet(a, b, ARN);
        for (const inside of [false, true])
          for (const one of texts)
            if (both.some((own) => oracle(own, one, inside)))
              expect([oracle(a, one, inside), oracle(b, one, inside)]).toEqual([true, true]);
      }),
      { numRuns: 3000 },
    );
  });

  it("in patterns of policies' length at once", () => {
    const long = `arn:aws:rds-db:*:111122223333:dbuser:${"*x?".repeat(30)}`;
    expect(meet(long, `*${"y*".repeat(30)}`, ARN).length).toBeLessThan(20);
  });
});
