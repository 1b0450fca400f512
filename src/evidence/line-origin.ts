/** What a line says of itself besides its message. Asked of one line, before the next is read. */
export interface LineOrigin {
  readonly at: () => number;
  /** Of one server process: its id, or the session's. */
  readonly session: () => number | string;
  /** Who it is about; null: the log does not say on every line. */
  readonly names: () => { readonly user: string; readonly database: string | null } | null;
  /** Whether these may be who it is about. `database` null: whichever it is. */
  readonly vouches: (user: string, database: string | null) => boolean;
  /** The server itself wrote it before anybody could choose an application_name that stands in front of the message. */
  readonly isPlain: () => boolean;
}

/** What stands where there is no name yet. */
export const UNKNOWN = "[unknown]";

export type Severity = "log" | "fatal" | "detail" | "note" | "other";

/** `note`: a line that belongs to the one before it, or that a server writes about itself at any time. */
export function severityOf(word: string): Severity {
  if (word === "LOG") return "log";
  if (word === "FATAL") return "fatal";
  if (word === "DETAIL") return "detail";
  return NOTES.has(word) || word.startsWith("DEBUG") ? "note" : "other";
}

const NOTES = new Set(["HINT", "CONTEXT", "STATEMENT", "QUERY", "LOCATION", "BACKTRACE"]);
