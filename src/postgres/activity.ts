import type { DeclaredCluster } from "../model/declared.js";
import type { RdsSnapshot } from "../model/snapshot.js";
import type { Connector } from "./connect.js";

/** Of others' sessions a plain LOGIN sees no more than this. Processes of the server itself have no user or no database. */
const SQL = `SELECT DISTINCT usename::text AS "user", datname::text AS database
FROM pg_catalog.pg_stat_activity
WHERE usename IS NOT NULL AND datname IS NOT NULL AND pid <> pg_catalog.pg_backend_pid()`;

/** Who is connected to the server at this moment. */
export interface Connected {
  readonly user: string;
  readonly database: string;
}

export async function readActivity(connector: Connector, cluster: DeclaredCluster, rds: RdsSnapshot | null): Promise<readonly Connected[]> {
  const session = await connector.connect(cluster, rds, connector.reader(cluster).database, "read");
  try {
    return await session.query<{ user: string; database: string }>(SQL);
  } finally {
    await session.end();
  }
}
