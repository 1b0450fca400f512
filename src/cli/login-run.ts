import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { constants, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { errorProblem, ProblemsError } from "../model/problem.js";
import { passwordOf } from "../postgres/password.js";
import { tlsOptions } from "../postgres/tls.js";
import type { LoginWorld, OpenDoor } from "./login-door.js";

interface Child {
  readonly user: string;
  readonly database: string;
  /** Empty: psql. */
  readonly command: readonly string[];
}

/** Of libpq's variables those that say nothing of where and as whom (PostgreSQL manual, "Environment Variables"). */
const KEPT = new Set(["PGAPPNAME", "PGCLIENTENCODING", "PGCONNECT_TIMEOUT", "PGDATESTYLE", "PGGEQO", "PGOPTIONS", "PGTZ"]);

/** The command with a token in its environment, never in its arguments, and with what TLS needs. Its exit code is given back. */
export async function runAs({ io, addresses }: LoginWorld, { cluster, rds, credentials }: OpenDoor, child: Child): Promise<number> {
  const { user, database, command } = child;
  const login = { user, auth: { type: "iam" }, database } as const;
  const socket = addresses.get(cluster.name) ?? cluster.address ?? { host: rds.endpoint, port: rds.port };
  const { address, ssl } = await tlsOptions({ cluster, login, rds, socket, env: io.env });
  const token = await passwordOf(cluster, login, rds, { env: io.env, credentialsOf: () => credentials });
  const folder = await mkdtemp(join(tmpdir(), "pgaccord-"));
  try {
    const authorities = join(folder, "authorities.pem");
    await writeFile(authorities, ssl === false ? "" : [ssl.ca ?? []].flat().join("\n"), { mode: 0o600 });
    const env = {
      ...Object.fromEntries(Object.entries(io.env).filter(([name]) => !name.startsWith("PG") || KEPT.has(name))),
      PGHOST: rds.endpoint,
      // The name is what the certificate is checked against; a tunnel's end is somewhere else.
      ...(socket.host === rds.endpoint ? {} : { PGHOSTADDR: address }),
      PGPORT: String(socket.port),
      PGUSER: user,
      PGDATABASE: database,
      PGPASSWORD: token ?? "",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: authorities,
    };
    return await exitOf(command.length === 0 ? ["psql"] : command, env, io);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As a shell says it: 128 and the signal's number where one ended it. */
function exitOf([program = "", ...args]: readonly string[], env: NodeJS.ProcessEnv, { onSignal }: LoginWorld["io"]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: "inherit" });
    // A terminal sends Ctrl-C to the command, too: it decides what that means. Without one a signal comes to this process alone.
    const isShared = hasTerminal();
    onSignal((signal) => void ((signal === "SIGTERM" || !isShared) && child.kill(signal)));
    child.on("error", (error: NodeJS.ErrnoException) => reject(error.code === "ENOENT" ? notFound(program) : error));
    child.on("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

/** Whether Ctrl-C is a key: standard input and output may be files even so. */
function hasTerminal(): boolean {
  if (platform() === "win32") return true;
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}

const notFound = (program: string): ProblemsError =>
  new ProblemsError([
    errorProblem("command-not-found", `There is no command ${program} on this machine.`, {
      hint: "Install psql, or give another command: pgaccord login USER@CLUSTER -- COMMAND.",
    }),
  ]);
