// Writes test/fixtures/logs: what servers of 13 to 18 log of the same cases. Run by `npx tsx scripts/make-log-fixtures.ts`, as root where PAM shall be among them.
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { MAJORS, type Major, postgresFolder, reachable, serverUser } from "../src/sandbox/binaries.js";
import { type Certificates, makeCertificates } from "../src/sandbox/certificates.js";
import { freePort, startTied, waitUntil } from "../src/sandbox/tied-process.js";
import { LOG_CASES, type LogCase, PAM_CASES } from "../test/support/log-cases.js";

const OUT = join(import.meta.dirname, "../test/fixtures/logs");
const RDS = "%t:%r:%u@%d:[%p]:";
const PAM_SERVICE = "/etc/pam.d/pgaccord-fixture";
const DEBIAN = "/usr/lib/postgresql/15";
const PASSWORD = "only-for-fixtures";

interface Fixture {
  readonly name: string;
  readonly major: Major;
  readonly prefix: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Which of the logs are kept. */
  readonly keep: readonly ("log" | "csv" | "json")[];
  readonly binaries?: string;
  readonly hba?: readonly string[];
  readonly cases?: readonly LogCase[];
}

const ALL_OF_18 = { log_connections: "receipt,authentication,authorization,setup_durations" };
const EVERYTHING = "%%|%a|%u|%d|%r|%h|%b|%p|%P|%t|%m|%n|%i|%e|%c|%l|%s|%v|%x|%Q|%q";
const FIXTURES: readonly Fixture[] = [
  { name: "13-rds", major: 13, prefix: RDS, keep: ["log", "csv"] },
  { name: "14-default", major: 14, prefix: "%m [%p] ", keep: ["log"] },
  { name: "15-debian", major: 15, prefix: "%m [%p] %q%u@%d ", keep: ["log", "json"] },
  { name: "16-rds", major: 16, prefix: RDS, keep: ["log", "csv"] },
  { name: "17-pgbadger", major: 17, prefix: "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", keep: ["log"] },
  { name: "18-rds", major: 18, prefix: RDS, settings: ALL_OF_18, keep: ["log", "csv", "json"] },
  { name: "18-authorization", major: 18, prefix: "%m [%p] ", settings: { log_connections: "authorization" }, keep: ["log"] },
  { name: "17-everything", major: 17, prefix: EVERYTHING, settings: { log_error_verbosity: "verbose" }, keep: ["log"] },
  { name: "16-berlin", major: 16, prefix: "%m [%-10p] ", settings: { log_timezone: "Europe/Berlin" }, keep: ["log"] },
];
const PAM: Fixture = {
  name: "15-pam",
  major: 15,
  prefix: RDS,
  keep: ["log"],
  binaries: DEBIAN,
  hba: ["hostssl all all 127.0.0.1/32 pam pamservice=pgaccord-fixture"],
  cases: PAM_CASES,
};

/** Lets in whose name begins with pam_ok, whatever the password. */
async function withPam(work: () => Promise<void>): Promise<void> {
  writeFileSync(PAM_SERVICE, "auth required pam_succeed_if.so quiet user =~ pam_ok*\naccount required pam_permit.so\n");
  try {
    await work();
  } finally {
    rmSync(PAM_SERVICE);
  }
}

async function make(fixture: Fixture): Promise<void> {
  const user = serverUser();
  const base = mkdtempSync(join(tmpdir(), "pgaccord-fixture-"));
  if (user) chownSync(base, user.uid, user.gid);
  const folder = fixture.binaries ?? reachable(postgresFolder(fixture.major), user, base);
  const data = join(base, "data");
  execFileSync(join(folder, "bin/initdb"), ["-D", data, "-U", "postgres", "--no-sync", "-A", "trust", "-E", "UTF8", "--locale=C"], {
    ...user,
    cwd: base,
    stdio: "pipe",
  });
  const port = await freePort();
  writeFileSync(join(data, "pg_hba.conf"), hba(fixture).join("\n"));
  writeFileSync(join(data, "postgresql.auto.conf"), config(fixture, base, port, await makeCertificates(base, ["localhost"], user)));
  const server = startTied([join(folder, "bin/postgres"), "-D", data], { base, signal: "QUIT", user });
  try {
    await waitUntil(() => onSocket(base, port, "SELECT 1"), server, fixture.name);
    await onSocket(base, port, ...setUp(fixture));
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const one of fixture.cases ?? LOG_CASES) await play(one, base, port);
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const kind of fixture.keep) write(fixture, kind, base, readFileSync(join(data, "log", `fixture.${kind}`), "utf8"));
  } finally {
    await server.stop();
    rmSync(base, { recursive: true, force: true });
  }
}

