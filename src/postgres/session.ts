/** What a connection is for: `read` cannot write, whatever the database says. */
export type Mode = "read" | "write";

/** What tells one session of the server from another. */
export interface SessionSeen {
  readonly pid: number;
  /** Set when the session was settled, known to it alone. */
  readonly mark: string;
}

/**
 * search_path first: untrusted schemas act on a powerful session through it (CVE-2018-1058). createrole_self_grant (16+)
 * would leave memberships behind, idle_session_timeout (14+) and transaction_timeout (17+) would end the lock: set where they are known.
 * @param mark a UUID
 */
export const sessionSettings = (mode: Mode, mark: string): string => `
SELECT pg_catalog.current_setting('pgaccord.session', true) AS before;
SET search_path = pg_catalog;
SET client_min_messages = warning;
SET statement_timeout = '120s';
SET lock_timeout = '10s';
SET idle_in_transaction_session_timeout = '120s';
SET default_transaction_read_only = ${mode === "read" ? "on" : "off"};
SET ROLE NONE;
SET row_security = on;
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';
SET quote_all_identifiers = off;
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config(name, CASE name WHEN 'createrole_self_grant' THEN '' ELSE '0' END, false)
  FROM pg_catalog.pg_settings WHERE name IN ('createrole_self_grant', 'idle_session_timeout', 'transaction_timeout');
SELECT pg_catalog.set_config('pgaccord.session', '${mark}', false), pg_catalog.pg_backend_pid() AS pid,
       pg_catalog.current_setting('server_version_num') AS version_num`;

/** Settings by which the owner of a database (ALTER DATABASE … SET) can end each session in it before ours are set, by their first version. */
const AT_START = [
  { since: 0, setting: "local_preload_libraries=" },
  { since: 0, setting: "statement_timeout=120s" },
  { since: 14, setting: "idle_session_timeout=0" },
  { since: 17, setting: "transaction_timeout=0" },
] as const;

/**
 * What is asked for when a session begins comes before what its database says; a name that the server does not know would end it.
 * @param major 0: not known
 */
export const startOptions = (major: number): string =>
  AT_START.flatMap(({ since, setting }) => (major >= since ? [`-c ${setting}`] : [])).join(" ");

export type BeginOf = "snapshot" | "transaction";

const BEGIN: Readonly<Record<BeginOf, string>> = {
  snapshot: "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
  /** Said, as a database may have another default: what is asked for right before a statement is to be of that moment. */
  transaction: "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED",
};

const WHO = "SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.current_setting('pgaccord.session', true) AS mark";

export const beginSql = (kind: BeginOf): string => `${BEGIN[kind]}; ${WHO}`;

/** A whole transaction that does nothing but ask who answers, in one round trip. */
export const ASK_SQL = `${BEGIN.snapshot}; ${WHO}; COMMIT`;
