import type { EvidenceSource, Interval } from "../model/evidence.js";
import type { LogFormat } from "./log-scan.js";

/** What could not be read, and why, in words. */
export interface LogGap extends Interval {
  readonly why: string;
}

/** Where one log of one server is read, whoever keeps it. */
export interface LogSource {
  /** Its name in the file. */
  readonly cluster: string;
  /** The server of the cluster whose log it is; null: it has no parts. */
  readonly part: string | null;
  readonly source: EvidenceSource;
  /** `detect`: the first lines say it, else it has this log_line_prefix. `refusals`: the export iam-db-auth-error. */
  readonly format: LogFormat | { readonly type: "detect"; readonly otherwise: string | null } | { readonly type: "refusals" };
  /** When the server was not there, so that nobody came in: as good as seen. */
  readonly absent: readonly Interval[];
  /** Gives what may hold something of the window, in order and in pieces cut anywhere; tells what it could not read. */
  readonly read: (window: Interval, push: (bytes: Uint8Array) => void) => Promise<readonly LogGap[]>;
}

/** A server of which nothing can be read: it counts, and is not covered. */
export interface UnreadPart {
  readonly cluster: string;
  readonly part: string | null;
  readonly why: string;
}
