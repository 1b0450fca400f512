import type { DeclaredCluster, DeclaredLogin } from "../model/declared.js";
import type { Log } from "../model/log.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";
import { connectProblem } from "./connect-problem.js";
import { createDeadline } from "./deadline.js";
import { passwordOf, type Secrets } from "./password.js";
import type { Mode } from "./session.js";
import { openSession, type Session } from "./session-open.js";
import { tlsOptions } from "./tls.js";

export interface ConnectorOptions extends Secrets {
  /** Where sockets go instead of the file's address, by cluster. */
  readonly addresses: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  /** Who reads. Only the admin writes. */
  readonly readAs: "admin" | "reader";
  readonly log: Log;
  /** In milliseconds, from the name's look-up to the answer to the first statement. */
  readonly timeout?: number;
}

export type { Session } from "./session-open.js";

export interface Connector {
  /** The user of the connections that read. */
  readonly reader: (cluster: DeclaredCluster) => DeclaredLogin;
  readonly connect: (cluster: DeclaredCluster, rds: RdsSnapshot | null, database: string, mode: Mode) => Promise<Session>;
  /** One more connection as somebody who reads or writes otherwise, opened and closed. */
  readonly proveLogin: (cluster: DeclaredCluster, rds: RdsSnapshot | null, login: DeclaredLogin) => Promise<void>;
  /** Clusters between which and us there is no transaction pooler, as far as was seen. */
  readonly direct: Set<string>;
}

const TIMEOUT_MS = 10_000;

export function createConnector(options: ConnectorOptions): Connector {
  const reader = (cluster: DeclaredCluster): DeclaredLogin => (options.readAs === "reader" && cluster.reader) || cluster.admin;
  return {
    reader,
    connect: (cluster, rds, database, mode) =>
      connectAs({ cluster, rds, database, mode, login: mode === "read" ? reader(cluster) : cluster.admin }, options),
    proveLogin: async (cluster, rds, login) => {
      const session = await connectAs({ cluster, rds, database: login.database, mode: "read", login }, options);
      await session.end();
    },
    direct: new Set(),
  };
}

interface Wanted {
  readonly cluster: DeclaredCluster;
  readonly rds: RdsSnapshot | null;
  readonly database: string;
  readonly mode: Mode;
  readonly login: DeclaredLogin;
}

async function connectAs(wanted: Wanted, options: ConnectorOptions): Promise<Session> {
  const { cluster, rds, database, mode, login } = wanted;
  const { env, addresses, log, timeout = TIMEOUT_MS } = options;
  const socket = addresses.get(cluster.name) ?? cluster.address ?? (rds ? { host: rds.endpoint, port: rds.port } : null);
  if (socket === null) {
    throw new ProblemsError([
      errorProblem("no-address", `Cluster ${cluster.name} has no address.`, { place: cluster.place, hint: "Give it an address or rds." }),
    ]);
  }
  const password = await passwordOf(cluster, login, rds, options);
  const deadline = createDeadline(timeout);
  try {
    const tls = await deadline.until(`the address of ${socket.host}`, tlsOptions({ cluster, login, rds, socket, env }));
    return await openSession({ cluster, login, database, mode, tls, port: socket.port, password, deadline, log });
  } catch (error) {
    const problem = connectProblem(error, { cluster, login, database, at: `${socket.host}:${socket.port}` });
    throw new ProblemsError([{ ...problem, message: withoutSecret(problem.message, password) }], { cause: error });
  }
}

/** A server may say again what it was told. */
const withoutSecret = (text: string, secret: string | undefined): string =>
  secret === undefined || secret === ""
    ? text
    : [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")].reduce((left, one) => left.replaceAll(one, "…"), text);
