import { spawn } from "node:child_process";
import { once } from "node:events";
import type { LocalPostgres } from "../../src/sandbox/local-postgres.js";

/** What psql prints for a script; null: this machine has no psql. Fails with what it complains of, notices left out. */
export async function psql(postgres: LocalPostgres, script: string, user = postgres.superuser): Promise<string | null> {
  const args = ["-X", "-q", "-A", "-t", "-h", postgres.socketDir, "-p", String(postgres.port), "-U", user, "-d", "postgres"];
  const child = spawn("psql", args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, PGOPTIONS: "-c client_min_messages=warning" },
  });
  const text = { out: "", err: "" };
  child.stdout.on("data", (bytes) => {
    text.out += bytes;
  });
  child.stderr.on("data", (bytes) => {
    text.err += bytes;
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(script);
  try {
    const [code] = await once(child, "close");
    if (code !== 0 || text.err !== "") throw new Error(`psql: ${code} ${text.err}`);
    return text.out;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
