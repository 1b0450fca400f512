import type { DeclaredCluster, DeclaredLogin } from "../model/declared.js";
import type { Log } from "../model/log.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";
import { connectProblem, mayBeOfSettings } from "./connect-problem.js";
import { createDeadline } from "./deadline.js";
import { passwordOf, type Secrets } from "./password.js";
import { type Mode, startOptions } from "./session.js";
import { type Opening, openSession, type Session } from "./session-open.js";
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
  const majors = new Map<string, number>();
  const reader = (cluster: DeclaredCluster): DeclaredLogin => (options.readAs === "reader" && cluster.reader) || cluster.admin;
  return {
    reader,
    connect: (cluster, rds, database, mode) =>
      connectAs({ cluster, rds, database, mode, login: mode === "read" ? reader(cluster) : cluster.admin }, options, majors),
    proveLogin: async (cluster, rds, login) => {
      const session = await connectAs({ cluster, rds, database: login.database, mode: "read", login }, options, majors);
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

/** @param majors versions of clusters, as far as they were told */
async function connectAs(wanted: Wanted, options: ConnectorOptions, majors: Map<string, number>): Promise<Session> {
  const { cluster, rds, database, login } = wanted;
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
    const onMajor = (major: number): void => void majors.set(cluster.name, major);
    return await openDespite(majors, { ...wanted, tls, port: socket.port, password, deadline, log, options: "", onMajor });
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

/** Once more, with settings of our own from the start, where those of the database may have kept us out. */
async function openDespite(majors: ReadonlyMap<string, number>, opening: Opening): Promise<Session> {
  const { cluster, database, login } = opening;
  try {
    return await openSession(opening);
  } catch (error) {
    if (!mayBeOfSettings(error)) throw error;
    // Which settings there are hangs on the version; a server may end the session before it says its own.
    if (!majors.has(cluster.name) && database !== login.database) await askVersion({ ...opening, database: login.database });
    return await openSession({ ...opening, options: startOptions(majors.get(cluster.name) ?? 0) }).catch((again: unknown) => {
      throw mayBeOfSettings(again) ? again : error;
    });
  }
}

const askVersion = (opening: Opening): Promise<void> =>
  openSession(opening).then(
    (session) => session.end(),
    () => undefined,
  );
