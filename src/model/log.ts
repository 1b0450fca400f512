export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Short words, numbers and names: never a password, a token, a parameter of a statement or a header. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** What happened, for whoever looks for a fault. Fields are made only where the level is shown. */
export interface Log {
  readonly write: (level: LogLevel, event: string, fields: () => LogFields) => void;
  /** The same log, in which none of these values shows, whatever holds it. */
  readonly hiding: (secrets: readonly string[]) => Log;
}

export const NO_LOG: Log = { write: () => undefined, hiding: () => NO_LOG };

/** Milliseconds since then, to a tenth. */
export const since = (start: number): number => Math.round((performance.now() - start) * 10) / 10;
