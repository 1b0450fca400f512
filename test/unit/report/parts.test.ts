import { describe, expect, it } from "vitest";
import { splitSections } from "../../../src/report/parts.js";

const bytes = (text: string): number => Buffer.byteLength(text);
const list = (count: number, item = (i: number): string => `- line ${i} é 🙂`) => ({
  open: "<details><summary>all</summary>\n\n",
  items: Array.from({ length: count }, (_, i) => item(i)),
  close: "\n</details>\n\n",
});

describe("long texts", () => {
  it("are one part when they fit", () => {
    expect(splitSections([list(3)], () => "head\n")).toHaveLength(1);
  });

  it.each([500, 5000, 60_000])("never pass %i bytes, and lose no line", (limit) => {
    const parts = splitSections([list(2000), list(10), list(1)], (n) => `<!-- part ${n} -->\n`, limit);
    expect(Math.max(...parts.map(bytes))).toBeLessThanOrEqual(limit);
    const lines = parts.flatMap((p) => p.split("\n").filter((l) => l.startsWith("- line")));
    expect(lines).toEqual([...list(2000).items, ...list(10).items, ...list(1).items]);
  });

  it("open again what they closed", () => {
    for (const part of splitSections([list(500)], (n) => `<!-- part ${n} -->\n`, 2000)) {
      expect(part.match(/<details>/g)?.length).toBe(part.match(/<\/details>/g)?.length);
    }
  });

  it("number what follows", () => {
    const parts = splitSections([list(500)], (n) => `part ${n}\n`, 2000);
    expect(parts.slice(1).map((p) => p.split("\n", 1)[0])).toEqual(parts.slice(1).map((_, i) => `part ${i + 2}`));
  });

  it("cut a line that is too long for any comment, never inside an entity", () => {
    const [text = ""] = splitSections([list(1, () => `- ${"&#64;".repeat(3000)}`)], () => "", 60_000);
    expect(bytes(text)).toBeLessThan(9000);
    expect(text).not.toMatch(/&#\d*( |$)/m);
  });
});
