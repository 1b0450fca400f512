import type { LogFormat, LogScanOptions } from "../../src/evidence/log-scan.js";
import { openLogScan } from "../../src/evidence/open-log-scan.js";
import type { LoginAttempt } from "../../src/model/evidence.js";
import type { Problem } from "../../src/model/problem.js";

export interface Scanned {
  readonly attempts: readonly LoginAttempt[];
  readonly lines: readonly number[];
  readonly problems: readonly Problem[];
}

/** Scans a whole log, in pieces of `size` bytes or of these sizes in turn. */
export function scan(
  format: LogFormat,
  log: Uint8Array | string,
  options: LogScanOptions = {},
  size: number | readonly number[] = 0,
): Scanned {
  const attempts: LoginAttempt[] = [];
  const lines: number[] = [];
  const reader = openLogScan(format, { attempt: (one) => attempts.push(one), connectionLine: (at) => lines.push(at) }, options);
  const bytes = Buffer.from(log);
  const sizes = typeof size === "number" ? [size] : size;
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = sizes[i % sizes.length] || bytes.length;
    reader.push(bytes.subarray(at, at + length));
    at += length;
  }
  reader.end();
  return { attempts, lines, problems: reader.problems() };
}
