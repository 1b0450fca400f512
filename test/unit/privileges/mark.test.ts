import { describe, expect, it } from "vitest";
import { ownMark, parseMark, withMark } from "../../../src/privileges/mark.js";

describe("marks in a role's comment", () => {
  it.each([
    [null, "created", "[pgaccord:acme/access/demo]"],
    ["weekly reports", "created", "weekly reports [pgaccord:acme/access/demo]"],
    ["weekly reports [pgaccord:acme/access/demo]", "adopted", "weekly reports [pgaccord:acme/access/demo adopted]"],
    ["weekly reports [pgaccord:acme/access/demo adopted]", null, "weekly reports"],
    ["[pgaccord:acme/access/demo adopted]", null, null],
  ] as const)("%s with %s becomes %s", (comment, mark, expected) => {
    expect(withMark(comment, "acme/access", "demo", mark)).toBe(expected);
  });

  it.each([
    ["[pgaccord:acme/access/demo]", "created"],
    ["text [pgaccord:acme/access/demo adopted]", "adopted"],
    ["[pgaccord:acme/access/other]", null],
    ["[pgaccord:someone/else/demo]", null],
    ["[pgaccord:acme/access/demo] and more", null],
    [null, null],
  ] as const)("ownMark(%s) is %s", (comment, expected) => {
    expect(ownMark(comment, "acme/access", "demo")).toBe(expected);
  });

  it("splits the owner, which has slashes, from the cluster, which has none", () => {
    expect(parseMark("x [pgaccord:a/b/c/demo]")).toEqual({ owner: "a/b/c", cluster: "demo", mark: "created", text: "x" });
  });

  it("looks at the end alone: a comment of blanks, or of brackets, takes no time", () => {
    const started = process.cpuUsage().user;
    for (const text of [
      " ".repeat(160_000),
      `x${" ".repeat(160_000)}y`,
      "[pgaccord:".repeat(16_000),
      `[pgaccord:a/b]${" ".repeat(160_000)}x`,
    ])
      expect(parseMark(text)).toBeNull();
    // A pattern that tries every blank took 102 s.
    expect(process.cpuUsage().user - started).toBeLessThan(2_000_000);
  });
});
