import { describe, expect, it } from "vitest";
import { recordsOf, recordsOfGone, recordsOfUnread, toRead } from "../../../src/evidence/collect-days.js";
import { evidenceOf } from "../../../src/evidence/day-evidence.js";
import { missing } from "../../../src/evidence/intervals.js";
import type { LogSource } from "../../../src/evidence/log-source.js";
import type { DayRecord } from "../../../src/evidence/observation.js";
import { readSource } from "../../../src/evidence/read-source.js";

const at = (text: string): number => Date.parse(`2026-11-${text}:00Z`);
const WINDOW = { from: at("23T00:00"), to: at("25T10:00") };
const OF = { cluster: "demo", part: "demo-1", source: "rds-log" } as const;
const MINUTE = 60_000;

/** A login each half an hour, as PostgreSQL 17 logs it with RDS's prefix. */
const log = (from: number, to: number): string => {
  const lines: string[] = [];
  for (let moment = from; moment < to; moment += 30 * MINUTE) {
    const time = new Date(moment).toISOString().slice(0, 19).replace("T", " ");
    lines.push(`${time} UTC:10.0.0.7(5432):alice@shop:[${100 + lines.length}]:LOG:  connection authorized: user=alice database=shop`);
  }
  return `${lines.join("\n")}\n`;
};
const sourceOf = (text: string, more: Partial<LogSource> = {}): LogSource => ({
  ...OF,
  format: { type: "detect", otherwise: "%t:%r:%u@%d:[%p]:" },
  absent: [],
  read: async (_window, push) => {
    for (let i = 0; i < text.length; i += 1000) push(Buffer.from(text.slice(i, i + 1000)));
    return [];
  },
  ...more,
});
const problemsOf = () => [{ code: "x", severity: "error" as const, place: null, key: null, message: "it broke" }];
const collected = async (source: LogSource): Promise<DayRecord[]> =>
  recordsOf(await readSource(source, { window: WINDOW, per: "day", problemsOf }), OF, WINDOW);
const seenOf = (records: readonly DayRecord[]) => evidenceOf(records).coverage[0]?.seen ?? [];

describe("what is read, day by day", () => {
  it("has its logins, and is whole from midnight to midnight where the log goes over both", async () => {
    const records = await collected(sourceOf(log(at("22T22:00"), WINDOW.to)));
    expect(records.map(({ day, observations }) => [day, observations[0]?.logins[0]?.count])).toEqual([
      ["2026-11-23", 48],
      ["2026-11-24", 48],
      ["2026-11-25", 20],
    ]);
    expect(seenOf(records)).toEqual([{ from: WINDOW.from, to: at("25T09:30") + 1 }]);
    expect(toRead(WINDOW, records)).toEqual({ from: at("25T00:00"), to: WINDOW.to });
  });

  it("says why its beginning is not seen, and of its end nothing: more may come", async () => {
    const [first, ...others] = await collected(sourceOf(log(at("23T12:00"), at("25T02:00"))));
    expect(first?.observations[0]?.gaps).toEqual([{ from: WINDOW.from, to: at("23T12:00"), why: "its log does not go back so far" }]);
    expect(others.flatMap(({ observations }) => observations[0]?.gaps)).toEqual([]);
    expect(toRead(WINDOW, first ? [first, ...others] : [])?.from).toBe(WINDOW.from);
  });

  it("does not count what a source lost, however close the lines around it are", async () => {
    const lost = { from: at("24T10:00"), to: at("24T10:20"), why: "rotated away" };
    const whole = sourceOf(log(at("22T22:00"), WINDOW.to));
    const records = await collected({ ...whole, read: async (window, push) => [...(await whole.read(window, push)), lost] });
    expect(missing({ from: at("24T09:00"), to: at("24T11:00") }, seenOf(records))).toEqual([{ from: lost.from, to: lost.to }]);
    expect(records[1]?.observations[0]?.gaps).toEqual([lost]);
  });

  it("keeps what came before a source broke, and says the rest", async () => {
    const whole = sourceOf(log(at("22T22:00"), at("24T06:00")));
    const failing = async (...args: Parameters<LogSource["read"]>): Promise<never> => {
      await whole.read(...args);
      throw new Error("reset");
    };
    const records = await collected({ ...whole, read: failing });
    expect(seenOf(records)).toEqual([{ from: WINDOW.from, to: at("24T05:30") + 1 }]);
    expect(records.at(-1)?.observations[0]?.gaps).toEqual([{ from: at("25T00:00"), to: WINDOW.to, why: "it broke" }]);
  });

  it("is seen before the server was made, and without a line about a connection it is not", async () => {
    const made = at("24T12:00");
    const records = await collected(sourceOf(log(made, WINDOW.to), { absent: [{ from: WINDOW.from, to: made }] }));
    expect(seenOf(records)).toEqual([{ from: WINDOW.from, to: at("25T09:30") + 1 }]);
    const silent = await collected(sourceOf("2026-11-24 10:00:00 UTC::@:[1]:LOG:  checkpoint starting: time\n"));
    expect(seenOf(silent)).toEqual([]);
    expect(silent[0]?.observations[0]?.gaps[0]?.why).toContain("log_connections was off, or nobody came");
  });
});

describe("servers that cannot be read", () => {
  it("count, so that their cluster is not covered without them; a cluster whose servers are not known yet, until they are", async () => {
    const read = await collected(sourceOf(log(at("22T22:00"), WINDOW.to)));
    const unread = recordsOfUnread({ cluster: "demo", part: "demo-2", why: "no permission" }, WINDOW);
    const whole = recordsOfUnread({ cluster: "demo", part: null, why: "not reached" }, WINDOW);
    const { coverage } = evidenceOf([...read, ...unread, ...whole]);
    expect(coverage.map(({ part, seen, gaps }) => [part, seen.length, gaps[0]?.why ?? null])).toEqual([
      ["demo-1", 1, null],
      ["demo-2", 0, "no permission"],
    ]);
    expect(evidenceOf(whole).coverage).toMatchObject([{ part: null, seen: [] }]);
  });

  it("that are gone let nobody in from when that was noticed, not from their last line", async () => {
    const read = await collected(sourceOf(log(at("22T22:00"), at("24T06:00"))));
    const first = recordsOfGone(read, { from: WINDOW.from, to: at("24T08:00") });
    const second = recordsOfGone([...read, ...first], { from: WINDOW.from, to: at("25T10:00") });
    expect(seenOf([...read, ...first, ...second])).toEqual([
      { from: WINDOW.from, to: at("24T05:30") + 1 },
      { from: at("24T08:00") - 1, to: at("25T10:00") },
    ]);
    // It comes back, writes a log, and goes again.
    const again = recordsOf(
      await readSource(sourceOf(log(at("25T11:00"), at("25T13:00"))), {
        window: { from: at("25T10:30"), to: at("25T14:00") },
        per: "day",
        problemsOf,
      }),
      OF,
      { from: at("25T10:30"), to: at("25T14:00") },
    );
    const third = recordsOfGone([...read, ...second, ...again], { from: WINDOW.from, to: at("25T20:00") });
    expect(third.flatMap(({ observations }) => observations[0]?.seen)).toEqual([{ from: at("25T20:00") - 1, to: at("25T20:00") }]);
  });
});
