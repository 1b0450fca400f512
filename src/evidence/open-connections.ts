import type { LoginFailure } from "../model/evidence.js";
import type { LogSink } from "./log-scan.js";

/** A connection that is being made: from its first line on until it is known how it ended. */
export interface Opening {
  at: number;
  address: string | null;
  method: string | null;
  user: string | null;
  database: string | null;
  state: "received" | "authorized" | "refused";
  reason: LoginFailure | null;
}

export type Session = number | string;

export interface OpenConnections {
  readonly get: (session: Session) => Opening | undefined;
  /** The one that waits for this session's login, or a new one. */
  readonly waiting: (session: Session, at: number) => Opening;
  readonly begin: (session: Session, at: number) => Opening;
  /** It is as it is: told. */
  readonly close: (session: Session) => void;
  readonly closeOld: (now: number) => void;
  readonly closeAll: () => void;
}

/** As long as a server waits for a login (authentication_timeout): after it a process id may be another's. */
const OPEN_FOR = 60_000;
/** However many come in a minute. */
const MOST_OPEN = 100_000;

export function createOpenConnections(sink: LogSink): OpenConnections {
  const open = new Map<Session, Opening>();
  const close = (session: Session): void => {
    const one = open.get(session);
    if (one === undefined) return;
    open.delete(session);
    tell(sink, one);
  };
  /** The oldest stand in front. */
  const closeOld = (now: number): void => {
    for (const [session, { at }] of open) {
      if (open.size <= MOST_OPEN && Math.abs(now - at) <= OPEN_FOR) return;
      close(session);
    }
  };
  const begin = (session: Session, at: number): Opening => {
    close(session);
    closeOld(at);
    const one: Opening = { at, address: null, method: null, user: null, database: null, state: "received", reason: null };
    open.set(session, one);
    return one;
  };
  return {
    get: (session) => open.get(session),
    waiting: (session, at) => {
      const one = open.get(session);
      return one?.state === "received" && Math.abs(at - one.at) <= OPEN_FOR ? one : begin(session, at);
    },
    begin,
    close,
    closeOld,
    closeAll: () => {
      for (const session of [...open.keys()]) close(session);
    },
  };
}

/** Who was asked for a password and went away (psql does, to ask for one) tried nothing. */
function tell(sink: LogSink, { at, user, database, method, reason, address, state }: Opening): void {
  if (user === null) return;
  sink.attempt({ at, user, database, method, outcome: state === "refused" ? "failed" : "ok", reason, address });
}
