import type { DeclaredCluster } from "../model/declared.js";
import { RunError } from "../model/failure.js";
import { ProblemsError } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";
import type { Connector, Session } from "./connect.js";
import { runErrorOf } from "./run-error.js";

/** See `Transaction` in apply/ports.ts. */
export interface WriteTransaction {
  readonly run: (sql: string) => Promise<void>;
  readonly commit: () => Promise<void>;
  readonly rollback: () => Promise<void>;
}

export async function beginTransaction(
  connector: Connector,
  cluster: DeclaredCluster,
  rds: RdsSnapshot | null,
  database: string,
): Promise<WriteTransaction> {
  const session = await connectToWrite(connector, cluster, rds, database);
  try {
    await session.query("BEGIN");
  } catch (error) {
    await session.end();
    throw runErrorOf(error, "running");
  }
  return {
    run: (sql) => runStatement(session, sql),
    commit: async () => {
      try {
        await session.query("COMMIT");
      } catch (error) {
        throw runErrorOf(error, "committing");
      } finally {
        await session.end().catch(() => undefined);
      }
    },
    rollback: async () => {
      await session.query("ROLLBACK").catch(() => undefined);
      await session.end().catch(() => undefined);
    },
  };
}

/** A WARNING of GRANT or REVOKE means that less was done than was asked: 01006, 01007, and 01000 for a membership that stays. */
async function runStatement(session: Session, sql: string): Promise<void> {
  session.takeWarnings();
  try {
    await session.query(sql);
  } catch (error) {
    throw runErrorOf(error, "running");
  }
  const [warning] = session.takeWarnings();
  if (warning) {
    throw new RunError("failed", `The server did less than was asked: ${warning.message}`, {
      code: warning.code,
      hint: "The admin lacks a right for this. The transaction was rolled back.",
    });
  }
}

/** One more connection as the admin, opened and closed. */
export async function proveLogin(connector: Connector, cluster: DeclaredCluster, rds: RdsSnapshot | null): Promise<void> {
  const session = await connectToWrite(connector, cluster, rds, cluster.admin.database);
  await session.end();
}

async function connectToWrite(connector: Connector, cluster: DeclaredCluster, rds: RdsSnapshot | null, database: string): Promise<Session> {
  try {
    return await connector.connect(cluster, rds, database, "write");
  } catch (error) {
    const problem = error instanceof ProblemsError ? error.problems[0] : undefined;
    throw new RunError("failed", problem?.message ?? String(error), {
      code: problem?.code ?? null,
      hint: problem?.hint ?? null,
      cause: error,
    });
  }
}
