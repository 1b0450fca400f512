import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/scene.js";

const ROOT = join(import.meta.dirname, "../..");

/** The demo as a process, its output so far, and a wait for some text in it. */
function startDemo(
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): {
  child: ChildProcess;
  until: (text: string) => Promise<string>;
  ended: Promise<number | null>;
} {
  const child = spawn(process.execPath, [join(ROOT, "dist/main.js"), "demo", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  let out = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const until = async (text: string): Promise<string> => {
    for (let i = 0; i < 600 && !out.includes(text); i++) await new Promise((resolve) => setTimeout(resolve, 100));
    return out;
  };
  return { child, until, ended };
}

/** The folder of a world's PostgreSQL, from what the demo says of it. */
const folderIn = (out: string): string => /export PGSSLROOTCERT=(.*)\/ca\.pem/.exec(out)?.[1] ?? "";
const vanishes = async (folder: string): Promise<boolean> => {
  for (let i = 0; i < 100 && existsSync(folder); i++) await new Promise((resolve) => setTimeout(resolve, 100));
  return !existsSync(folder);
};

describe("pgaccord demo", () => {
  it("shows plan, apply and an empty plan, and logs in as each user", async () => {
    const { code, out, err } = await runCli(["demo"], ROOT, {});
    expect(code).toBe(0);
    expect(err).toMatch(/^✓ prepare AWS account db: 12 steps$/m);
    expect(out).toContain("Plan: 14 to create; 41 rights gained, 0 lost.");
    expect(out).toContain("No changes: the servers match the file.");
    expect(out.match(/^[✓✗] \w+ (logs|reads|writes|sees) .*$/gm)).toEqual([
      "✓ oltp_ro_user logs in: from an instance with pgdemo-db-report-profile, by IAM role pgdemo-oltp-ro-role",
      "✓ oltp_ro_user reads pgdemo.products: yes",
      "✓ oltp_ro_user writes pgdemo.orders: permission denied for table orders",
      "✓ oltp_rw_user logs in: from an instance with pgdemo-db-access-profile, by IAM role pgdemo-oltp-rw-role",
      "✓ oltp_rw_user reads pgdemo.products: yes",
      "✓ oltp_rw_user writes pgdemo.orders: yes",
      "✓ pgmonitor logs in: from an instance with pgmonitor-access-profile, by IAM role pg-monitor-role",
      "✓ pgmonitor sees the queries of others in pg_stat_activity: yes",
      "✓ pgmonitor reads pgdemo.products: permission denied for schema pgdemo",
    ]);
  });

  it("--keep prints exports that work, and Ctrl-C leaves nothing behind", async () => {
    const demo = startDemo(["--keep"]);
    const out = await demo.until("pgaccord plan --address demo=");
    const env = Object.fromEntries([...out.matchAll(/^export (\w+)=(.*)$/gm)].map((m) => [m[1] ?? "", m[2] ?? ""]));
    const address = /--address (demo=\S+)/.exec(out)?.[1] ?? "";
    const plan = await runCli(["plan", "--detailed-exitcode", "--address", address], ROOT, env);
    expect(plan).toEqual({ code: 0, out: "No changes: the servers match the file.\n", err: "" });
    const folder = folderIn(out);
    expect(existsSync(folder)).toBe(true);
    demo.child.kill("SIGINT");
    expect(await demo.ended).toBe(0);
    expect(await vanishes(folder)).toBe(true);
  });

  it("killed, it leaves nothing behind", async () => {
    const demo = startDemo(["--keep"]);
    const folder = folderIn(await demo.until("pgaccord plan --address demo="));
    expect(existsSync(folder)).toBe(true);
    demo.child.kill("SIGKILL");
    expect(await vanishes(folder)).toBe(true);
  });

  it("interrupted while it starts, it leaves nothing behind", async () => {
    // Of its own: other tests make such folders at the same time. The server's user removes them.
    const TMPDIR = mkdtempSync(join(tmpdir(), "pgaccord-scene-"));
    chmodSync(TMPDIR, 0o1777);
    const demo = startDemo([], { TMPDIR });
    await demo.until("Starting PostgreSQL");
    await new Promise((resolve) => setTimeout(resolve, 300));
    demo.child.kill("SIGINT");
    expect(await demo.ended).toBe(130);
    for (const name of readdirSync(TMPDIR)) expect(await vanishes(join(TMPDIR, name))).toBe(true);
    rmSync(TMPDIR, { recursive: true });
  });
});
