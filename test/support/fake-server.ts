import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { createFramer } from "./wire.js";

/** A server that says what a test wants, and keeps what it was told. */
export interface FakeServer {
  readonly port: number;
  /** Bytes as they came over the wire, each connection's own. */
  readonly wire: () => readonly Buffer[];
  /** The messages inside TLS or without it: a startup packet has the type "". */
  readonly messages: () => readonly ClientMessage[];
  readonly stop: () => Promise<void>;
}
export interface ClientMessage {
  readonly type: string;
  readonly text: string;
}

export interface Behaviour {
  /** What is sent to a request for TLS; nothing: silence. */
  readonly tls?: Buffer;
  /** Speaks TLS after that. */
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** Answers each message; nothing: silence. */
  readonly answer?: (message: ClientMessage) => Buffer | undefined;
}

export async function startFakeServer(behaviour: Behaviour): Promise<FakeServer> {
  const wire: Buffer[][] = [];
  const messages: ClientMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const own: Buffer[] = [];
    wire.push(own);
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => own.push(bytes));
    serve(socket, behaviour, messages);
  });
  return {
    port: await listening(server),
    wire: () => wire.map((own) => Buffer.concat(own)),
    messages: () => messages,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function serve(stream: Socket, behaviour: Behaviour, messages: ClientMessage[]): void {
  const frame = createFramer("startup");
  const read = (bytes: Buffer): void => {
    for (const { type, body } of frame(bytes)) {
      if (type === "tls") answerTls(stream, behaviour, messages, read);
      else {
        const message = { type, text: body.toString() };
        messages.push(message);
        stream.write(behaviour.answer?.(message) ?? "");
      }
    }
  };
  stream.on("data", read);
}

function answerTls(socket: Socket, behaviour: Behaviour, messages: ClientMessage[], read: (bytes: Buffer) => void): void {
  const { tls, certificate } = behaviour;
  if (tls) socket.write(tls);
  if (!certificate) return;
  socket.off("data", read);
  const secure = new TLSSocket(socket, { isServer: true, ...certificate });
  secure.on("error", () => undefined);
  serve(secure, behaviour, messages);
}
