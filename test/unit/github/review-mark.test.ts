import { describe, expect, it } from "vitest";
import { marksOf } from "../../../src/github/mark.js";
import { keptFrom, keyHash, markedBody, type ReviewPull, withoutKeys } from "../../../src/github/review-mark.js";
import { sha256 } from "../../../src/reconcile.js";

const DAY = 86_400_000;
const CLOSED = Date.UTC(2026, 10, 25);
const SUBJECT = { file: "access.yaml", environment: "" };
const marks = marksOf("review", SUBJECT, sha256);
const body = (keys: readonly string[], text = "text", days = 90): string =>
  markedBody(marks, { day: "2026-11-25", days, keys }, { text, footer: "footer\n" }, sha256);
const pull = (rest: Partial<ReviewPull> = {}): ReviewPull => ({
  number: 7,
  byUs: true,
  open: false,
  merged: false,
  closedAt: CLOSED,
  base: "main",
  title: "t",
  body: body(["login/bob/demo"]),
  ...rest,
});
const BOB = keyHash("login/bob/demo", sha256);
const kept = (pulls: readonly ReviewPull[], now = CLOSED + DAY): [string, number][] => [...keptFrom(pulls, marks, now)];

describe("what a pull request that was closed without a merge keeps", () => {
  it("is all that it proposed, until its window has passed once more", () => {
    expect(kept([pull()])).toEqual([[BOB, CLOSED + 90 * DAY]]);
    expect(kept([pull()], CLOSED + 90 * DAY - 1)).toHaveLength(1);
    expect(kept([pull()], CLOSED + 90 * DAY)).toEqual([]);
  });

  it("by several, the later end", () => {
    const short = pull({ closedAt: CLOSED + DAY, body: body(["login/bob/demo"], "text", 7) });
    for (const pulls of [
      [pull(), short],
      [short, pull()],
    ])
      expect(kept(pulls)).toEqual([[BOB, CLOSED + 90 * DAY]]);
  });

  it("as GitHub's own page saves it", () => {
    expect(kept([pull({ body: pull().body.replaceAll("\n", "\r\n") })])).toHaveLength(1);
  });

  it.each<[string, Partial<ReviewPull>]>([
    ["written by somebody else", { byUs: false }],
    ["merged", { merged: true }],
    ["open", { open: true, closedAt: null }],
    ["without the mark", { body: pull().body.split("\n").slice(1).join("\n") }],
    ["of another file", { body: pull().body.replace(marks(1), marksOf("review", { ...SUBJECT, file: "b.yaml" }, sha256)(1)) }],
    ["with a list further down, as a text may hold one", { body: `${marks(1)}\nhello\n${pull().body.split("\n")[1]}` }],
    ["with a list that is none", { body: pull().body.replace(BOB, `${BOB}x`) }],
    ["closed by ourselves", { body: withoutKeys(pull().body) }],
    ["empty", { body: "" }],
  ])("is nothing of one %s", (_, rest) => {
    expect(kept([pull(rest)])).toEqual([]);
  });
});

describe("the body", () => {
  it("has the mark, what is proposed in hashes, the text and the footer", () => {
    expect(body(["b", "a", "b", "--> <b>"])).toMatch(
      /^<!-- pgaccord review [0-9a-f]{24} part 1 -->\n<!-- pgaccord keeps 2026-11-25 90( [0-9a-f]{12}){3} -->\ntext\nfooter\n$/,
    );
  });

  it("fits, and its footer is whole, however long the text is and how much is proposed", () => {
    const keys = Array.from({ length: 4000 }, (_, i) => `login/${i}/demo`);
    const long = body(keys, `${"| a row of the table |\n".repeat(10_000)}`);
    expect(long.length).toBeLessThan(65_536);
    expect(long).toMatch(/\| a row of the table \|\n\n\*\*The rest is too long[^\n]*\n\nfooter\n$/);
    expect(kept([pull({ body: long })])).toHaveLength(3000);
  });
});
