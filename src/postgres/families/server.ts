import type { Session } from "../connect.js";

const SQL = `SELECT pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.pg_get_userbyid(10) AS bootstrap,
       pg_catalog.current_setting('log_connections') AS "logConnections"`;
const IDENTITY_SQL = `SELECT system_identifier::text AS identity FROM pg_catalog.pg_control_system()`;

export interface ServerRow {
  readonly standby: boolean;
  readonly logConnections: string;
  /** The role with OID 10: who ran initdb. */
  readonly bootstrap: string;
}

export async function readServer(session: Session): Promise<ServerRow> {
  const [row] = await session.query<ServerRow>(SQL);
  if (!row) throw new Error("the server did not say what it is");
  return row;
}

/** Tells a server from another, but not a restored copy from its original. */
export async function readSystemIdentifier(session: Session): Promise<string> {
  const [row] = await session.query<{ identity: string }>(IDENTITY_SQL);
  return row?.identity ?? "";
}
