import { type FailureType, RunError } from "../model/failure.js";

interface ServerError extends Error {
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly schema?: string;
  /** The function of the server's source. */
  readonly routine?: string;
}

/** Where two sessions meet in one catalog row: both say XX000, "tuple concurrently updated" or "deleted" (heapam.c). */
const CONCURRENT: readonly string[] = ["simple_heap_update", "simple_heap_delete"];

/** What a failed statement or COMMIT means for its transaction. */
export function runErrorOf(error: unknown, doing: "running" | "committing"): RunError {
  if (!(error instanceof Error)) return new RunError("failed", String(error));
  const { code, detail, hint, message }: ServerError = error;
  const text = detail === undefined ? message : `${message}: ${detail}`;
  return new RunError(typeOf(error, doing), text, { code: code ?? null, hint: hint ?? hintFor(code), cause: error });
}

/** SQLSTATEs: PostgreSQL manual, appendix A. Two sessions in one catalog row give XX000 "tuple concurrently updated". */
function typeOf(error: ServerError, doing: "running" | "committing"): FailureType {
  const { code, schema, routine } = error;
  if (code === "40001" || code === "40P01") return "transient";
  if (code === "XX000" && CONCURRENT.includes(routine ?? "")) return "transient";
  if (code === "23505" && schema === "pg_catalog") return "transient";
  if (code === "55P03") return "locked";
  // Without an SQLSTATE the server did not answer: a COMMIT may have happened.
  return doing === "committing" && !/^[0-9A-Z]{5}$/.test(code ?? "") ? "unknown" : "failed";
}

function hintFor(code: string | undefined): string | null {
  if (code === "55P03") return "Another session holds a lock on an object for longer than 10 seconds. Apply again when it is over.";
  if (code === "25006") return "The database or the role has default_transaction_read_only on, or the server is a standby.";
  return null;
}
