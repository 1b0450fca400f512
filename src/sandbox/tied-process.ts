import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

/** A server that ends when this process ends, however that happens: its standard input is a pipe that then breaks. */
export interface TiedProcess {
  readonly stop: () => Promise<void>;
  /** Standard error and output so far, for messages. */
  readonly output: () => string;
  readonly exited: () => boolean;
}

/** sh waits for the end of its input, then ends the server with `signal` and removes the folder. */
const SCRIPT = '"$@" </dev/null & p=$!; trap "" INT TERM HUP; read _; kill -SIGNAL $p; wait $p; rm -rf "$BASE"';

export function startTied(
  command: readonly string[],
  options: {
    readonly base: string;
    readonly signal: "QUIT" | "KILL";
    readonly env?: NodeJS.ProcessEnv;
    readonly user?: { uid: number; gid: number } | null;
  },
): TiedProcess {
  const child: ChildProcess = spawn("sh", ["-c", SCRIPT.replace("SIGNAL", options.signal), "sh", ...command], {
    stdio: ["pipe", "pipe", "pipe"],
    // Of its own group: a Ctrl-C in the terminal reaches us alone, and we end it in order.
    detached: true,
    env: { ...process.env, ...options.env, BASE: options.base },
    cwd: options.base,
    ...(options.user ?? {}),
  });
  let output = "";
  let exited = false;
  const ended = once(child, "exit").then(() => {
    exited = true;
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
  child.stdin?.on("error", () => undefined);
  child.unref();
  for (const stream of [child.stdout, child.stderr, child.stdin])
    if (stream && "unref" in stream) (stream as unknown as { unref: () => void }).unref();
  return {
    stop: async () => {
      child.stdin?.end();
      child.ref();
      await ended;
    },
    output: () => output,
    exited: () => exited,
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/** Asks until it works, or says what the server printed. */
export async function waitUntil(ready: () => Promise<boolean>, server: TiedProcess, what: string, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (await ready().catch(() => false)) return;
    if (server.exited()) break;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} did not start:\n${server.output()}`);
}
