import type { DeclaredCluster, DeclaredLogin } from "../model/declared.js";
import type { Log } from "../model/log.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";
import { connectProblem } from "./connect-problem.js";
import { passwordOf, type Secrets } from "./password.js";
import { type Mode, sessionSettings } from "./session.js";
import { createStatementLog, type StatementLog } from "./statement-log.js";
import { tlsOptions } from "./tls.js";

export interface ConnectorOptions extends Secrets {
  /** Where sockets go instead of the file's address, by cluster. */
  readonly addresses: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  /** Who reads. Only the admin writes. */
  readonly readAs: "admin" | "reader";
  readonly log: Log;
}

/** One connection. `warnings` holds what the server warned since it was last emptied. */
export interface Session {
  readonly versionNum: number;
  readonly query: <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  readonly takeWarnings: () => readonly ServerNotice[];
  readonly end: () => Promise<void>;
}
export interface ServerNotice {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}

export interface Connector {
  /** The user of the connections that read. */
  readonly reader: (cluster: DeclaredCluster) => DeclaredLogin;
  readonly connect: (cluster: DeclaredCluster, rds: RdsSnapshot | null, database: string, mode: Mode) => Promise<Session>;
}

const CONNECT_TIMEOUT_MS = 10_000;

export function createConnector(options: ConnectorOptions): Connector {
  const reader = (cluster: DeclaredCluster): DeclaredLogin => (options.readAs === "reader" && cluster.reader) || cluster.admin;
  return {
    reader,
    connect: async (cluster, rds, database, mode) => {
      const login = mode === "read" ? reader(cluster) : cluster.admin;
      const socket = options.addresses.get(cluster.name) ?? cluster.address ?? (rds ? { host: rds.endpoint, port: rds.port } : null);
      if (socket === null) {
        throw new ProblemsError([
          errorProblem("no-address", `Cluster ${cluster.name} has no address.`, {
            place: cluster.place,
            hint: "Give it an address or rds.",
          }),
        ]);
      }
      const password = await passwordOf(cluster, login, rds, options);
      try {
        return await open({ cluster, login, rds, database, mode, socket, password, env: options.env, log: options.log });
      } catch (error) {
        throw new ProblemsError([connectProblem(error, { cluster, login, database, at: `${socket.host}:${socket.port}` })], {
          cause: error,
        });
      }
    },
  };
}

interface Opening {
  readonly cluster: DeclaredCluster;
  readonly login: DeclaredLogin;
  readonly rds: RdsSnapshot | null;
  readonly database: string;
  readonly mode: Mode;
  readonly socket: { readonly host: string; readonly port: number };
  readonly password: string | undefined;
  readonly env: ConnectorOptions["env"];
  readonly log: Log;
}

async function open({ cluster, login, rds, database, mode, socket, password, env, log }: Opening): Promise<Session> {
  const start = performance.now();
  const [{ default: pg }, tls] = await Promise.all([import("pg"), tlsOptions({ cluster, login, rds, socket, env })]);
  const client = new pg.Client({
    // A name would overwrite the TLS name of the endpoint (pg, lib/connection.js): an address does not.
    host: tls.address,
    port: socket.port,
    user: login.user,
    database,
    ssl: tls.ssl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "pgaccord",
    keepAlive: true,
    ...(password === undefined ? {} : { password }),
  });
  const { statement, connected, lost } = createStatementLog(log, client, { cluster: cluster.name, database });
  const notices: ServerNotice[] = [];
  client.on("notice", (n) => notices.push({ severity: n.severity ?? "", code: n.code ?? "", message: n.message ?? "" }));
  // A broken connection also fails the query that is under way: here it must only not end the process.
  client.on("error", lost);
  try {
    await connected(client.connect(), { user: login.user, mode, at: `${socket.host}:${socket.port}`, tls: tls.ssl !== false }, start);
    const versionNum = await settle(client, mode, statement);
    notices.length = 0;
    // One statement at a time: a connection has no more.
    let last: Promise<unknown> = Promise.resolve();
    return {
      versionNum,
      query: (sql, values) => {
        const run = last.then(() => statement(sql, client.query(sql, values ? [...values] : undefined))).then((result) => result.rows);
        last = run.catch(() => undefined);
        return run;
      },
      takeWarnings: () => notices.splice(0).filter((n) => n.severity === "WARNING"),
      end: () => client.end(),
    };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

interface Queryable {
  readonly query: (sql: string) => Promise<unknown>;
}

/** The first statements on each connection, in one round trip. */
async function settle(client: Queryable, mode: Mode, statement: StatementLog["statement"]): Promise<number> {
  const sql = sessionSettings(mode);
  // A simple query of several statements answers with a list of results.
  const results = (await statement(sql, client.query(sql))) as readonly { readonly rows: readonly { readonly version_num?: string }[] }[];
  return Number(results.at(-1)?.rows[0]?.version_num ?? 0);
}
