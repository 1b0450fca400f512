import { knownNames } from "./authorized-names.js";
import type { LogFormat } from "./log-scan.js";
import { createLogClock } from "./log-time.js";
import { createLoginTracker } from "./login-tracker.js";
import { stderrLines } from "./stderr-lines.js";

/** Of RDS, of PostgreSQL itself, of Debian, and others that manuals and tools for logs propose; the first that fits most lines. */
export const COMMON_PREFIXES = [
  "%t:%r:%u@%d:[%p]:",
  "%m [%p] ",
  "%m [%p] %q%u@%d ",
  "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
  "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
  "%t [%p]: [%l-1] user=%u,db=%d ",
  "%t [%p]: [%l-1] %q%u@%d ",
  "%t [%p-%l] %q%u@%d ",
  "%m:%r:%u@%d:[%p]:",
  "%t [%p] ",
] as const;

/** How the first lines of a log are written; null: in no way that is known. */
export function detectLogFormat(head: string): LogFormat | null {
  const lines = head.split("\n");
  if (lines.some((line) => CSV.test(line))) return { type: "csv" };
  if (lines.some((line) => JSON_LINE.test(line))) return { type: "json" };
  const counted = COMMON_PREFIXES.map((prefix) => ({ prefix, fits: fitting(prefix, head) }));
  const most = counted.reduce((best, one) => (one.fits > best.fits ? one : best));
  return most.fits === 0 ? null : { type: "stderr", prefix: most.prefix };
}

const CSV = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [\w+-]+,(?:"|,)/;
const JSON_LINE = /^\{"timestamp":"\d{4}-/;

function fitting(prefix: string, head: string): number {
  const tracker = createLoginTracker({ attempt: () => undefined, connectionLine: () => undefined }, knownNames([], []));
  const reader = stderrLines(prefix, createLogClock(undefined), tracker);
  reader.push(head);
  reader.end();
  return reader.read();
}
