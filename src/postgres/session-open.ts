import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { Client } from "pg";
import type { DeclaredCluster, DeclaredLogin } from "../model/declared.js";
import type { Log } from "../model/log.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import { isSqlState, transactionPooler } from "./connect-problem.js";
import type { Deadline } from "./deadline.js";
import { ASK_SQL, type BeginOf, beginSql, type Mode, type SessionSeen, sessionSettings } from "./session.js";
import { connected, openSocket } from "./socket.js";
import { createStatementLog, type StatementLog } from "./statement-log.js";
import type { TlsOptions } from "./tls.js";
import { isOurWarning, type ServerNotice } from "./warnings.js";

/** One connection. */
export interface Session {
  readonly versionNum: number;
  /** The server's process, and what only this session knows of itself: behind a transaction pooler both change. */
  readonly seen: SessionSeen;
  readonly query: <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  /** Begins a transaction, and fails where another session of the server answers than the one that was settled. */
  readonly begin: (kind: BeginOf) => Promise<void>;
  /** A transaction of its own for that question alone. */
  readonly ask: () => Promise<void>;
  /** What GRANT and its like warned of since this was last asked. */
  readonly takeWarnings: () => readonly ServerNotice[];
  readonly end: () => Promise<void>;
}

export interface Opening {
  readonly cluster: DeclaredCluster;
  readonly login: DeclaredLogin;
  readonly database: string;
  readonly mode: Mode;
  readonly tls: TlsOptions;
  readonly port: number;
  readonly password: string | undefined;
  readonly deadline: Deadline;
  readonly log: Log;
  /** What is asked for when the session begins (`startOptions`). Empty: nothing, which poolers take, too. */
  readonly options: string;
  /** Is told the major version, as soon as the server says it. */
  readonly onMajor: (major: number) => void;
}

export async function openSession(opening: Opening): Promise<Session> {
  const { cluster, login, database, mode, tls, port, deadline, log } = opening;
  const open: { client: Client | null; isSettled: boolean; lost?: unknown } = { client: null, isSettled: false };
  const logged = createStatementLog(log, () => open.client, { cluster: cluster.name, database });
  const fields = { user: login.user, mode, at: `${tls.address}:${port}`, tls: tls.ssl !== false };
  const start = performance.now();
  const socket = await logged.failed(openSocket(tls, port, deadline), fields, start);
  try {
    const client = await clientOn(socket, opening);
    open.client = client;
    const version = serverVersion(client, opening.onMajor);
    const notices: ServerNotice[] = [];
    client.on("notice", ({ code, message, file, where }) => notices.push({ code: code ?? "", message: message ?? "", file, where }));
    // A broken connection also fails the query that is under way: here it must only not end the process.
    client.on("error", (error) => {
      if (open.isSettled) logged.lost(error);
      else open.lost ??= error;
    });
    await logged.connected(deadline.until("the end of the login", client.connect()), fields, start);
    refuseOld(cluster, version());
    const { versionNum, ...seen } = await deadline.until("the answer to the first statement", settle(client, cluster, mode, logged));
    refuseOld(cluster, Math.floor(versionNum / 10_000));
    notices.length = 0;
    open.isSettled = true;
    return sessionOn(client, { cluster, versionNum, seen, notices, logged });
  } catch (error) {
    socket.destroy();
    // What the server said when it ended the session tells more than that it is gone.
    throw isSqlState(open.lost) && !isSqlState(error) && !(error instanceof ProblemsError) ? open.lost : error;
  }
}

/** What is sent is said here alone: pg would also take it from PG* variables, ~/.pgpass and the name of the system's user. */
async function clientOn(socket: Socket, { cluster, login, database, password, options }: Opening): Promise<Client> {
  const { default: pg } = await import("pg");
  const { user } = login;
  const client = new pg.Client({
    stream: () => connected(socket),
    ssl: false,
    sslnegotiation: "postgres",
    host: "127.0.0.1",
    port: 1,
    user,
    database,
    password: () => password ?? refuseToAnswer(cluster, login),
  });
  const asked = options === "" ? {} : { options };
  return Object.assign(client, { getStartupConf: () => ({ user, database, application_name: "pgaccord", ...asked }) });
}

