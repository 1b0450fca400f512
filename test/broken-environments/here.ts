import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply } from "../../src/cli/apply.js";
import { reportCrash } from "../../src/cli/crash.js";
import { githubApply } from "../../src/cli/github-apply.js";
import type { CliIo } from "../../src/cli/io.js";
import { plan } from "../../src/cli/plan.js";
import { validate } from "../../src/cli/validate.js";
import { NO_LOG } from "../../src/model/log.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";

/** One PostgreSQL, one server that stands for AWS, one that speaks no TLS, and a folder. */
export interface Here {
  readonly folder: string;
  readonly postgres: LocalPostgres;
  /** `HOST:PORT` of the server without TLS, and of the one that stands for AWS. */
  readonly plain: string;
  readonly aws: string;
  /** What AWS answers from now on. */
  readonly answer: (status: number, body: string) => void;
  readonly write: (name: string, content: string | Uint8Array) => string;
  readonly stop: () => Promise<void>;
}

export interface Said {
  readonly code: number;
  readonly text: string;
}

/** As main.ts runs a command, without a process of its own. `answers`: who sits at the terminal types it; null: nobody sits there. */
export interface Asked {
  readonly env?: Readonly<Record<string, string>>;
  readonly answer?: string | null;
  readonly options?: Partial<Parameters<typeof apply>[2]> & { readonly out?: string };
}

const LOCAL = "127.0.0.1";

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listening = (server: Server): Promise<Server> => new Promise((resolve) => server.listen(0, LOCAL, () => resolve(server)));

export async function startHere(): Promise<Here> {
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-broken-"));
  let reply = { status: 200, body: "" };
  const http = createHttpServer((request, response) => {
    request.resume();
    response.writeHead(reply.status, { "content-type": "text/xml" }).end(reply.body);
  });
  // To every request for TLS it says no, as a PostgreSQL without certificates does.
  const plain = createServer((socket) => socket.on("data", () => socket.write("N")).on("error", () => undefined));
  const [postgres] = await Promise.all([
    startPostgres({ hba: [`host all locked_out ${LOCAL}/32 reject`, `host all with_password ${LOCAL}/32 scram-sha-256`] }),
    listening(http),
    listening(plain),
  ]);
  await postgres.sql(
    "CREATE ROLE with_password LOGIN SUPERUSER PASSWORD 'right'; CREATE ROLE reader LOGIN; CREATE ROLE nobody; CREATE ROLE weak LOGIN; CREATE ROLE locked_out LOGIN",
  );
  await postgres.sql("CREATE DATABASE shop");
  await postgres.sql("REVOKE CONNECT ON DATABASE shop FROM PUBLIC");
  return {
    folder,
    postgres,
    plain: `${LOCAL}:${portOf(plain)}`,
    aws: `${LOCAL}:${portOf(http)}`,
    answer: (status, body) => {
      reply = { status, body };
    },
    write: (name, content) => {
      const path = join(folder, name);
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    stop: async () => {
      http.close();
      plain.close();
      http.closeAllConnections();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function run(
  here: Here,
  command: "validate" | "plan" | "apply" | "github apply",
  saved: string | null,
  asked: Asked,
): Promise<Said> {
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  const io: CliIo = {
    // No key, no profile and no machine role of whoever runs the tests.
    env: { AWS_ENDPOINT_URL: `http://${here.aws}`, ...KEYS, ...asked.env },
    isTTY: asked.answer !== undefined,
    color: false,
    progress: false,
    ask: async (question) => {
      say(`${question}\n`);
      return asked.answer ?? null;
    },
    out: say,
    err: say,
    log: NO_LOG,
    onSignal: () => undefined,
  };
  const options = { file: join(here.folder, "access.yaml"), format: "text", ...asked.options } as const;
  const end = await ended(io, command, saved, options);
  return { code: end, text: said.join("") };
}

const KEYS = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "none" };

async function ended(io: CliIo, command: string, saved: string | null, options: Parameters<typeof apply>[2]): Promise<number> {
  try {
    if (command === "github apply") return await githubApply(io, { environment: "", checkApp: "github-actions", ...options });
    if (command === "validate") return await validate(io, options);
    return command === "plan" ? await plan(io, options) : await apply(io, saved ?? undefined, options);
  } catch (error) {
    return reportCrash(io, error);
  }
}
