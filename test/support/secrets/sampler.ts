import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "pg";
import { count, watch } from "./watch.js";

const EVERY_MS = 400;
/** Its own name: no test asks for the sessions of a watcher. */
const SELF = "secret-watcher";
const ACTIVITY = `SELECT concat_ws(' ', usename, datname, application_name, query) AS line FROM pg_stat_activity WHERE application_name <> '${SELF}'`;

/** Looks again and again at the process list, and at the sessions of every server that this file of tests started. */
export function startSampler(folder: string): { readonly stop: () => Promise<void> } {
  const clients = new Map<string, Client | null>();
  const lines = new Set<string>();
  const see = (where: string, text: string): void => {
    if (lines.has(text)) return;
    lines.add(text);
    watch(where, text);
  };
  let looking = Promise.resolve();
  const processes = createProcessList(see);
  const look = async (): Promise<void> => {
    processes();
    await Promise.all(serversIn(folder).map((server) => activity(server, clients, see)));
  };
  const timer = setInterval(() => {
    looking = looking.then(look).catch(() => undefined);
  }, EVERY_MS);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await looking;
      await Promise.all([...clients.values()].map((client) => client?.end().catch(() => undefined)));
    },
  };
}

/** On Linux: elsewhere nobody looks, and the count says so. A process is read when it is new, once more when it has become what it runs, then now and then. */
function createProcessList(see: (where: string, text: string) => void): () => void {
  const looks = new Map<string, number>();
  return () => {
    if (!existsSync("/proc/self/cmdline")) return;
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const before = looks.get(pid) ?? 0;
      looks.set(pid, before + 1);
      if (before > 1 && before % 8 > 0) continue;
      try {
        see("process list", readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
      } catch {
        // It has ended.
      }
    }
    count("processLists");
  };
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

function serversIn(folder: string): Server[] {
  const file = join(folder, "servers");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line) => {
    const [host = "", port = "", user = ""] = line.split("\t");
    return { host, port: Number(port), user };
  });
}

/** One session per server, silent in its log; null: the server is gone. */
async function activity(server: Server, clients: Map<string, Client | null>, see: (where: string, text: string) => void): Promise<void> {
  const known = clients.get(server.host);
  if (known === null) return;
  try {
    const client = known ?? (await open(server));
    clients.set(server.host, client);
    const { rows } = await client.query<{ line: string }>(ACTIVITY);
    for (const { line } of rows) see("pg_stat_activity", line);
    count("activities");
  } catch {
    clients.set(server.host, null);
  }
}

async function open(server: Server): Promise<Client> {
  // Most files of tests start no server: they do not load the driver.
  const { default: pg } = await import("pg");
  const client = new pg.Client({ ...server, database: "postgres", application_name: SELF });
  client.on("error", () => undefined);
  await client.connect();
  await client.query("SET log_statement = 'none'");
  return client;
}