function refuseToAnswer(cluster: DeclaredCluster, { user }: DeclaredLogin): never {
  const message = `The server of cluster ${cluster.name} asks for a password of ${user}, and the file gives none (auth: none).`;
  throw new ProblemsError([
    errorProblem("login-refused", message, {
      place: cluster.place,
      hint: "Name its variable with password_env: NAME, or let it in without one.",
    }),
  ]);
}

/** The major version as the server says it while it lets us in: before anything is asked. 0: it does not say. */
function serverVersion(client: Client, onMajor: (major: number) => void): () => number {
  let major = 0;
  client.connection.on("parameterStatus", ({ parameterName, parameterValue }: Record<string, unknown>) => {
    if (parameterName !== "server_version") return;
    major = Number.parseInt(String(parameterValue), 10) || 0;
    onMajor(major);
  });
  return () => major;
}

const OLDEST = 13;

function refuseOld(cluster: DeclaredCluster, major: number): void {
  if (major === 0 || major >= OLDEST) return;
  const message = `The server of cluster ${cluster.name} is PostgreSQL ${major}; pgaccord works with ${OLDEST} and later.`;
  throw new ProblemsError([
    errorProblem("server-too-old", message, { place: cluster.place, hint: "Upgrade the server, or take the cluster out of the file." }),
  ]);
}

interface Settled extends SessionSeen {
  readonly versionNum: number;
}

/** The first statements on each connection, in one round trip. */
async function settle(client: Client, cluster: DeclaredCluster, mode: Mode, logged: StatementLog): Promise<Settled> {
  const mark = randomUUID();
  // A simple query of several statements answers with a list of results.
  const results = await manyResults<{ before?: string | null; version_num?: string; pid?: number }>(
    client,
    sessionSettings(mode, mark),
    logged,
  );
  const [first, last] = [results[0]?.[0], results.at(-1)?.[0]];
  if (first?.before) throw transactionPooler(cluster, "a new connection finds what another one of ours has set");
  return { versionNum: Number(last?.version_num ?? 0), pid: last?.pid ?? 0, mark };
}

async function manyResults<Row>(client: Client, sql: string, { statement }: StatementLog): Promise<Row[][]> {
  const results = (await statement(sql, client.query(sql))) as unknown as readonly { readonly rows: Row[] }[];
  return results.map(({ rows }) => rows);
}

interface Opened {
  readonly cluster: DeclaredCluster;
  readonly versionNum: number;
  readonly seen: SessionSeen;
  readonly notices: ServerNotice[];
  readonly logged: StatementLog;
}

function sessionOn(client: Client, { cluster, versionNum, seen, notices, logged }: Opened): Session {
  // One statement at a time: a connection has no more.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const run = last.then(work);
    last = run.catch(() => undefined);
    return run;
  };
  const answeredBySame = async (sql: string): Promise<void> => {
    const [now] = (await manyResults<SessionSeen>(client, sql, logged)).find((rows) => rows.length > 0) ?? [];
    if (now?.pid !== seen.pid || now.mark !== seen.mark)
      throw transactionPooler(cluster, "one connection is served by several sessions of the server");
  };
  return {
    versionNum,
    seen,
    query: (sql, values) => inTurn(async () => (await logged.statement(sql, client.query(sql, values ? [...values] : undefined))).rows),
    begin: (kind) => inTurn(() => answeredBySame(beginSql(kind))),
    ask: () => inTurn(() => answeredBySame(ASK_SQL)),
    takeWarnings: () => notices.splice(0).filter(isOurWarning),
    end: () => client.end(),
  };
}
