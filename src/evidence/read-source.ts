import type { Interval, LoginCount, RefusedPrincipal } from "../model/evidence.js";
import type { Problem } from "../model/problem.js";
import { createLoginCounter } from "./count-logins.js";
import { common, missing, union } from "./intervals.js";
import type { LogScanOptions, LogSink } from "./log-scan.js";
import type { LogGap, LogSource } from "./log-source.js";
import { openRefusalScan } from "./refusal-scan.js";
import { openSourceScan } from "./source-scan.js";

/** What one source told of a window. */
export interface SourceRead {
  readonly logins: readonly LoginCount[];
  readonly refused: readonly RefusedPrincipal[];
  readonly seen: readonly Interval[];
  /** Of the window, what is not seen, but for its end: there nothing may have been written yet. */
  readonly gaps: readonly LogGap[];
  readonly problems: readonly Problem[];
}

export interface ReadingOptions extends LogScanOptions {
  readonly window: Interval;
  readonly per: "day" | "run";
  /** Turns a failure of the source into problems. */
  readonly problemsOf: (error: unknown) => readonly Problem[];
}

/** Reads a source from end to end in constant memory. One that fails on the way keeps what it told until then. */
export async function readSource(source: LogSource, options: ReadingOptions): Promise<SourceRead> {
  const { window } = options;
  const counter = createLoginCounter({ ...source, per: options.per });
  const refusals = openRefusalScan({ cluster: source.cluster, per: options.per, window });
  const scan = source.format.type === "refusals" ? refusals : openSourceScan(source.format, within(window, counter), options);
  let gaps: readonly LogGap[] = [];
  let failures: readonly Problem[] = [];
  try {
    gaps = await source.read(window, scan.push);
  } catch (error) {
    failures = options.problemsOf(error);
  }
  scan.end();
  const { logins, coverage } = counter.result();
  const lost = gaps.length === 0 ? [window] : missing(window, gaps);
  const seen = common(union([...common(coverage.seen, lost), ...source.absent]), [window]);
  return {
    logins,
    refused: refusals.result(),
    seen,
    gaps: source.format.type === "refusals" ? [] : gapsOf(window, seen, [...gaps, ...coverage.gaps], failures),
    problems: [...failures, ...scan.problems()],
  };
}

/** Of what lies before the window or behind it only the lines about connections count: they say that logging was on. */
const within = ({ from, to }: Interval, sink: LogSink): LogSink => ({
  connectionLine: sink.connectionLine,
  attempt: (attempt) => {
    if (attempt.at >= from && attempt.at < to) sink.attempt(attempt);
  },
});

const SILENT_BEFORE = "its log does not go back so far";
const SILENT_ALL = "its log has no line about a connection: log_connections was off, or nobody came";

function gapsOf(window: Interval, seen: readonly Interval[], known: readonly LogGap[], failures: readonly Problem[]): LogGap[] {
  const end = Math.max(window.from, ...seen.map(({ to }) => to));
  const why = failures[0]?.message ?? (seen.length === 0 ? SILENT_ALL : SILENT_BEFORE);
  const until = failures.length > 0 || seen.length === 0 ? window.to : end;
  return missing({ from: window.from, to: until }, seen).flatMap((gap) => {
    const named = known.flatMap((one) => common([gap], [one]).map((part) => ({ ...part, why: one.why })));
    return [...named, ...missing(gap, named).map((rest) => ({ ...rest, why }))];
  });
}
