import type { DeclaredCluster } from "../model/declared.js";
import { RunError } from "../model/failure.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";
import type { Connector, Session } from "./connect.js";
import { proveDirect } from "./pooler.js";

/** The first seven letters of "pgaccord" in ASCII, as a number: the key of the advisory lock. */
const KEY = "31638865368543090";

const TAKE_SQL = `SELECT pg_catalog.pg_try_advisory_lock(${KEY}) AS taken, pg_catalog.pg_is_in_recovery() AS standby`;
/** A key of two integers has objsubid 2. */
const OF_KEY = `l.locktype = 'advisory' AND l.granted AND (l.classid::bigint << 32) | l.objid::bigint = ${KEY} AND l.objsubid = 1`;
const RELEASE_SQL = `SELECT pg_catalog.pg_advisory_unlock(${KEY})`;
const HELD_SQL = `
SELECT count(*)::integer AS held FROM pg_catalog.pg_locks l
WHERE ${OF_KEY} AND l.pid = $1 AND pg_catalog.pg_backend_pid() = $1 AND pg_catalog.current_setting('pgaccord.session', true) = $2`;
/** Advisory locks belong to a database: the same key elsewhere is not this lock. */
const HOLDER_SQL = `
SELECT a.pid, a.usename AS user, a.application_name AS application, a.client_addr::text AS address, a.backend_start::text AS since
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE ${OF_KEY} AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())`;

/** See `Lock` in apply/ports.ts. */
export interface ClusterLock {
  readonly check: () => Promise<void>;
  readonly release: () => Promise<void>;
}

/**
 * A session-level advisory lock on a connection of its own. Advisory locks belong to one database, so it is always the admin's;
 * on a standby the lock would be local, and behind a transaction pooler it would be lost: both are refused.
 */
export async function takeLock(connector: Connector, cluster: DeclaredCluster, rds: RdsSnapshot | null): Promise<ClusterLock> {
  const session = await connector.connect(cluster, rds, cluster.admin.database, "write");
  try {
    const [row] = await session.query<{ taken: boolean; standby: boolean }>(TAKE_SQL);
    if (row?.standby)
      throw refused("standby", cluster, `Cluster ${cluster.name} is a standby: it cannot be written to.`, "Name the writer's address.");
    if (!row?.taken) throw await lockedProblem(session, cluster);
    await proveDirect(session, () => connector.connect(cluster, rds, cluster.admin.database, "write"));
    connector.direct.add(cluster.name);
    await check(session, cluster);
  } catch (error) {
    await session.end();
    throw error;
  }
  return { check: () => check(session, cluster), release: () => release(session) };
}

/** A pooler in session mode keeps the session, with its locks, for a moment after its client has gone: the next apply found it locked. */
async function release(session: Session): Promise<void> {
  await session.query(RELEASE_SQL).catch(() => undefined);
  await session.end().catch(() => undefined);
}

/** Asks the server, in a transaction of its own: behind a transaction pooler another backend answers, which holds nothing. */
async function check(session: Session, cluster: DeclaredCluster): Promise<void> {
  const { pid, mark } = session.seen;
  const rows = await session.query<{ held: number }>(HELD_SQL, [pid, mark]).catch((error: unknown) => {
    throw new RunError("failed", `The lock on cluster ${cluster.name} was lost: its connection broke.`, {
      cause: error,
      hint: "Nothing more was begun.",
    });
  });
  if (rows[0]?.held !== 1) {
    throw new RunError("failed", `The lock on cluster ${cluster.name} was lost.`, {
      hint: "A transaction pooler between pgaccord and the server loses it: connect to the server itself.",
    });
  }
}

async function lockedProblem(session: Session, cluster: DeclaredCluster): Promise<ProblemsError> {
  const [holder] = await session.query<{ pid: number; user: string; application: string; address: string | null; since: string }>(
    HOLDER_SQL,
  );
  const who = holder
    ? `process ${holder.pid} (${holder.user}, ${holder.application}, from ${holder.address ?? "a socket"}, since ${holder.since})`
    : "another session";
  const wait = "Wait until it is over, then run the command again.";
  const end = holder ? ` If nobody is at work there: SELECT pg_terminate_backend(${holder.pid});` : "";
  return refused("locked", cluster, `Another apply is running on cluster ${cluster.name}: ${who} holds its lock.`, `${wait}${end}`);
}

const refused = (code: string, cluster: DeclaredCluster, message: string, hint: string): ProblemsError =>
  new ProblemsError([errorProblem(code, message, { place: cluster.place, hint })]);
