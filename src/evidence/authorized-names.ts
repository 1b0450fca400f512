import type { LineOrigin } from "./line-origin.js";

export interface Names {
  readonly user: string;
  /** null: a replication connection of the whole server has none. */
  readonly database: string | null;
}

/**
 * Who was let in where, of `user=U database=D application_name=A SSL enabled (…)` from `from` on. Nothing is quoted, and whoever
 * logs in chooses A, so the first `user=` and the first ` database=` count. Names may hold spaces and even ` database=`: where the
 * prefix has names and the message says the same, these are they; else the longest known ones that fit, else what stands between
 * the marks. null: the prefix has others, so the line is none of the server's: a user name with a line break in it can forge one.
 */
export function authorizedNames(message: string, from: number, origin: LineOrigin, known: KnownNames): Names | null {
  const prefix = origin.names();
  if (prefix?.database != null && says(message, from, prefix.user, prefix.database)) return prefix;
  const user = known.userAt(message, from) ?? until(message, from, DATABASE);
  const at = from + user.length;
  if (!message.startsWith(DATABASE, at)) return null;
  const database = known.databaseAt(message, at + DATABASE.length) ?? beforeOptions(message, at + DATABASE.length);
  return origin.vouches(user, database) ? { user, database } : null;
}

/** Of `replication connection authorized: user=U…`: it may be for a database, which only the prefix says. */
export function replicationNames(message: string, from: number, origin: LineOrigin): Names | null {
  const prefix = origin.names();
  const user = beforeOptions(message, from);
  if (prefix === null || prefix.user === user) return { user, database: prefix?.database ?? null };
  return origin.vouches(user, null) ? { user, database: null } : null;
}

const DATABASE = " database=";
const APPLICATION = " application_name=";
function says(message: string, from: number, user: string, database: string): boolean {
  const at = from + user.length;
  const end = at + DATABASE.length + database.length;
  return (
    user !== "" &&
    message.startsWith(user, from) &&
    message.startsWith(DATABASE, at) &&
    message.startsWith(database, at + DATABASE.length) &&
    optionsAt(message, end)
  );
}

const optionsAt = (message: string, at: number): boolean =>
  at === message.length || message.startsWith(APPLICATION, at) || encryptionAt(message) === at;

/** Where ` SSL enabled (…)`, ` GSS (…)` or both begin that end the message; its end where none do. */
function encryptionAt(message: string): number {
  if (!message.endsWith(")")) return message.length;
  const gss = enclosed(message, " GSS (", message.length);
  return enclosed(message, " SSL enabled (", gss);
}

/** Where the last `mark` begins, if the first parenthesis behind it closes at `end`; else `end`. */
function enclosed(message: string, mark: string, end: number): number {
  const at = message.lastIndexOf(mark, end - 1);
  return at !== -1 && message.indexOf(")", at) === end - 1 ? at : end;
}

function until(message: string, from: number, mark: string): string {
  const to = message.indexOf(mark, from);
  return to === -1 ? message.slice(from) : message.slice(from, to);
}

function beforeOptions(message: string, from: number): string {
  const application = message.indexOf(APPLICATION, from);
  return message.slice(from, application === -1 ? Math.max(from, encryptionAt(message)) : application);
}

export interface KnownNames {
  /** The longest known name that begins there and ends where a name may; null: none does. */
  readonly userAt: (message: string, from: number) => string | null;
  readonly databaseAt: (message: string, from: number) => string | null;
}

/** Names as they stand in the log, byte by byte. */
export function knownNames(users: readonly string[], databases: readonly string[]): KnownNames {
  const [longUsers, longDatabases] = [longestFirst(users), longestFirst(databases)];
  return {
    userAt: (message, from) =>
      longUsers.find((name) => message.startsWith(name, from) && message.startsWith(DATABASE, from + name.length)) ?? null,
    databaseAt: (message, from) =>
      longDatabases.find((name) => message.startsWith(name, from) && optionsAt(message, from + name.length)) ?? null,
  };
}

const longestFirst = (names: readonly string[]): string[] =>
  names.map((name) => Buffer.from(name, "utf8").toString("latin1")).sort((a, b) => b.length - a.length);
