import { DAY_MS } from "../model/day.js";
import type { Interval, RefusedPrincipal } from "../model/evidence.js";
import { bytesText, decoded } from "./bytes-text.js";
import { parseIamAuthError } from "./iam-auth-errors.js";
import type { LogScan } from "./log-scan.js";
import { splitLines } from "./split-lines.js";

export interface RefusalScan extends LogScan {
  readonly result: () => readonly RefusedPrincipal[];
}

export interface RefusalScanOptions {
  readonly cluster: string;
  readonly per: "day" | "run";
  readonly window: Interval;
}

/** Counts the lines of iam-db-auth-error that name who was refused. Of a token that is expired or broken they name nobody. */
export function openRefusalScan({ cluster, per, window }: RefusalScanOptions): RefusalScan {
  const counts = new Map<string, RefusedPrincipal>();
  const take = (line: string): void => {
    const one = parseIamAuthError(line, Number.NaN);
    // A line without a time is in no comparison.
    if (one === null || !(one.at >= window.from && one.at < window.to)) return;
    const { at, ...what } = one;
    const key = [per === "day" ? Math.floor(at / DAY_MS) : 0, what.principal, what.user, what.reason].join("\0");
    const known = counts.get(key) ?? { cluster, ...what, count: 0, first: at, last: at };
    counts.set(key, { ...known, count: known.count + 1, first: Math.min(known.first, at), last: Math.max(known.last, at) });
  };
  const lines = splitLines((line) => take(decoded(line)));
  return {
    push: (bytes) => lines.push(bytesText(bytes)),
    end: () => lines.end(),
    problems: () => [],
    result: () => [...counts.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
  };
}

const keyOf = ({ principal, user, reason, first }: RefusedPrincipal): string => [principal, user, reason, String(first)].join("\0");
