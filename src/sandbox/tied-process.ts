import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { SandboxError } from "./sandbox-error.js";
import { KEEP_LOG } from "./watched.js";

/** A server that ends when this process ends, however that happens: its standard input is a pipe that then breaks. */
export interface TiedProcess {
  readonly stop: () => Promise<void>;
  /** Standard error and output so far. */
  readonly output: () => string;
  readonly exited: () => boolean;
}

/** sh waits for the end of its input, then ends the server with `SIGNAL` and removes the folder. */
const SCRIPT = `"$@" </dev/null >>"$BASE/log" 2>&1 & p=$!; trap "" INT TERM HUP; read _; kill -SIGNAL $p; wait $p; ${KEEP_LOG}; rm -rf "$BASE"`;

export interface TiedOptions {
  /** A folder of the server's own, removed with it; its log lies there. */
  readonly base: string;
  readonly signal: "QUIT" | "KILL";
  readonly env?: NodeJS.ProcessEnv;
  readonly user?: { readonly uid: number; readonly gid: number } | null;
}

export function startTied(command: readonly string[], { base, signal, env, user }: TiedOptions): TiedProcess {
  const child = spawn("sh", ["-c", SCRIPT.replace("SIGNAL", signal), "sh", ...command], {
    stdio: ["pipe", "ignore", "ignore"],
    // Of its own group: a Ctrl-C in the terminal reaches us alone, and we end it in order.
    detached: true,
    env: { ...process.env, ...env, BASE: base },
    cwd: base,
    ...(user ?? {}),
  });
  const log = join(base, "log");
  let exited = false;
  const ended = once(child, "exit").then(() => {
    exited = true;
  });
  child.stdin.on("error", () => undefined);
  // The servers must not keep an otherwise finished process alive.
  child.unref();
  if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
  return {
    stop: async () => {
      child.ref();
      child.stdin.end();
      await ended;
    },
    output: () => (existsSync(log) ? readFileSync(log, "utf8") : ""),
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
  throw new SandboxError(`${what} did not start:\n${server.output()}`);
}
