import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { listening } from "./fake-server.js";
import { createFramer, type Message, packet, serverSays } from "./wire.js";

/**
 * A transaction pooler: clients are let in at once, a session of the server is theirs from their first message to the end of the
 * transaction. One pool per user and database, as PgBouncer has it.
 */
export interface Pooler {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

export interface PoolerOptions {
  readonly backends: number;
  /** Which free session is taken: the one that was given back last, first, or any. */
  readonly takes: "last" | "first" | "any";
  /** Sets back what a client has set, after each transaction. */
  readonly resets?: boolean;
  /** Gives a client the session that it had, if that is free. */
  readonly remembers?: boolean;
  /** Holds it until the client goes. */
  readonly mode?: "transaction" | "session";
}

interface Backend {
  readonly socket: Socket;
  readonly frame: (bytes: Buffer) => Message[];
  take: ((message: Message) => void) | null;
}

interface Client {
  readonly socket: Socket;
  readonly pending: Buffer[];
  backend: Backend | null;
  before: Backend | null;
}

export async function startPooler(server: { readonly host: string; readonly port: number }, options: PoolerOptions): Promise<Pooler> {
  const pools = new Map<string, Pool>();
  const sockets = new Set<Socket>();
  const poolOf = (startup: Message): Pool => {
    const [, user = "", , database = ""] = startup.body.toString().split("\0");
    const key = `${user} ${database}`;
    const pool = pools.get(key) ?? createPool(server, startup, options);
    pools.set(key, pool);
    return pool;
  };
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    serveClient(socket, poolOf);
  });
  const port = await listening(listener);
  return {
    port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      for (const pool of pools.values()) pool.stop();
      listener.close();
      await once(listener, "close");
    },
  };
}

function serveClient(socket: Socket, poolOf: (startup: Message) => Pool): void {
  const frame = createFramer("startup");
  const client: Client = { socket, pending: [], backend: null, before: null };
  let pool: Pool | null = null;
  socket.on("data", (bytes) => {
    for (const message of frame(bytes)) {
      if (message.type === "tls") socket.write("N");
      else if (message.type === "") {
        pool = poolOf(message);
        socket.write(
          Buffer.concat([
            serverSays.authentication(0),
            serverSays.parameter("server_version", "17.0"),
            serverSays.key(4242),
            serverSays.ready(),
          ]),
        );
      } else if (message.type === "X") socket.end();
      else pool?.send(client, message.raw);
    }
  });
  socket.on("close", () => pool?.leave(client));
}

interface Pool {
  readonly send: (client: Client, raw: Buffer) => void;
  readonly leave: (client: Client) => void;
  readonly stop: () => void;
}

function createPool(server: { readonly host: string; readonly port: number }, startup: Message, options: PoolerOptions): Pool {
  const all: Backend[] = [];
  const free: Backend[] = [];
  const queue: Client[] = [];
  for (let i = 0; i < options.backends; i++) openBackend(server, startup, (backend) => giveBack(backend));

  const giveBack = (backend: Backend): void => {
    if (!all.includes(backend)) all.push(backend);
    backend.take = null;
    free.push(backend);
    for (const waiting of queue.splice(0)) serve(waiting);
  };
  const reset = (backend: Backend, [sql, ...rest]: readonly string[]): void => {
    if (sql === undefined) {
      giveBack(backend);
      return;
    }
    backend.take = ({ type }) => {
      if (type === "Z") reset(backend, rest);
    };
    backend.socket.write(packet("Q", `${sql}\0`));
  };
  const release = (client: Client, backend: Backend): void => {
    client.before = backend;
    client.backend = null;
    reset(backend, options.resets ? ["DISCARD ALL"] : []);
  };
  const serve = (client: Client): void => {
    // Nobody is served before all are there, so that each test sees the same.
    const backend = all.length < options.backends ? undefined : pick(free, client, options);
    if (!backend) {
      queue.push(client);
      return;
    }
    client.backend = backend;
    backend.take = ({ type, raw, body }) => {
      client.socket.write(raw);
      if (type === "Z" && body.toString() === "I" && options.mode !== "session") release(client, backend);
    };
    backend.socket.write(Buffer.concat(client.pending.splice(0)));
  };
  return {
    send: (client, raw) => {
      if (client.backend) client.backend.socket.write(raw);
      else {
        client.pending.push(raw);
        if (!queue.includes(client)) serve(client);
      }
    },
    leave: (client) => {
      if (queue.includes(client)) queue.splice(queue.indexOf(client), 1);
      if (!client.backend) return;
      reset(client.backend, ["ROLLBACK", "DISCARD ALL"]);
    },
    stop: () => {
      for (const { socket } of all) socket.destroy();
    },
  };
}

function pick(free: Backend[], client: Client, { takes, remembers }: PoolerOptions): Backend | undefined {
  const known = remembers && client.before ? free.indexOf(client.before) : -1;
  if (known !== -1) return free.splice(known, 1)[0];
  if (takes === "last") return free.pop();
  return takes === "first" ? free.shift() : free.splice(Math.floor(Math.random() * free.length), 1)[0];
}

/** Logs in as the first client of its pool did. The server lets it in without a password. */
function openBackend(
  server: { readonly host: string; readonly port: number },
  startup: Message,
  isReady: (backend: Backend) => void,
): void {
  const socket = connect({ port: server.port, host: server.host, noDelay: true });
  const backend: Backend = { socket, frame: createFramer("message"), take: null };
  socket.on("error", () => undefined);
  socket.write(startup.raw);
  let loggedIn = false;
  socket.on("data", (bytes) => {
    for (const message of backend.frame(bytes)) {
      if (loggedIn) backend.take?.(message);
      else if (message.type === "Z") {
        loggedIn = true;
        isReady(backend);
      }
    }
  });
}
