import { authorizedNames, type KnownNames, type Names, replicationNames } from "./authorized-names.js";
import { detached, nameDecoder } from "./bytes-text.js";
import type { LineOrigin, Severity } from "./line-origin.js";
import type { LogSink } from "./log-scan.js";
import { endsSession, gaveUp, methodOf, methodOfDetail, reasonOfDetail, refusalOf } from "./login-messages.js";
import { createOpenConnections, type OpenConnections, type Opening, type Session } from "./open-connections.js";

export interface LoginTracker {
  readonly line: (origin: LineOrigin, severity: Severity, message: string) => void;
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
    line: (origin, severity, message) => {
      if (severity === "note") return;
      if (severity === "detail") detail(open.get(origin.session()), message);
      else if (severity === "fatal") refused(tracking, origin, message);
      else if (severity === "log" && origin.isPlain() && ofConnection(tracking, origin, message)) saw = true;
      else wentOn(open, origin.session());
    },
    end: open.closeAll,
    sawConnections: () => saw,
  };
}

const RECEIVED = "connection received: host=";
const AUTHENTICATED = "connection authenticated: ";
const AUTHORIZED = "connection authorized: user=";
const REPLICATION = "replication connection authorized: user=";

/** false: the line tells of something else. */
function ofConnection(tracking: Tracking, origin: LineOrigin, message: string): boolean {
  const { open, known } = tracking;
  if (message.startsWith(RECEIVED)) received(open, origin, message);
  else if (message.startsWith(AUTHORIZED)) authorized(tracking, origin, authorizedNames(message, AUTHORIZED.length, origin, known));
  else if (message.startsWith(AUTHENTICATED)) open.waiting(origin.session(), origin.at()).method = methodOf(message);
  else if (message.startsWith(REPLICATION)) authorized(tracking, origin, replicationNames(message, REPLICATION.length, origin));
  else return false;
  return true;
}

function received(open: OpenConnections, origin: LineOrigin, message: string): void {
  const one = open.begin(origin.session(), origin.at());
  const port = message.indexOf(" port=");
  // A socket has none.
  if (port === -1) return;
  one.address = addressText(detached(message.slice(RECEIVED.length, port)), detached(message.slice(port + " port=".length)));
}

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
  if (refusal === null && one === undefined) return;
  const failed = one === undefined || one.state === "refused" ? open.begin(session, at) : one;
  failed.at = at;
  failed.state = "refused";
  failed.reason = refusal?.reason ?? "other";
  const user = refusal?.user ?? names?.user ?? null;
  const database = refusal?.database ?? (names?.user === user ? (names?.database ?? null) : null);
  if (user !== null) failed.user ??= nameOf(user);
  if (database !== null) failed.database ??= nameOf(database);
}

function detail(one: Opening | undefined, message: string): void {
  if (one?.state !== "refused") return;
  one.method ??= methodOfDetail(message);
  one.reason = reasonOfDetail(message) ?? one.reason;
}

/** A process that does anything else let its client in. Before that it may tell of how it asks (PAM does). */
function wentOn(open: OpenConnections, session: Session): void {
  if (open.get(session)?.state !== "received") open.close(session);
}
