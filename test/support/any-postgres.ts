import { randomBytes } from "node:crypto";
import pg from "pg";
import type { Major } from "../../src/sandbox/binaries.js";
import { startPostgres, withoutLog } from "../../src/sandbox/local-postgres.js";

/** A PostgreSQL with a superuser `owner` who logs in with a password over TCP. */
export interface AnyPostgres {
  readonly how: string;
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly sql: (text: string, database?: string) => Promise<pg.QueryResult>;
  readonly stop: () => Promise<void>;
}

const PASSWORD = `only-for-this-run-${randomBytes(9).toString("hex")}`;

/** A container where a Docker engine answers and has or gets the image, the npm binaries where not; `how` says which and why. */
export async function startAnyPostgres(major: Major): Promise<AnyPostgres> {
  if (!(await dockerAnswers())) return fromBinaries(major, "no Docker engine answers");
  try {
    return await fromContainer(major);
  } catch (error) {
    return fromBinaries(major, `Docker answers, but ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function dockerAnswers(): Promise<boolean> {
  const { getContainerRuntimeClient } = await import("testcontainers");
  const answer = getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
  return await Promise.race([answer, new Promise<false>((resolve) => setTimeout(resolve, 2000, false))]);
}

async function fromContainer(major: Major): Promise<AnyPostgres> {
  const { PostgreSqlContainer } = await import("@testcontainers/postgresql");
  const container = await new PostgreSqlContainer(`postgres:${major}-alpine`)
    .withUsername("owner")
    .withPassword(PASSWORD)
    .withStartupTimeout(60_000)
    .start();
  const at = { host: container.getHost(), port: container.getPort() };
  return {
    ...at,
    how: `PostgreSQL ${major} in a container`,
    password: PASSWORD,
    sql: sqlAt(at),
    stop: async () => void (await container.stop()),
  };
}

async function fromBinaries(major: Major, why: string): Promise<AnyPostgres> {
  const postgres = await startPostgres({ major, hba: ["host all owner 127.0.0.1/32 scram-sha-256"] });
  await withoutLog(postgres.connect, `CREATE ROLE owner SUPERUSER LOGIN PASSWORD '${PASSWORD}'`);
  const at = { host: "127.0.0.1", port: postgres.port };
  return { ...at, how: `PostgreSQL ${major} from npm binaries: ${why}`, password: PASSWORD, sql: sqlAt(at), stop: postgres.stop };
}

const sqlAt =
  (at: { readonly host: string; readonly port: number }): AnyPostgres["sql"] =>
  async (text, database = "postgres") => {
    const client = new pg.Client({ ...at, database, user: "owner", password: PASSWORD });
    await client.connect();
    try {
      return await client.query(text);
    } finally {
      await client.end();
    }
  };
