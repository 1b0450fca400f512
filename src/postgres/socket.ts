import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { ConnectError } from "./connect-problem.js";
import type { Deadline } from "./deadline.js";
import type { TlsOptions } from "./tls.js";

/** SSLRequest (PostgreSQL manual, "Message Formats"). */
const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** A socket to the server, its certificate verified where there is TLS: until then nothing at all is sent of who comes. */
export async function openSocket({ address, ssl }: TlsOptions, port: number, deadline: Deadline): Promise<Socket> {
  const socket = address.startsWith("/") ? connect(`${address}/.s.PGSQL.${port}`) : connect(port, address);
  socket.on("error", () => undefined);
  try {
    await deadline.until("a connection", once(socket, "connect"));
    socket.setKeepAlive(true);
    return ssl === false ? socket : await secured(socket, ssl, deadline);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function secured(socket: Socket, ssl: Exclude<TlsOptions["ssl"], false>, deadline: Deadline): Promise<Socket> {
  socket.write(TLS_REQUEST);
  const answer = await deadline.until("an answer to the request for TLS", firstBytes(socket));
  // More than one byte would be text that somebody put in front of the encrypted one (CVE-2021-23222).
  if (answer.length === 1 && answer[0] === 0x4e) throw new ConnectError("no-tls", "the server does not support TLS");
  if (answer.length !== 1 || answer[0] !== 0x53)
    throw new ConnectError("cannot-connect", "the answer to the request for TLS is none of PostgreSQL");
  const secure = connectTls({ ...ssl, socket });
  secure.on("error", () => undefined);
  await deadline.until("the end of the TLS handshake", once(secure, "secureConnect")).catch((error: unknown) => {
    secure.destroy();
    if (error instanceof ConnectError) throw error;
    throw new ConnectError("tls-failed", error instanceof Error ? error.message : String(error), { cause: error });
  });
  return secure;
}

function firstBytes(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once("data", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new ConnectError("cannot-connect", "the server closed the connection when it was asked for TLS")));
  });
}

/**
 * For pg, which connects by itself: here that is done already. What pg throws in the middle of reading, at a message that it does not
 * know, would end the process: it becomes the connection's error.
 */
export function connected(socket: Socket): Socket {
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...args: unknown[]) => boolean;
  return Object.assign(socket, {
    connect: () => {
      setImmediate(() => socket.emit("connect"));
      return socket;
    },
    emit: (event: string | symbol, ...args: unknown[]): boolean => {
      try {
        return emit(event, ...args);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
        return true;
      }
    },
  });
}
