import { describe, expect, it } from "vitest";
import { sinceTime } from "../../../src/cli/since.js";

const NOW = new Date("2026-11-25T12:00:00Z");

describe("--since", () => {
  it.each([
    ["90d", "2026-08-27T12:00:00Z"],
    ["12h", "2026-11-25T00:00:00Z"],
    ["2w", "2026-11-11T12:00:00Z"],
    ["30m", "2026-11-25T11:30:00Z"],
    ["2026-11-01", "2026-11-01T00:00:00Z"],
    ["2026-11-01T08:00Z", "2026-11-01T08:00:00Z"],
    ["2026-11-01T08:00:30+01:00", "2026-11-01T07:00:30Z"],
  ])("%s", (text, expected) => {
    expect(sinceTime(text, NOW)).toBe(Date.parse(expected));
  });

  it.each(["", "7", "d", "-7d", "7 d", "7days", "yesterday", "2026-02-30", "2026-13-01", "01.11.2026", "2026-11-01T25:00Z", "2026-11-26"])(
    '"%s" is refused',
    (text) => {
      expect(() => sinceTime(text, NOW)).toThrow(/^--since: /);
    },
  );
});
