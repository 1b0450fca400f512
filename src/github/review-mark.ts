import { DAY_MS } from "../model/day.js";
import type { Marks } from "./mark.js";

/** A pull request of the review's branch. */
export interface ReviewPull {
  readonly number: number;
  /** Written by the app, or the person, whose token this run has, and from this repository. */
  readonly byUs: boolean;
  readonly open: boolean;
  readonly merged: boolean;
  /** Milliseconds since 1970 UTC; null: it is open. */
  readonly closedAt: number | null;
  readonly base: string;
  readonly title: string;
  readonly body: string;
}

/** What a pull request proposes to end, as it stands in it for later runs. */
export interface ProposedKeys {
  /** `2026-11-25`. */
  readonly day: string;
  /** Length of the review's window. */
  readonly days: number;
  /** One for each subject. */
  readonly keys: readonly string[];
}

/** GitHub takes 65,536 characters; hashes of so many subjects take 39,000 of them. */
const MAX_BODY = 65_000;
const MAX_KEYS = 3000;

export const keyHash = (key: string, hash: (text: string) => string): string => hash(key).slice(0, 12);

export interface BodyText {
  readonly text: string;
  /** Is never cut. */
  readonly footer: string;
}

/** The mark, what is proposed in hashes, and the text, cut where GitHub would refuse it. */
export function markedBody(marks: Marks, proposed: ProposedKeys, { text, footer }: BodyText, hash: (text: string) => string): string {
  const keys = [...new Set(proposed.keys.map((key) => keyHash(key, hash)))].sort().slice(0, MAX_KEYS);
  const head = `${marks(1)}\n<!-- pgaccord keeps ${[proposed.day, proposed.days, ...keys].join(" ")} -->\n`;
  return `${head}${fitting(text, MAX_BODY - head.length - footer.length)}\n${footer}`;
}

function fitting(text: string, room: number): string {
  if (text.length <= room) return text;
  const note = "\n**The rest is too long for a pull request:** `pgaccord review` shows all of it.\n";
  return text.slice(0, text.lastIndexOf("\n", room - note.length) + 1) + note;
}

/** The mark is the first line, to the letter, and what is proposed the second: nothing further down counts. */
const KEEPS = /^<!-- pgaccord keeps \d{4}-\d\d-\d\d (\d{1,4})((?: [0-9a-f]{12})*) -->$/;

export const isMarked = ({ body }: Pick<ReviewPull, "body">, marks: Marks): boolean => body.split(/\r?\n/, 1)[0] === marks(1);

/** What we close ourselves nobody decided to keep. */
export const withoutKeys = (body: string): string =>
  body
    .split(/\r?\n/)
    .filter((line, i) => i !== 1 || !KEEPS.test(line))
    .join("\n");

/**
 * Who closes our pull request without merging it wants what it proposed to stay: for as long as its window was. Hashes, each with the
 * moment when that ends.
 */
export function keptFrom(pulls: readonly ReviewPull[], marks: Marks, now: number): ReadonlyMap<string, number> {
  const kept = new Map<string, number>();
  for (const pull of pulls) {
    if (!pull.byUs || pull.open || pull.merged || pull.closedAt === null || !isMarked(pull, marks)) continue;
    const [, days = "0", list = ""] = KEEPS.exec(pull.body.split(/\r?\n/, 2)[1] ?? "") ?? [];
    const end = pull.closedAt + Number(days) * DAY_MS;
    if (end <= now) continue;
    for (const key of list.split(" ").filter(Boolean)) kept.set(key, Math.max(end, kept.get(key) ?? 0));
  }
  return kept;
}
