import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { type Major, postgresFolder, reachable, serverUser } from "./binaries.js";
import { type Certificates, makeCertificates } from "./certificates.js";
import { RDS_ROLES } from "./rds-roles.js";
import { freePort, startTied, waitUntil } from "./tied-process.js";
import { leaveNote, watchedFolder } from "./watched.js";

export interface PostgresOptions {
  readonly major?: Major;
  /** A stand-in for RDS: rdsadmin is the superuser, access_admin and postgres are not. */
  readonly rds?: boolean;
  /** Names in the server's certificate, besides localhost. */
  readonly tlsNames?: readonly string[];
  /** Lines of pg_hba.conf in front of all others. */
  readonly hba?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
}

export interface LocalPostgres {
  readonly major: Major;
  readonly host: string;
  readonly port: number;
  readonly socketDir: string;
  /** Logs in over the socket without a password. */
  readonly superuser: string;
  readonly certificates: Certificates;
  /** Of access_admin and postgres where it stands in for RDS: of this one run. */
  readonly adminPassword: string;
  /** A connection as the superuser, or as whomever the socket lets in. */
  readonly connect: (options?: { readonly database?: string; readonly user?: string }) => Promise<pg.Client>;
  /** One statement as the superuser. */
  readonly sql: (text: string, database?: string) => Promise<pg.QueryResult>;
  /** What the server logged so far. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

const run = promisify(execFile);

/** A PostgreSQL of our own on 127.0.0.1 and a free port, gone when this process is. */
export async function startPostgres(options: PostgresOptions = {}): Promise<LocalPostgres> {
  const major = options.major ?? 17;
  const user = serverUser();
  const base = mkdtempSync(join(tmpdir(), "pgaccord-"));
  const folder = reachable(postgresFolder(major), user, base);
  const data = join(base, "data");
  const superuser = options.rds ? "rdsadmin" : "postgres";
  const as = user ?? {};
  if (user) chownSync(base, user.uid, user.gid);
  try {
    await run(join(folder, "bin", "initdb"), ["-D", data, "-U", superuser, "--no-sync", "-A", "trust", "-E", "UTF8", "--locale=C"], {
      ...as,
      cwd: base,
    });
    const certificates = await makeCertificates(base, ["localhost", ...(options.tlsNames ?? [])], user);
    writeFileSync(join(data, "pg_hba.conf"), hba(options).join("\n"));
    const port = await freePort();
    writeFileSync(join(data, "postgresql.auto.conf"), config(base, port, certificates, options));
    const server = startTied([join(folder, "bin", "postgres"), "-D", data], { base, signal: "QUIT", user });
    const connect = connector(base, port, superuser);
    await waitUntil(async () => (await connect()).end().then(() => true), server, `PostgreSQL ${major}`);
    const sql = async (text: string, database?: string): Promise<pg.QueryResult> => {
      const client = await connect(database === undefined ? {} : { database });
      try {
        return await client.query(text);
      } finally {
        await client.end();
      }
    };
    const adminPassword = randomBytes(18).toString("hex");
    if (options.rds) await withoutLog(connect, RDS_ROLES(major, adminPassword));
    leaveNote("secrets", `password\t${adminPassword}`);
    leaveNote("servers", `${base}\t${port}\t${superuser}`);
    return {
      major,
      host: "127.0.0.1",
      port,
      socketDir: base,
      superuser,
      certificates,
      adminPassword,
      connect,
      sql,
      log: server.output,
      stop: server.stop,
    };
  } catch (error) {
    rmSync(base, { recursive: true, force: true });
    throw error;
  }
}

const connector =
  (socketDir: string, port: number, superuser: string): LocalPostgres["connect"] =>
  async (options = {}) => {
    const client = new pg.Client({ host: socketDir, port, user: options.user ?? superuser, database: options.database ?? "postgres" });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };

/** What holds a password must not stand in the server's log, nor in pg_stat_activity. */
export async function withoutLog(connect: LocalPostgres["connect"], text: string): Promise<void> {
  const client = await connect();
  try {
    await client.query("SET track_activities = off; SET log_statement = 'none'; SET log_min_error_statement = 'panic'");
    await client.query(text);
  } finally {
    await client.end();
  }
}

/** As RDS: members of rds_iam come in by token alone. The gateway checks the token, and vouches for them over the socket. */
const hba = (options: PostgresOptions): string[] => [
  ...(options.hba ?? []),
  "local all all trust",
  ...(options.rds ? ["host all all 127.0.0.1/32 scram-sha-256"] : ["host all all 127.0.0.1/32 trust", "host all all ::1/128 trust"]),
  "",
];

const config = (base: string, port: number, certificates: Certificates, options: PostgresOptions): string =>
  Object.entries({
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: base,
    fsync: "off",
    synchronous_commit: "off",
    full_page_writes: "off",
    max_connections: "60",
    max_locks_per_transaction: "128",
    logging_collector: "off",
    password_encryption: "scram-sha-256",
    ssl: "on",
    ssl_cert_file: certificates.certFile,
    ssl_key_file: certificates.keyFile,
    ...(watchedFolder() === null ? {} : { log_statement: "all", log_connections: "on" }),
    ...options.settings,
  })
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join("");
