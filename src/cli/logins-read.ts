import type { Declared } from "../model/declared.js";
import type { Evidence } from "../model/evidence.js";
import type { Problem } from "../model/problem.js";

export interface LoginsOptions {
  readonly file: string;
  /** `-f` stands on the command line: then the file must be there. */
  readonly fileGiven: boolean;
  readonly format: "text" | "json" | "csv";
  readonly log?: readonly string[];
  readonly logLinePrefix?: string;
  readonly logTimezone?: string;
  readonly cluster?: readonly string[];
  readonly since?: string;
}

/** What a source knows of logins. */
export interface LoginsRead extends Pick<Evidence, "logins" | "refused" | "coverage"> {
  readonly problems: readonly Problem[];
}

/** What every source is asked for. */
export interface LoginsAsked {
  readonly declared: Declared | null;
  /** Earlier ones are left out; null: all. */
  readonly since: number | null;
  readonly options: LoginsOptions;
}
