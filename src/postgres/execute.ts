import type { DeclaredCluster, DeclaredLogin } from "../model/declared.js";
import { RunError } from "../model/failure.js";
import { ProblemsError } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";
import { isLendingGuard } from "../privileges/run-as.js";
import type { Connector, Session } from "./connect.js";
import { runErrorOf } from "./run-error.js";

/** See `Transaction` in apply/ports.ts. */
export interface WriteTransaction {
  readonly run: (sql: string) => Promise<void>;
  readonly commit: () => Promise<void>;
  readonly rollback: () => Promise<void>;
}

/** Transactions on a cluster, one after the other or side by side. */
export interface Writer {
  readonly begin: (cluster: DeclaredCluster, rds: RdsSnapshot | null, database: string) => Promise<WriteTransaction>;
  /** Ends the connections of a cluster that nobody uses. */
  readonly close: (cluster: string) => Promise<void>;
}

/** A connection is used again by the next transaction on its database, unless something went wrong on it: connecting takes longer than most units. */
export function createWriter(connector: Connector): Writer {
  const idle = new Map<string, { readonly cluster: string; readonly session: Session }>();
  return {
    begin: async (cluster, rds, database) => {
      const key = JSON.stringify([cluster.name, database]);
      const known = idle.get(key);
      idle.delete(key);
      const fresh = (): Promise<Session> => connectToWrite(connector, cluster, rds, database);
      // An idle connection may have been ended meanwhile: nothing has begun on it yet.
      const session = known ? await begun(known.session).catch(async () => begun(await fresh())) : await begun(await fresh());
      const keep = (): void => {
        const other = idle.get(key);
        idle.set(key, { cluster: cluster.name, session });
        void other?.session.end().catch(() => undefined);
      };
      return transactionOn(session, keep);
    },
    close: async (cluster) => {
      const ended = [...idle].filter(([, one]) => one.cluster === cluster);
      for (const [key] of ended) idle.delete(key);
      await Promise.all(ended.map(([, { session }]) => session.end().catch(() => undefined)));
    },
  };
}

async function begun(session: Session): Promise<Session> {
  try {
    await session.begin("transaction");
    return session;
  } catch (error) {
    await session.end().catch(() => undefined);
    throw error instanceof ProblemsError ? refusedBy(error) : runErrorOf(error, "running");
  }
}

/** @param keep the connection is as it was, and can be used again */
const transactionOn = (session: Session, keep: () => void): WriteTransaction => ({
  run: (sql) => runStatement(session, sql),
  commit: async () => {
    try {
      await session.query("COMMIT");
      keep();
    } catch (error) {
      await session.end().catch(() => undefined);
      throw runErrorOf(error, "committing");
    }
  },
  rollback: async () => {
    await session.query("ROLLBACK").catch(() => undefined);
    await session.end().catch(() => undefined);
  },
});

const INVALID_TEXT = "22P02";
const givenMeanwhile = (cause: unknown): RunError =>
  new RunError("failed", "The schema's privileges changed since the plan. The transaction was rolled back.", {
    code: "plan-stale",
    hint: "Run it again.",
    cause,
  });

/** A WARNING of GRANT or REVOKE means that less was done than was asked. */
async function runStatement(session: Session, sql: string): Promise<void> {
  session.takeWarnings();
  try {
    await session.query(sql);
  } catch (error) {
    const problem = runErrorOf(error, "running");
    throw problem.code === INVALID_TEXT && isLendingGuard(sql) ? givenMeanwhile(error) : problem;
  }
  const [warning] = session.takeWarnings();
  if (warning) {
    throw new RunError("failed", `The server did less than was asked: ${warning.message}`, {
      code: warning.code,
      hint: "The admin lacks a right for this. The transaction was rolled back.",
    });
  }
}

/** One more connection, opened and closed. */
export const proveLogin = (connector: Connector, cluster: DeclaredCluster, rds: RdsSnapshot | null, login: DeclaredLogin): Promise<void> =>
  connector.proveLogin(cluster, rds, login).catch((error: unknown) => {
    throw refusedBy(error);
  });

const connectToWrite = (connector: Connector, cluster: DeclaredCluster, rds: RdsSnapshot | null, database: string): Promise<Session> =>
  connector.connect(cluster, rds, database, "write").catch((error: unknown) => {
    throw refusedBy(error);
  });

function refusedBy(error: unknown): RunError {
  const problem = error instanceof ProblemsError ? error.problems[0] : undefined;
  return new RunError("failed", problem?.message ?? String(error), {
    code: problem?.code ?? null,
    hint: problem?.hint ?? null,
    cause: error,
  });
}
