import type { LoginAttempt } from "../model/evidence.js";
import type { Problem } from "../model/problem.js";

/** How the lines of a log are written. `prefix`: the server's log_line_prefix. */
export type LogFormat = { readonly type: "stderr"; readonly prefix: string } | { readonly type: "csv" } | { readonly type: "json" };

/** What is told of a log, in order. */
export interface LogSink {
  /** One try to log in, once it is known how it ended. */
  readonly attempt: (attempt: LoginAttempt) => void;
  /** A line that is written only while connections are logged: at that moment nothing would have been missed. */
  readonly connectionLine: (at: number) => void;
}

/** Takes a log in pieces of any size, cut anywhere; keeps no more of it than the connections that are being made. */
export interface LogScan {
  readonly push: (bytes: Uint8Array) => void;
  /** Whatever is still open is told. */
  readonly end: () => void;
  /** Why nothing, or not all, of what was pushed so far could be read; an error where nothing could. */
  readonly problems: () => readonly Problem[];
}

export interface LogScanOptions {
  /** Of a log that prints a time zone which several Regions of the world share: an IANA name, or +01:00. */
  readonly timezone?: string | undefined;
  /** Names that are known: the surest way to tell where one with spaces ends. */
  readonly users?: readonly string[];
  readonly databases?: readonly string[];
}
