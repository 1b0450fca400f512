import type { LoginFailure } from "../model/evidence.js";

/** The methods of pg_hba.conf. */
const METHODS = new Map(
  "trust reject md5 password scram-sha-256 gss sspi ident peer pam bsd ldap radius cert oauth".split(" ").map((name) => [name, name]),
);

/** `connection authenticated: identity="…" method=pam (/path/pg_hba.conf:15)`: an identity may hold anything, a method is the last. */
export function methodOf(message: string): string | null {
  const at = message.lastIndexOf('" method=');
  if (at === -1) return null;
  const from = at + '" method='.length;
  const to = message.indexOf(" ", from);
  return known(to === -1 ? message.slice(from) : message.slice(from, to));
}

/** The method of the line that DETAIL quotes: `Connection matched pg_hba.conf line 4: "host all all 10.0.0.0/8 md5"`. */
export function methodOfDetail(detail: string): string | null {
  const [, line = ""] = /^Connection matched (?:pg_hba\.conf|file ".*") line \d+: "(.*)"$/s.exec(detail) ?? [];
  return known(
    line
      .split(/\s+/)
      .slice(3)
      .find((word) => METHODS.has(word)) ?? "",
  );
}

/** A constant of ours: a piece of the log would be kept. */
const known = (word: string): string | null => METHODS.get(word) ?? null;

export interface Refusal {
  readonly reason: LoginFailure;
  /** null: the message does not say. */
  readonly user: string | null;
  readonly database: string | null;
}

type Shape = readonly [pattern: RegExp, reason: LoginFailure];

/** Names stand in quotes as they are, quotes in them too: the last quote of the text is the end. */
const SHAPES: readonly Shape[] = [
  [/^password authentication failed for user "(?<user>.*)"$/s, "password"],
  [/^PAM authentication failed for user "(?<user>.*)"$/s, "pam"],
  [/^[\w "-]+ authentication failed for user "(?<user>.*)"$/s, "other"],
  [
    /^no pg_hba\.conf entry for (?:replication connection from )?host ".*?", user "(?<user>.*?)"(?:, database "(?<database>.*)")?(?:, (?:SSL|GSS|no) .*)?$/s,
    "pg-hba",
  ],
  [
    /^\w+\.conf rejects (?:replication )?connection for host ".*?", user "(?<user>.*?)"(?:, database "(?<database>.*)")?(?:, (?:SSL|GSS|no) .*)?$/s,
    "pg-hba",
  ],
  [/^role "(?<user>.*)" does not exist$/s, "no-such-role"],
  [/^role "(?<user>.*)" is not permitted to log in$/s, "no-login"],
  [/^permission denied for database "(?<database>.*)"$/s, "no-connect"],
  [/^database "(?<database>.*)" does not exist$/s, "no-such-database"],
  [/^too many connections for role "(?<user>.*)"$/s, "connection-limit"],
  [/^too many connections for database "(?<database>.*)"$/s, "connection-limit"],
  [
    /^(?:sorry, too many clients already|remaining connection slots are reserved|number of requested standby connections exceeds)/,
    "connection-limit",
  ],
];

/** Why a FATAL line refused a login; null: it is no such line that is known. */
export function refusalOf(message: string): Refusal | null {
  for (const [pattern, reason] of SHAPES) {
    const found = pattern.exec(message);
    if (found) return { reason, user: found.groups?.["user"] ?? null, database: found.groups?.["database"] ?? null };
  }
  return null;
}

/** A session that was open ended so: no refusal. */
export const endsSession = (message: string): boolean =>
  /^(?:terminating connection|connection to client lost|terminating background|could not (?:send|receive) data)/.test(message);

/** Who was asked for a password and went away: X, for "terminate", came instead. */
export const gaveUp = (message: string): boolean => /^expected \w+ response, got message type 88$/.test(message);

/** What looks like a wrong password may be something else. */
export function reasonOfDetail(detail: string): LoginFailure | null {
  if (/^Role ".*" does not exist\./s.test(detail)) return "no-such-role";
  if (/^User ".*" has no password assigned\./s.test(detail)) return "no-password";
  return null;
}
