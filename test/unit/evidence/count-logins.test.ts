import { describe, expect, it } from "vitest";
import { createLoginCounter, MOST_USERS, mergeLogins } from "../../../src/evidence/count-logins.js";
import type { LoginAttempt } from "../../../src/model/evidence.js";

const DAY = 86_400_000;
const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 24, 12);

const login = (at: number, more: Partial<LoginAttempt> = {}): LoginAttempt => ({
  at,
  user: "app",
  database: "shop",
  method: "pam",
  outcome: "ok",
  reason: null,
  address: "10.0.0.7:1",
  ...more,
});
const counter = (per: "day" | "run") => createLoginCounter({ cluster: "demo", part: "demo-1", source: "log-file", per });

describe("counts of logins", () => {
  it("tell apart what differs in anything but the moment", () => {
    const counted = counter("run");
    const others: Partial<LoginAttempt>[] = [
      { user: "bob" },
      { database: null },
      { method: null },
      { outcome: "failed", reason: "pam" },
      { outcome: "failed", reason: "no-connect" },
    ];
    for (const [i, more] of [{}, ...others].entries()) for (const at of [NOON + i, NOON + i + DAY]) counted.attempt(login(at, more));
    counted.attempt(login(NOON, { address: "10.0.0.8:2" }));
    const { logins } = counted.result();
    expect(logins.map(({ count }) => count).sort()).toEqual([2, 2, 2, 2, 2, 3]);
    expect(logins.find(({ count }) => count === 3)).toEqual({
      cluster: "demo",
      user: "app",
      database: "shop",
      method: "pam",
      outcome: "ok",
      reason: null,
      count: 3,
      first: NOON,
      last: NOON + DAY,
    });
  });

  it("are of one day each, UTC", () => {
    const counted = counter("day");
    for (const at of [NOON, NOON + DAY, NOON + DAY / 2 - 1, NOON + DAY / 2, NOON]) counted.attempt(login(at));
    expect(counted.result().logins.map(({ count, first }) => [count, first])).toEqual([
      [3, NOON],
      [2, NOON + DAY / 2],
    ]);
  });

  it("have one order, whatever came first", () => {
    const attempts = [login(NOON), login(NOON, { user: "bob" }), login(NOON, { database: null }), login(NOON + DAY)];
    const of = (list: readonly LoginAttempt[]) => {
      const counted = counter("day");
      for (const one of list) counted.attempt(one);
      return counted.result().logins;
    };
    expect(of(attempts.toReversed())).toEqual(of(attempts));
  });

  it("leave out whoever guesses names, before the memory is full", () => {
    const counted = counter("run");
    const refused = (user: string) => counted.attempt(login(NOON, { user, outcome: "failed", reason: "no-such-role" }));
    for (let i = 0; i < MOST_USERS + 5; i++) refused(`guess ${i}`);
    refused("guess 0");
    counted.attempt(login(NOON));
    const { logins, omitted } = counted.result();
    expect([logins.length, omitted]).toEqual([MOST_USERS + 1, 5]);
    expect(logins.find(({ user }) => user === "guess 0")?.count).toBe(2);
  });

  it("of several logs add up", () => {
    const [one, two] = [counter("run"), counter("run")];
    one.attempt(login(NOON));
    two.attempt(login(NOON - 5));
    two.attempt(login(NOON, { method: null }));
    expect(
      mergeLogins([...one.result().logins, ...two.result().logins]).map(({ method, count, first, last }) => [method, count, first, last]),
    ).toEqual([
      [null, 1, NOON, NOON],
      ["pam", 2, NOON - 5, NOON],
    ]);
  });
});

describe("what a log covers", () => {
  const covers = (...moments: readonly number[]) => {
    const counted = counter("day");
    for (const at of moments) counted.connectionLine(NOON + at * MINUTE);
    const { seen, gaps } = counted.result().coverage;
    const minutes = ({ from, to }: { readonly from: number; readonly to: number }) => [(from - NOON) / MINUTE, (to - 1 - NOON) / MINUTE];
    return { seen: seen.map(minutes), gaps: gaps.map(minutes) };
  };

  it("is what lies between lines at most an hour apart", () => {
    expect(covers(0, 60, 120)).toEqual({ seen: [[0, 120]], gaps: [] });
    expect(covers(0, 60, 122).seen).toEqual([
      [0, 60],
      [122, 122],
    ]);
    expect(counter("run").result().coverage).toEqual({ source: "log-file", target: "demo", part: "demo-1", seen: [], gaps: [] });
  });

  it("says of a longer silence what it may mean", () => {
    const counted = counter("day");
    for (const at of [0, 200 * MINUTE]) counted.connectionLine(NOON + at);
    expect(counted.result().coverage.gaps).toEqual([
      {
        from: NOON + 1,
        to: NOON + 200 * MINUTE,
        why: "no line about a connection for more than an hour: nobody came, or connections were not logged",
      },
    ]);
  });

  it("is the same whichever file is read first", () => {
    expect(covers(300, 330, 0, 30, 60, 250)).toEqual(covers(0, 30, 60, 250, 300, 330));
    expect(covers(10, 5, 20, 0)).toEqual({ seen: [[0, 20]], gaps: [] });
    // The piece between joins both.
    expect(covers(0, 120, 60).seen).toEqual([[0, 120]]);
  });
});
