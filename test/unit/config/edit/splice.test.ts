import { describe, expect, it } from "vitest";
import { type Splice, spliced } from "../../../../src/config/edit/splice.js";

const cut = (from: number, to: number): Splice => ({ from, to, text: "" });
const put = (at: number, text: string): Splice => ({ from: at, to: at, text });

describe("spliced", () => {
  const table: readonly (readonly [string, readonly Splice[], string | null])[] = [
    ["abcdef", [], "abcdef"],
    ["abcdef", [put(6, "!"), cut(0, 1), { from: 2, to: 4, text: "x" }], "bxef!"],
    ["abcdef", [put(2, "1"), put(2, "2")], "ab12cdef"],
    ["abcdef", [cut(2, 4), put(2, "1"), put(4, "2")], "ab12ef"],
    ["abcdef", [cut(1, 3), cut(2, 4)], null],
    ["abcdef", [cut(1, 4), put(2, "x")], null],
    ["a\nb\nc\n", [cut(4, 6)], "a\nb\n"],
    ["a\r\nb\r\nc", [cut(3, 6), cut(6, 7)], "a"],
    ["a\nb\nc", [cut(4, 5), put(5, "\nd")], "a\nb\nd"],
  ];
  it.each(table)("%j, %j", (text, splices, expected) => {
    expect(spliced(text, splices)).toBe(expected);
  });
});
