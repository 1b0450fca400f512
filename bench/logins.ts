import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeLoginLog } from "./login-log.js";
import { measure, median } from "./process.js";
import { CLI } from "./row.js";

const CONNECTIONS = 400_000;
const RUNS = 5;
const TARGET = { speed: 150, megabytes: 120 };

/** The whole command on a log of 1.6 million lines, start and report included. */
export async function loginsText(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-bench-"));
  const log = join(folder, "postgresql.log");
  try {
    await writeLoginLog(log, CONNECTIONS);
    const size = statSync(log).size / 1e6;
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push(await measure([...CLI, "logins", "--log", log], folder));
    const speed = size / (median(runs.map(({ milliseconds }) => milliseconds)) / 1000);
    const memory = Math.max(...runs.map(({ megabytes }) => megabytes ?? Number.NaN));
    const verdict = speed >= TARGET.speed && memory <= TARGET.megabytes ? "met" : "missed";
    return `  logins: a log of ${size.toFixed(0)} MB, ${CONNECTIONS} connections     ${speed.toFixed(0)} MB/s, ${memory} MB (target ${TARGET.speed} MB/s, ${TARGET.megabytes} MB, ${verdict})`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
