import { localOffset, offsetOf } from "./time-zone.js";

/** Reads `2026-11-24 17:04:11.123 UTC` at a place of a text. */
export interface LogClock {
  /** Where it ends; -1: there is none. `at` is NaN when its time zone is not known. */
  readonly read: (text: string, from: number) => number;
  readonly at: () => number;
  /** A zone that the log prints and that may be several; null: none was seen. */
  readonly unclear: () => string | null;
}

/** A log tells of the same minute many times: it is worked out once. */
export function createLogClock(timezone: string | undefined): LogClock {
  const offsetAt = timezone === undefined ? null : localOffset(timezone);
  let minuteText = "\0";
  let zoneText = "\0";
  let base = Number.NaN;
  let at = Number.NaN;
  let unclear: string | null = null;

  const rebase = (minute: string, zone: string): void => {
    minuteText = minute;
    zoneText = zone;
    const local = Date.parse(`${minute.replace(" ", "T")}00Z`);
    const offset = offsetOf(zone) ?? offsetAt?.(local, zone) ?? Number.NaN;
    if (Number.isNaN(offset)) unclear = zone;
    base = local - offset;
  };

  /** Where the zone ends that begins at `from`; `base` is of it and the minute then. */
  const readZone = (text: string, from: number, minute: number): number => {
    const isSameZone = isZoneAt(text, from, zoneText);
    const to = isSameZone ? from + zoneText.length : afterZone(text, from);
    if (!isSameZone || !text.startsWith(minuteText, minute)) rebase(text.slice(minute, minute + MINUTE), text.slice(from, to));
    return to;
  };

  return {
    read: (text, from) => {
      const seconds = text.startsWith(minuteText, from) || isMinute(text, from) ? twoDigits(text, from + MINUTE) : -1;
      if (seconds < 0) return -1;
      let to = from + MINUTE + 2;
      let fraction = 0;
      if (text.charCodeAt(to) === DOT) {
        fraction = milliseconds(text, to + 1);
        to = afterDigits(text, to + 1);
      }
      if (text.charCodeAt(to) !== SPACE || !isZone(text.charCodeAt(to + 1))) return -1;
      to = readZone(text, to + 1, from);
      at = base + seconds * 1000 + fraction;
      return to;
    },
    at: () => at,
    unclear: () => unclear,
  };
}

/** `2026-11-24 17:04:` */
const MINUTE = 17;
const SPACE = 32;
const DOT = 46;
const DASH = 45;
const COLON = 58;

const isMinute = (text: string, from: number): boolean =>
  text.charCodeAt(from + 4) === DASH &&
  text.charCodeAt(from + 10) === SPACE &&
  text.charCodeAt(from + 16) === COLON &&
  isDigit(text.charCodeAt(from)) &&
  isDigit(text.charCodeAt(from + 15));

export const isDigit = (code: number): boolean => code >= 48 && code <= 57;

function twoDigits(text: string, from: number): number {
  const [tens, ones] = [text.charCodeAt(from) - 48, text.charCodeAt(from + 1) - 48];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

const milliseconds = (text: string, from: number): number =>
  (text.charCodeAt(from) - 48) * 100 + (text.charCodeAt(from + 1) - 48) * 10 + (text.charCodeAt(from + 2) - 48) || 0;

export function afterDigits(text: string, from: number): number {
  let to = from;
  while (isDigit(text.charCodeAt(to))) to++;
  return to;
}

const isZoneAt = (text: string, from: number, zone: string): boolean =>
  text.startsWith(zone, from) && !isZone(text.charCodeAt(from + zone.length));

/** `UTC`, `CEST`, `+03`, `-0330`. */
function afterZone(text: string, from: number): number {
  let to = from;
  while (isZone(text.charCodeAt(to))) to++;
  return to;
}

const isZone = (code: number): boolean =>
  (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || isDigit(code) || code === 43 || code === DASH;
