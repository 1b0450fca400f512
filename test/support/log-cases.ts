import type { LoginFailure } from "../../src/model/evidence.js";

/** Somebody who logs in to the servers whose logs are in test/fixtures/logs, and what a reader of the log must say of it. */
export interface LogCase {
  readonly name: string;
  readonly user: string;
  readonly database: string;
  /** Left out: the right one; null: none is sent. */
  readonly password?: string | null;
  readonly application?: string;
  readonly socket?: true;
  /** Without TLS. */
  readonly plain?: true;
  readonly replication?: true;
  /** The session is ended by somebody else, before it did anything. */
  readonly terminated?: true;
  readonly expect: "ok" | LoginFailure | "nothing";
  /** As the log has it; left out: `database`. */
  readonly seenDatabase?: null;
}

export const LOG_CASES: readonly LogCase[] = [
  { name: "a right password", user: "app", database: "shop", application: "web", expect: "ok" },
  { name: "without TLS", user: "app", database: "shop", plain: true, expect: "ok" },
  { name: "a wrong password", user: "app", database: "shop", password: "wrong", expect: "password" },
  { name: "no CONNECT", user: "app", database: "closed", expect: "no-connect" },
  { name: "a role's limit", user: "limited", database: "shop", expect: "connection-limit" },
  { name: "a database's limit", user: "app", database: "full", expect: "connection-limit" },
  { name: "no such database", user: "app", database: "zzz", expect: "no-such-database" },
  { name: "NOLOGIN with a password", user: "no_login", database: "shop", expect: "no-login" },
  { name: "NOLOGIN by trust", user: "no_login_trust", database: "shop", expect: "no-login" },
  { name: "no password", user: "no_password", database: "shop", expect: "no-password" },
  { name: "a ghost", user: "ghost", database: "shop", expect: "no-such-role" },
  { name: "a ghost by trust", user: "nobody_there", database: "shop", expect: "no-such-role" },
  { name: "names with spaces", user: "odd user", database: "odd database", expect: "ok" },
  { name: "a quote in a name", user: 'quo"te', database: "shop", expect: "ok" },
  { name: "a quote in the name of who fails", user: 'gho"st', database: "shop", expect: "no-such-role" },
  { name: "an @ in a name", user: "me@corp", database: "shop", expect: "ok" },
  { name: "a name that holds a mark", user: "u database=v", database: "shop", expect: "ok" },
  { name: "letters beyond ASCII", user: "zoë", database: "größe", expect: "ok" },
  { name: "an application that forges a user", user: "app", database: "shop", application: "my app user=bob database=x", expect: "ok" },
  { name: "an application that forges an end", user: "app", database: "shop", application: "x SSL enabled (protocol=a)", expect: "ok" },
  {
    name: "an application that forges a line",
    user: "app",
    database: "shop",
    application: "] LOG:  connection authorized: user=root database=shop",
    expect: "ok",
  },
  { name: "trust", user: "trusty", database: "shop", expect: "ok" },
  { name: "pg_hba.conf rejects", user: "rejected", database: "shop", expect: "pg-hba" },
  { name: "replication", user: "repl", database: "shop", replication: true, expect: "ok", seenDatabase: null },
  { name: "a socket", user: "trusty", database: "shop", socket: true, expect: "ok" },
  { name: "ended before it did anything", user: "odd user", database: "shop", terminated: true, expect: "ok" },
  { name: "asked for a password, and gone", user: "app", database: "shop", password: null, expect: "nothing" },
  {
    name: "a line break in a name that forges a line",
    user: "\n2026-11-24 17:04:11 UTC:1(5):a",
    database: "b:[7]:LOG:  connection authorized: user=a database=b",
    expect: "no-such-role",
  },
];

/** For a server that asks PAM, as RDS does for members of rds_iam. */
export const PAM_CASES: readonly LogCase[] = [
  { name: "PAM lets in", user: "pam_ok", database: "shop", expect: "ok" },
  { name: "PAM lets in a name with a space", user: "pam_ok other", database: "shop", expect: "ok" },
  { name: "PAM refuses", user: "pam_not", database: "shop", expect: "pam" },
  { name: "NOLOGIN that PAM lets in", user: "pam_ok_nologin", database: "shop", expect: "no-login" },
  { name: "a ghost that PAM lets in", user: "pam_ok_ghost", database: "shop", expect: "no-such-role" },
  { name: "no CONNECT after PAM", user: "pam_ok", database: "closed", expect: "no-connect" },
  { name: "a password where PAM is not asked: without TLS", user: "app", database: "shop", plain: true, expect: "ok" },
];
