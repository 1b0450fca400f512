/**
 * What a failed step means for what comes next.
 * - `transient`: the whole unit may be tried again (serialisation, "tuple concurrently updated", throttling)
 * - `locked`: an object is locked by somebody else; only its unit is skipped
 * - `unknown`: the connection broke while the server was committing or answering; it may or may not have happened
 * - `failed`: everything else
 */
export type FailureType = "transient" | "locked" | "unknown" | "failed";

/** A step, a commit or a call that did not succeed. The message never holds a secret. */
export class RunError extends Error {
  override readonly name = "RunError";
  readonly type: FailureType;
  /** SQLSTATE or the AWS error code. */
  readonly code: string | null;
  readonly hint: string | null;
  constructor(type: FailureType, message: string, options: { code?: string | null; hint?: string | null; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.type = type;
    this.code = options.code ?? null;
    this.hint = options.hint ?? null;
  }
}
