import { type LineOrigin, severityOf, UNKNOWN } from "./line-origin.js";
import { compilePrefix } from "./log-prefix.js";
import type { LogClock } from "./log-time.js";
import type { LoginTracker } from "./login-tracker.js";
import type { PrefixParts } from "./prefix-steps.js";
import type { RecordReader } from "./record-reader.js";
import { splitLines } from "./split-lines.js";

/** Lines with a prefix. What has none (a line that goes on behind a TAB, the noise of RDS's own programs) is passed over. */
export function stderrLines(prefix: string, clock: LogClock, tracker: LoginTracker): RecordReader {
  const { parts, match } = compilePrefix(prefix, clock);
  let read = 0;
  let all = 0;
  let current = "";
  const origin = originOf(parts, () => current);
  const lines = splitLines((text, from, to) => {
    all++;
    const severity = match(text, from);
    if (severity === -1) return;
    const colon = text.startsWith(LOG, severity) ? severity + 3 : text.indexOf(":", severity);
    // A name with a line break in it: what is behind it is another line.
    if (colon >= to) return;
    read++;
    if (Number.isNaN(parts.at)) return;
    current = text;
    const message = text.slice(afterState(text, colon + 3), to);
    tracker.line(origin, severityOf(text.slice(severity, colon)), message);
  });
  return { ...lines, read: () => read, all: () => all };
}

const LOG = "LOG:  ";

/** `28P01: ` stands in front of the message with log_error_verbosity = verbose. */
function afterState(line: string, from: number): number {
  if (line.charCodeAt(from + 5) !== 58 || line.charCodeAt(from + 6) !== 32) return from;
  return /^[\dA-Z]{5}$/.test(line.slice(from, from + 5)) ? from + 7 : from;
}

function originOf(parts: PrefixParts, line: () => string): LineOrigin {
  const part = (from: number, to: number): string => line().slice(from, to);
  const user = (): string => part(parts.userFrom, parts.userTo);
  const database = (): string => part(parts.databaseFrom, parts.databaseTo);
  return {
    at: () => parts.at,
    session: () => parts.session,
    names: () => {
      const name = parts.userFrom === -1 ? "" : user();
      if (name === "" || name === UNKNOWN) return null;
      const of = parts.databaseFrom === -1 ? "" : database();
      return { user: name, database: of === "" || of === UNKNOWN ? null : of };
    },
    vouches: (name, of) => {
      const hasUser = parts.userFrom !== -1;
      if (parts.databaseFrom === -1) return !hasUser || user() === name;
      if (!hasUser) return of === null || database() === of;
      return vouchesBoth(parts, line(), name, of);
    },
    isPlain: () => {
      if (parts.applicationFrom === -1) return true;
      const application = part(parts.applicationFrom, parts.applicationTo);
      return application === "" || application === UNKNOWN;
    },
  };
}

/** Where a name holds what separates the two, both together still say the same. */
function vouchesBoth(parts: PrefixParts, line: string, user: string, database: string | null): boolean {
  const userFirst = parts.userFrom < parts.databaseFrom;
  const between = userFirst ? line.slice(parts.userTo, parts.databaseFrom) : line.slice(parts.databaseTo, parts.userFrom);
  const whole = userFirst ? line.slice(parts.userFrom, parts.databaseTo) : line.slice(parts.databaseFrom, parts.userTo);
  if (database === null) return userFirst ? whole.startsWith(user + between) : whole.endsWith(between + user);
  return whole === (userFirst ? user + between + database : database + between + user);
}
