import { authorizedNames, type KnownNames, type Names, replicationNames } from "./authorized-names.js";
import { detached, nameDecoder } from "./bytes-text.js";
import type { LineOrigin, Severity } from "./line-origin.js";
import type { LogSink } from "./log-scan.js";
import { endsSession, gaveUp, methodOf, methodOfDetail, reasonOfDetail, refusalOf } from "./login-messages.js";
import { createOpenConnections, type OpenConnections, type Opening, type Session } from "./open-connections.js";

export interface LoginTracker {
  /** The message stands in `text` from `from` on. */
  readonly line: (origin: LineOrigin, severity: Severity, text: string, from: number) => void;
  readonly end: () => void;
  /** Whether any line told of a connection. */
  readonly sawConnections: () => boolean;
}

interface Tracking {
  readonly open: OpenConnections;
  readonly sink: LogSink;
  readonly known: KnownNames;
  readonly nameOf: (text: string) => string;
}

/**
 * Puts the lines of each process together. `authorized` is no login yet: the database, CONNECT, limits and LOGIN are looked at
 * after it, and a FATAL line of the same process says that it was refused. Whatever else that process does is the proof, of 18 on
 * `connection ready`, which is written at once.
 */
export function createLoginTracker(sink: LogSink, known: KnownNames): LoginTracker {
  const open = createOpenConnections(sink);
  const tracking: Tracking = { open, sink, known, nameOf: nameDecoder() };
  let saw = false;
  return {
    line: (origin, severity, text, from) => {
      if (severity === "note") return;
      if (severity === "detail") detail(open.get(origin.session()), text, from);
      else if (severity === "fatal") refused(tracking, origin, text.slice(from));
      else if (severity === "log" && origin.isPlain() && ofConnection(tracking, origin, text, from)) saw = true;
      else wentOn(open, origin.session());
    },
    end: open.closeAll,
    sawConnections: () => saw,
  };
}

const RECEIVED = "connection received: ";
const AUTHENTICATED = "connection authenticated: ";
const AUTHORIZED = "connection authorized: user=";
const REPLICATION = "replication connection authorized: user=";

/** false: the line tells of something else. */
function ofConnection(tracking: Tracking, origin: LineOrigin, text: string, from: number): boolean {
  const { open, known } = tracking;
  if (text.startsWith(RECEIVED, from)) received(open, origin, text, from + RECEIVED.length);
  else if (text.startsWith(AUTHORIZED, from)) authorized(tracking, origin, authorizedNames(text, from + AUTHORIZED.length, origin, known));
  else if (text.startsWith(AUTHENTICATED, from)) open.waiting(origin.session(), origin.at()).method = methodOf(text);
  else if (text.startsWith(REPLICATION, from)) authorized(tracking, origin, replicationNames(text, from + REPLICATION.length, origin));
  else return false;
  return true;
}

function received(open: OpenConnections, origin: LineOrigin, text: string, from: number): void {
  const one = open.begin(origin.session(), origin.at());
  if (text.startsWith(LOCAL, from)) return;
  const host = text.indexOf(" port=", from);
  if (host === -1) return;
  one.address = addressText(detached(text.slice(from + HOST.length, host)), detached(text.slice(host + " port=".length)));
}

const HOST = "host=";
const LOCAL = "host=[local]";

const addressText = (host: string, port: string): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

function authorized({ open, sink, nameOf }: Tracking, origin: LineOrigin, names: Names | null): void {
  if (names === null) return;
  const at = origin.at();
  const one = open.waiting(origin.session(), at);
  one.at = at;
  one.user = nameOf(names.user);
  one.database = names.database === null ? null : nameOf(names.database);
  one.state = "authorized";
  sink.connectionLine(at);
}

function refused({ open, nameOf }: Tracking, origin: LineOrigin, message: string): void {
  const [session, at] = [origin.session(), origin.at()];
  open.closeOld(at);
  if (endsSession(message)) open.close(session);
  const one = open.get(session);
  if (gaveUp(message)) return;
  const refusal = refusalOf(message);
  const names = origin.names();
  // Of a session that is open already a line that is not known says nothing.
  if (refusal === null && (one === undefined || (names === null && one.user === null))) return;
  const failed = one === undefined || one.state === "refused" ? open.begin(session, at) : one;
  failed.at = at;
  failed.state = "refused";
  failed.reason = refusal?.reason ?? "other";
  const user = refusal?.user ?? names?.user ?? null;
  const database = refusal?.database ?? (names?.user === user ? (names?.database ?? null) : null);
  if (user !== null) failed.user ??= nameOf(user);
  if (database !== null) failed.database ??= nameOf(database);
}

function detail(one: Opening | undefined, text: string, from: number): void {
  if (one?.state !== "refused") return;
  const message = text.slice(from);
  one.method ??= methodOfDetail(message);
  one.reason = reasonOfDetail(message) ?? one.reason;
}

/** A process that does anything else let its client in. Before that it may tell of how it asks (PAM does). */
function wentOn(open: OpenConnections, session: Session): void {
  if (open.get(session)?.state !== "received") open.close(session);
}
