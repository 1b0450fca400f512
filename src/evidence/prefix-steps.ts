import { addressEnd, hostEnds } from "./log-address.js";
import { afterDigits, type LogClock } from "./log-time.js";

/** What a line says before its message; of the line that was matched last. Places in its text; -1: it says no such thing. */
export interface PrefixParts {
  at: number;
  /** Process id, or session id. */
  session: number | string;
  userFrom: number;
  userTo: number;
  databaseFrom: number;
  databaseTo: number;
  applicationFrom: number;
  applicationTo: number;
}

/** Where the rest of the line begins; -1: it does not fit. */
export type Step = (line: string, from: number) => number;

export interface Token {
  /** null: the text stands as it is. */
  readonly field: string | null;
  readonly text: string;
}

/** `LOG:  ` and the like, in whatever language. */
export const severityAt: Step = (line, from) => {
  if (line.startsWith("LOG:  ", from)) return from;
  const colon = line.indexOf(":  ", from);
  if (colon <= from || colon > from + MAX_SEVERITY) return -1;
  const space = line.indexOf(" ", from);
  return space > colon ? from : -1;
};

const MAX_SEVERITY = 16;

export interface Compiling {
  readonly parts: PrefixParts;
  readonly clock: LogClock;
  readonly next: Step;
  /** The text that comes next; empty: there is none. */
  readonly mark: string;
  readonly hasProcess: boolean;
}

export function stepOf({ field, text }: Token, compiling: Compiling): Step {
  const { parts, next, hasProcess } = compiling;
  switch (field) {
    case null:
      return (line, from) => (line.startsWith(text, from) ? next(line, from + text.length) : -1);
    case " ":
      return spaces(next);
    case "t":
    case "m":
    case "s":
      return time(compiling, field !== "s");
    case "n":
      return epoch(parts, next);
    case "p":
      return process(parts, next);
    case "c":
      return session(parts, next, !hasProcess);
    case "r":
      return address(next);
    case "h":
    case "L":
      return host(next);
    case "u":
      return free(compiling, (from, to) => {
        parts.userFrom = from;
        parts.userTo = to;
      });
    case "d":
      return free(compiling, (from, to) => {
        parts.databaseFrom = from;
        parts.databaseTo = to;
      });
    case "a":
      return free(compiling, (from, to) => {
        parts.applicationFrom = from;
        parts.applicationTo = to;
      });
    case "i":
    case "b":
      return free(compiling, () => undefined);
    default:
      return word(next);
  }
}

const spaces =
  (next: Step): Step =>
  (line, from) => {
    let to = from;
    while (line.charCodeAt(to) === 32) to++;
    return next(line, to);
  };

function time({ parts, clock, next }: Compiling, counts: boolean): Step {
  return (line, from) => {
    const to = clock.read(line, from);
    if (to === -1) return -1;
    if (counts) parts.at = clock.at();
    return next(line, to);
  };
}

/** `1764090251.123`. */
const epoch =
  (parts: PrefixParts, next: Step): Step =>
  (line, from) => {
    const dot = afterDigits(line, from);
    const to = line.charCodeAt(dot) === 46 ? afterDigits(line, dot + 1) : dot;
    if (dot === from) return -1;
    parts.at = Math.round(Number(line.slice(from, to)) * 1000);
    return next(line, to);
  };

const process =
  (parts: PrefixParts, next: Step): Step =>
  (line, from) => {
    const to = afterDigits(line, from);
    if (to === from || to > from + 12) return -1;
    let pid = 0;
    for (let i = from; i < to; i++) pid = pid * 10 + line.charCodeAt(i) - 48;
    parts.session = pid;
    return next(line, to);
  };

const session =
  (parts: PrefixParts, next: Step, counts: boolean): Step =>
  (line, from) => {
    const to = afterSession(line, from);
    if (to === from) return -1;
    if (counts) parts.session = line.slice(from, to);
    return next(line, to);
  };

const address =
  (next: Step): Step =>
  (line, from) => {
    const to = addressEnd(line, from);
    return to === -1 ? -1 : next(line, to);
  };

const host =
  (next: Step): Step =>
  (line, from) => {
    for (const to of hostEnds(line, from)) {
      const end = to === -1 ? -1 : next(line, to);
      if (end !== -1) return end;
    }
    return -1;
  };

/** Digits, a code, a transaction: whatever it is, without a space, and often nothing. */
const word =
  (next: Step): Step =>
  (line, from) => {
    const longest = afterWord(line, from);
    for (let to = longest; to >= from; to--) {
      const end = next(line, to);
      if (end !== -1) return end;
    }
    return -1;
  };

/** `6745a1c3.1f2a`. */
function afterSession(line: string, from: number): number {
  let to = from;
  while (/[\da-f.]/.test(line.charAt(to))) to++;
  return to;
}

/** Letters, digits, a dot, a slash, a minus. */
function afterWord(line: string, from: number): number {
  let to = from;
  for (;;) {
    const code = line.charCodeAt(to);
    const isWord = (code >= 45 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
    if (!isWord) return to;
    to++;
  }
}

const free =
  ({ next, mark }: Compiling, found: (from: number, to: number) => void): Step =>
  (line, from) => {
    const most = Math.min(line.length, from + MAX_FREE);
    for (let to = line.indexOf(mark, from); to !== -1 && to <= most; to = line.indexOf(mark, to + 1)) {
      const end = next(line, to);
      if (end === -1) continue;
      found(from, to);
      return end;
    }
    return -1;
  };

/** Of four bytes a character, each. */
const MAX_FREE = 300;
