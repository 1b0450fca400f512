import { describe, expect, it } from "vitest";
import { createLogClock } from "../../../src/evidence/log-time.js";

/** What a clock of the log says in UTC, one line after the other; null: it cannot. */
function utc(timezone: string | undefined, ...texts: readonly string[]): (string | null)[] {
  const clock = createLogClock(timezone);
  return texts.map((text) => {
    const end = clock.read(text, 0);
    if (end === -1 || Number.isNaN(clock.at())) return null;
    expect(end).toBe(text.length);
    return new Date(clock.at()).toISOString().replace(".000Z", "Z");
  });
}

describe("times of a log", () => {
  it.each<readonly [string, string]>([
    ["2026-11-24 17:04:11 UTC", "2026-11-24T17:04:11Z"],
    ["2026-11-24 17:04:11.123 UTC", "2026-11-24T17:04:11.123Z"],
    ["2026-11-24 17:04:11 GMT", "2026-11-24T17:04:11Z"],
    ["2026-11-24 17:04:11 +03", "2026-11-24T14:04:11Z"],
    ["2026-11-24 17:04:11 -0330", "2026-11-24T20:34:11Z"],
  ])("%s", (text, expected) => {
    expect(utc(undefined, text)).toEqual([expected]);
    // What the line itself says counts.
    expect(utc("Asia/Tokyo", text)).toEqual([expected]);
  });

  it.each(["2026-11-24 17:04:11", "2026-11-24", "2026-11-24 17:04:1x UTC", "", "24.11.2026 17:04:11 UTC"])('"%s" is none', (text) => {
    expect(utc(undefined, text)).toEqual([null]);
  });

  it("in an abbreviation that several zones have need to be told which", () => {
    expect(utc(undefined, "2026-11-24 17:04:11 CST")).toEqual([null]);
    expect(utc("America/Chicago", "2026-11-24 17:04:11 CST")).toEqual(["2026-11-24T23:04:11Z"]);
    expect(utc("Asia/Shanghai", "2026-11-24 17:04:11 CST")).toEqual(["2026-11-24T09:04:11Z"]);
    expect(utc("+01:00", "2026-11-24 17:04:11 CET")).toEqual(["2026-11-24T16:04:11Z"]);
    expect(() => createLogClock("Europe/Bärlin")).toThrow('"Europe/Bärlin" is no time zone.');
  });

  it("know the hour that comes twice by its abbreviation", () => {
    const night = ["2026-10-25 01:59:59 CEST", "2026-10-25 02:30:00 CEST", "2026-10-25 02:30:00 CET", "2026-10-25 03:00:00 CET"];
    const [before, first, , after] = utc("Europe/Berlin", ...night);
    expect([before, first, after]).toEqual(["2026-10-24T23:59:59Z", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"]);
    expect(utc("Europe/Berlin", "2026-03-01 12:00:00 CET", ...night)[3]).toBe("2026-10-25T01:30:00Z");
  });

  it("go on from one minute and zone to the next", () => {
    expect(
      utc(undefined, "2026-11-24 17:04:59 UTC", "2026-11-24 17:05:00 UTC", "2026-11-24 17:05:01 +01", "2026-11-24 17:05:02 UTC"),
    ).toEqual(["2026-11-24T17:04:59Z", "2026-11-24T17:05:00Z", "2026-11-24T16:05:01Z", "2026-11-24T17:05:02Z"]);
  });
});
