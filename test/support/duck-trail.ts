import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

const HOME = join(import.meta.dirname, "../../node_modules/.cache/pgaccord-duckdb-2.0.1");
const PYTHON = join(HOME, "bin/python");

/** DuckDB and a translator of Trino's SQL, in a Python environment of their own; null: this machine cannot have them. */
export function duckTrail(): ((records: readonly object[], queries: Readonly<Record<string, string>>) => DuckRows) | null {
  if (!existsSync(PYTHON) && !install()) return null;
  return (records, queries) => {
    const input = JSON.stringify({ records, queries });
    return JSON.parse(execFileSync(PYTHON, [join(import.meta.dirname, "duck-trail.py")], { input, encoding: "utf8" }));
  };
}

export type DuckRows = Readonly<Record<string, readonly Readonly<Record<string, string | null>>[]>>;

function install(): boolean {
  try {
    execFileSync("python3", ["-m", "venv", HOME], { stdio: "ignore" });
    execFileSync(join(HOME, "bin/pip"), ["install", "--quiet", "duckdb==2.0.1", "sqlglot==30.30.0"], { stdio: "ignore", timeout: 300_000 });
    return true;
  } catch {
    rmSync(HOME, { recursive: true, force: true });
    return false;
  }
}
