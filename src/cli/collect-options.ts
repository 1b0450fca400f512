import type { DayRecord } from "../evidence/observation.js";
import type { Problem } from "../model/problem.js";

export interface CollectOptions {
  readonly file: string;
  /** `-f` stands on the command line: then the file must be there. */
  readonly fileGiven: boolean;
  readonly format: "text" | "json";
  readonly to: string;
  readonly since?: string;
  readonly cluster?: readonly string[];
  readonly log?: readonly string[];
  readonly logCluster?: string;
  readonly logPart?: string;
  readonly logLinePrefix?: string;
  readonly logTimezone?: string;
}

/** What a run read, whichever way. */
export interface Collected {
  readonly records: readonly DayRecord[];
  readonly problems: readonly Problem[];
  /** Servers of which nothing could be read. */
  readonly failed: number;
}
