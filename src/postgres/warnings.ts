/** A NOTICE or WARNING. Its severity is not here: pg has only the translated word. */
export interface ServerNotice {
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  /** Of the server's source. */
  readonly file: string | undefined;
  /** The functions that it comes out of. */
  readonly where: string | undefined;
}

/** Where GRANT, REVOKE and ALTER DEFAULT PRIVILEGES warn, and where memberships do. */
const SOURCES: readonly string[] = ["aclchk.c", "user.c"];
/** GRANT ON TABLE of a sequence: the privileges that it cannot have are left out (aclchk.c). */
const INVALID_GRANT_OPERATION = "0LP01";

/**
 * That less was done than was asked: 01006, 01007, and 01000 for a membership that stays. An event trigger's RAISE WARNING is 01000
 * or what it likes, but comes out of a function, or of an extension's source.
 */
export const isOurWarning = ({ code, file, where }: ServerNotice): boolean =>
  (code.startsWith("01") || code === INVALID_GRANT_OPERATION) && !where && (!file || SOURCES.includes(file));
