import { once } from "node:events";
import { createServer, type Socket, connect as tcpConnect } from "node:net";
import { TLSSocket } from "node:tls";
import { readToken, type TokenRules } from "./iam-token.js";
import type { LocalPostgres } from "./local-postgres.js";

/**
 * RDS's front door in front of a plain PostgreSQL: members of rds_iam, on whatever path, come in over TLS with a token only, of a
 * principal that IAM lets connect at that moment; everybody else meets the server's own password check. Protocol 3.0: PostgreSQL
 * manual, chapter "Message Formats".
 */
export interface IamGateway {
  readonly host: string;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** What a token must be, and whether IAM lets the holder of its key in. */
export interface GatewayRules extends Omit<TokenRules, "now"> {
  /** Why that principal may not rds-db:connect as the user; null: it may. */
  readonly connectRefusal: (accessKeyId: string, user: string) => Promise<string | null>;
  /** Of an RDS Proxy that keeps them: users whose passwords it has. It takes tokens alone, whoever is in rds_iam. */
  readonly secrets?: readonly string[];
  /** Told of everybody who is sent away. */
  readonly onRefused?: (user: string, database: string) => void;
}

const SSL_REQUEST = 80877103;
const CANCEL_REQUEST = 80877102;
/** On RDS rds_superuser may grant rds_iam without being its member; PostgreSQL itself has no such power, so here it is one on paper. */
const IAM_MEMBERS = `
WITH RECURSIVE path AS (
  SELECT m.member FROM pg_auth_members m WHERE m.roleid = 'rds_iam'::regrole AND m.member <> 'rds_superuser'::regrole
  UNION SELECT m.member FROM pg_auth_members m JOIN path ON m.roleid = path.member)
SELECT EXISTS (SELECT FROM path JOIN pg_roles r ON r.oid = path.member WHERE r.rolname = $1) AS is_member`;

export async function startIamGateway(postgres: LocalPostgres, rules: GatewayRules): Promise<IamGateway> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    greet(socket, postgres, rules).catch(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the gateway has no port");
  return {
    host: "127.0.0.1",
    port: address.port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function greet(socket: Socket, postgres: LocalPostgres, rules: GatewayRules): Promise<void> {
  const first = await readStartup(socket);
  if (code(first) !== SSL_REQUEST) return admit(socket, first, false, postgres, rules);
  socket.write("S");
  const { cert, key } = postgres.certificates;
  const secure = new TLSSocket(socket, { isServer: true, cert, key });
  secure.on("error", () => socket.destroy());
  return admit(secure, await readStartup(secure), true, postgres, rules);
}

async function admit(client: Socket, startup: Buffer, secure: boolean, postgres: LocalPostgres, rules: GatewayRules): Promise<void> {
  if (code(startup) === CANCEL_REQUEST) return pipe(client, tcpConnect({ path: socketPath(postgres) }), startup);
  const user = parameterOf(startup, "user");
  const takesTokens = rules.secrets !== undefined || (await isIamMember(postgres, user));
  if (!takesTokens) return pipe(client, tcpConnect({ host: postgres.host, port: postgres.port }), startup);
  const token = secure ? await askForToken(client, user, rules) : "TLS is required";
  const refused = rules.secrets?.includes(user) === false ? `This RDS Proxy has no credentials for the role ${user}` : token;
  if (refused !== null) {
    rules.onRefused?.(user, parameterOf(startup, "database") || user);
    client.end(errorResponse(`PAM authentication failed for user "${user}"`, refused));
    return;
  }
  // Vouched for: the server trusts its own socket.
  pipe(client, tcpConnect({ path: socketPath(postgres) }), startup);
}

const socketPath = (postgres: LocalPostgres): string => `${postgres.socketDir}/.s.PGSQL.${postgres.port}`;

/** An unknown user is refused by the server itself. */
async function isIamMember(postgres: LocalPostgres, user: string): Promise<boolean> {
  const client = await postgres.connect();
  try {
    const { rows } = await client.query<{ is_member: boolean }>(IAM_MEMBERS, [user]);
    return rows[0]?.is_member ?? false;
  } finally {
    await client.end();
  }
}

/** AuthenticationCleartextPassword, then the client's PasswordMessage. */
async function askForToken(client: Socket, user: string, rules: GatewayRules): Promise<string | null> {
  client.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
  const head = await readBytes(client, 5);
  const body = await readBytes(client, head.readInt32BE(1) - 4);
  const token = readToken(body.subarray(0, -1).toString(), user, { ...rules, now: () => new Date() });
  return "fault" in token ? token.fault : rules.connectRefusal(token.accessKeyId, user);
}

function pipe(client: Socket, backend: Socket, startup: Buffer): void {
  backend.write(startup);
  client.pipe(backend);
  backend.pipe(client);
  for (const [a, b] of [
    [client, backend],
    [backend, client],
  ] as const) {
    a.on("error", () => b.destroy());
    a.on("close", () => b.destroy());
  }
}

/** A startup packet: length, code or protocol version, then name and value pairs. */
async function readStartup(socket: Socket): Promise<Buffer> {
  const length = await readBytes(socket, 4);
  return Buffer.concat([length, await readBytes(socket, length.readInt32BE(0) - 4)]);
}

const code = (startup: Buffer): number => startup.readInt32BE(4);

function parameterOf(startup: Buffer, name: string): string {
  const words = startup.subarray(8).toString().split("\0");
  const at = words.findIndex((word, i) => i % 2 === 0 && word === name);
  return at < 0 ? "" : (words[at + 1] ?? "");
}

async function readBytes(socket: Socket, count: number): Promise<Buffer> {
  if (count < 0 || count > 100_000) throw new Error("not a PostgreSQL client");
  for (;;) {
    const chunk: Buffer | null = count === 0 ? Buffer.alloc(0) : socket.read(count);
    // At its end a stream gives what is left, however little that is.
    if (chunk !== null && chunk.length === count) return chunk;
    if (chunk !== null || socket.readableEnded || socket.destroyed) throw new Error("the client left");
    await readable(socket);
  }
}

/** More has come, or nothing more will. */
function readable(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ["readable", "end", "close"]) socket.off(event, done);
      resolve();
    };
    for (const event of ["readable", "end", "close"]) socket.on(event, done);
  });
}

function errorResponse(message: string, detail: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C28000\0M${message}\0D${detail}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
