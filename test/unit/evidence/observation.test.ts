import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDay, renderDay } from "../../../src/evidence/day-file.js";
import { type DayRecord, mergeObservations, type Observation, totalOf } from "../../../src/evidence/observation.js";

const MIDNIGHT = Date.parse("2026-11-25T00:00:00Z");
const hour = (at: number): number => MIDNIGHT + at * 3_600_000;

const seenOf = (...hours: readonly (readonly [number, number])[]): Observation["seen"] =>
  hours.map(([from, to]) => ({ from: hour(from), to: hour(to) }));

const login = (user: string, count: number, first: number, last = first): Observation["logins"][number] => ({
  user,
  database: "demo",
  method: "pam",
  outcome: "ok",
  reason: null,
  count,
  first: hour(first),
  last: hour(last),
});

const observed = (seen: Observation["seen"], ...logins: Observation["logins"]): Observation => ({
  source: "rds-log",
  seen,
  gaps: [],
  logins,
  refused: [],
});

const recordOf = (observations: readonly Observation[]): DayRecord => ({
  cluster: "demo",
  part: "demo-1",
  day: "2026-11-25",
  observations,
});
const countsOf = (observations: readonly Observation[]): string[] =>
  totalOf(observations).logins.map(({ user, count }) => `${user} ${count}`);

describe("observations of one day", () => {
  it.each<readonly [string, readonly Observation[], readonly string[], number]>([
    ["apart: summed", [observed(seenOf([0, 12]), login("a", 5, 1, 11)), observed(seenOf([12, 24]), login("a", 7, 13, 20))], ["a 12"], 2],
    ["the same again: once", [observed(seenOf([0, 12]), login("a", 5, 1)), observed(seenOf([0, 12]), login("a", 5, 1))], ["a 5"], 1],
    ["one saw more: that one", [observed(seenOf([0, 12]), login("a", 5, 1)), observed(seenOf([0, 20]), login("a", 9, 1, 19))], ["a 9"], 1],
    [
      "one of the same time counted more: that one",
      [observed(seenOf([0, 12]), login("a", 5, 1)), observed(seenOf([0, 12]), login("a", 9, 1))],
      ["a 9"],
      1,
    ],
    [
      "the host's log has lost its beginning: both stay, the greater number counts",
      [observed(seenOf([0, 12]), login("a", 5, 1, 11)), observed(seenOf([6, 24]), login("a", 9, 7, 20), login("b", 1, 8))],
      ["a 9", "b 1"],
      2,
    ],
    [
      "failures without a line about a connection are not forgotten for a log that saw longer and not them",
      [observed([], login("a", 3, 3)), observed(seenOf([6, 24]), login("b", 9, 7, 20))],
      ["a 3", "b 9"],
      2,
    ],
  ])("%s", (_, observations, counts, kept) => {
    const merged = mergeObservations(observations);
    expect(countsOf(merged)).toEqual(counts);
    expect(merged).toHaveLength(kept);
    expect(mergeObservations([...observations].reverse())).toEqual(merged);
  });

  it("a gap goes once the time is seen", () => {
    const gap = { from: hour(0), to: hour(8), why: "rotated away" };
    const merged = mergeObservations([{ ...observed([]), gaps: [gap] }, observed(seenOf([0, 6]), login("a", 1, 2))]);
    expect(totalOf(merged).gaps).toEqual([]);
    const beside = [{ ...observed(seenOf([10, 12])), gaps: [gap] }, observed(seenOf([0, 6]))];
    expect(totalOf(beside).gaps).toEqual([{ ...gap, from: hour(6) }]);
  });

  const interval = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 1, max: 6 }))
    .map(([at, long]) => [at, Math.min(24, at + long)] as const);
  const arbitrary: fc.Arbitrary<Observation> = fc
    .record({
      seen: fc.array(interval, { maxLength: 3 }),
      logins: fc.uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 23 })), {
        selector: ([user]) => user,
      }),
      source: fc.constantFrom<Observation["source"]>("rds-log", "cloudwatch-log"),
      gap: fc.option(interval),
    })
    .map(({ seen, logins, source, gap }) => ({
      ...observed(seenOf(...seen), ...logins.map(([user, count, at]) => login(user, count, at))),
      source,
      gaps: gap === null ? [] : [{ from: hour(gap[0]), to: hour(gap[1]), why: "x" }],
    }));
  const some = fc.array(arbitrary, { maxLength: 4 });
  const bytes = (observations: readonly Observation[]): string => renderDay(recordOf(observations));

  it("merge in any order, in any groups, and again, to the same bytes, and lose nothing that was seen", () => {
    fc.assert(
      fc.property(some, some, some, (a, b, c) => {
        const all = bytes([...a, ...b, ...c]);
        expect(bytes([...mergeObservations([...c, ...a]), ...mergeObservations([...b, ...c])])).toBe(all);
        expect(bytes(mergeObservations(mergeObservations([...a, ...b, ...c])))).toBe(all);
        const parsed = parseDay(all);
        expect("wrong" in parsed ? parsed.wrong : bytes(parsed.observations)).toBe(all);
        const whole = totalOf(mergeObservations([...a, ...b, ...c]));
        expect(totalOf([...a, ...b, ...c]).seen).toEqual(whole.seen);
        for (const one of [...a, ...b, ...c].flatMap(({ logins }) => logins)) {
          const it = whole.logins.find(({ user }) => user === one.user);
          expect(
            [it?.count ?? 0, it?.first ?? Number.NaN, it?.last ?? 0].map((n, i) =>
              i === 1 ? n <= one.first : n >= (i === 0 ? one.count : one.last),
            ),
          ).toEqual([true, true, true]);
        }
      }),
      { numRuns: 200, seed: 12 },
    );
  });
});

describe("a file of a day", () => {
  const good = renderDay(recordOf([observed(seenOf([0, 24]), login("a", 1, 2))]));
  it.each([
    ["", "no JSON object"],
    [good.slice(0, 200), "no JSON object"],
    ["<<<<<<< HEAD\n", "no JSON object"],
    [good.replace('"version": 1', '"version": 2'), "its version is 2"],
    [good.replace('"count":1', '"count":-1'), "another form"],
    [good.replace('"count":1', '"count":"1"'), "another form"],
    [good.replace('"outcome":"ok"', '"outcome":"yes"'), "another form"],
    [good.replace('"rds-log"', '"hearsay"'), "another form"],
    [good.replace('"day": "2026-11-25"', '"day": "2026-13-25"'), "names no day"],
    [good.replace('"cluster": "demo"', '"cluster": 7'), "names no cluster"],
  ])("that is broken says so: %#", (text, wrong) => {
    expect(text).not.toBe(good);
    const parsed = parseDay(text);
    expect("wrong" in parsed && parsed.wrong).toContain(wrong);
  });
  it("holds no address, and a line for each user", () => {
    expect(good).toContain(
      '{"user":"a","database":"demo","method":"pam","outcome":"ok","reason":null,"count":1,"first":"2026-11-25T02:00:00.000Z","last":"2026-11-25T02:00:00.000Z"}',
    );
  });
});