function write({ name }: Fixture, kind: string, base: string, text: string): void {
  const begun = text.slice(text.indexOf("\n", text.indexOf("SIGHUP")) + 1);
  // Not .json: it is one for each line.
  const file = kind === "log" ? `${name}.log` : `${name}.${kind}.log`;
  writeFileSync(join(OUT, file), begun.replaceAll(base, "/srv/postgresql"));
  console.log(`${file}: ${begun.length} bytes`);
}

const hba = (fixture: Fixture): string[] => [
  "local all all trust",
  "host all trusty,nobody_there,no_login_trust 127.0.0.1/32 trust",
  "host all rejected 127.0.0.1/32 reject",
  ...(fixture.hba ?? []),
  "host replication all 127.0.0.1/32 scram-sha-256",
  "host all all 127.0.0.1/32 scram-sha-256",
  "",
];

const config = ({ major, prefix }: Fixture, base: string, port: number, certificates: Certificates): string =>
  Object.entries({
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: base,
    fsync: "off",
    logging_collector: "on",
    log_directory: "log",
    log_filename: "fixture.log",
    log_destination: major >= 15 ? "stderr,csvlog,jsonlog" : "stderr,csvlog",
    log_line_prefix: prefix,
    log_timezone: "UTC",
    log_disconnections: "on",
    password_encryption: "scram-sha-256",
    ssl: "on",
    ssl_cert_file: certificates.certFile,
    ssl_key_file: certificates.keyFile,
  })
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join("");

/** Connections are logged from here on. */
const setUp = ({ settings }: Fixture): string[] => [
  ...["app", "limited", "odd user", 'quo"te', "me@corp", "u database=v", "zoë", "no_login", "rejected", "pam_ok", "pam_ok other"].map(
    (name) => `CREATE ROLE ${pg.escapeIdentifier(name)} LOGIN PASSWORD '${PASSWORD}'`,
  ),
  "CREATE ROLE trusty LOGIN",
  "CREATE ROLE no_password LOGIN",
  "CREATE ROLE no_login_trust NOLOGIN",
  "CREATE ROLE pam_ok_nologin NOLOGIN",
  "CREATE ROLE pam_not LOGIN",
  `CREATE ROLE repl LOGIN REPLICATION PASSWORD '${PASSWORD}'`,
  "ALTER ROLE limited CONNECTION LIMIT 0",
  "ALTER ROLE no_login NOLOGIN",
  ...["shop", "closed", "full", "odd database", "größe"].map((name) => `CREATE DATABASE ${pg.escapeIdentifier(name)}`),
  "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
  'ALTER DATABASE "full" CONNECTION LIMIT 0',
  ...Object.entries({ log_connections: "on", ...settings }).map(([name, value]) => `ALTER SYSTEM SET ${name} = '${value}'`),
  "SELECT pg_reload_conf()",
];

async function onSocket(host: string, port: number, ...statements: readonly string[]): Promise<boolean> {
  const client = new pg.Client({ host, port, user: "postgres", database: "postgres" });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
  return true;
}

/** Whether it gets in is in the log; what it is told matters not. */
async function play(one: LogCase, base: string, port: number): Promise<void> {
  const client = new pg.Client({
    host: one.socket ? base : "127.0.0.1",
    port,
    user: one.user,
    database: one.database,
    ...(one.password === null ? {} : { password: one.password ?? PASSWORD }),
    ssl: one.socket || one.plain ? false : { rejectUnauthorized: false },
    ...(one.application === undefined ? {} : { application_name: one.application }),
    ...(one.replication ? { replication: "true" } : {}),
  });
  client.on("error", () => undefined);
  await client.connect().then(
    () => (one.terminated ? onSocket(base, port, `SELECT pg_terminate_backend(${Reflect.get(client, "processID")})`) : null),
    () => null,
  );
  await client.end().catch(() => null);
  await new Promise((resolve) => setTimeout(resolve, 30));
}

mkdirSync(OUT, { recursive: true });
const majors = MAJORS as readonly number[];
for (const fixture of FIXTURES.filter(({ major }) => majors.includes(major))) await make(fixture);
if (existsSync(DEBIAN) && process.getuid?.() === 0) await withPam(() => make(PAM));
else console.log("No PAM: Debian's PostgreSQL 15 is not here, or this is not root.");
