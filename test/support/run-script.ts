import type { LocalPostgres } from "../../src/sandbox/local-postgres.js";
import { psql } from "./psql.js";

/** A script for psql, by psql; where this machine has none, by its statements between one \connect and the next. A warning is a failure. */
export async function runScript(postgres: LocalPostgres, script: string, user: string): Promise<void> {
  if (script === "") throw new Error("there is no script");
  if ((await psql(postgres, script, user)) !== null) return;
  const parts = script.split(/^\\connect "?([^"\n]*)"?$/m);
  for (let i = 0; i < parts.length; i += 2) {
    const client = await postgres.connect({ user, database: i === 0 ? "postgres" : (parts[i - 1] ?? "") });
    const warnings: string[] = [];
    client.on("notice", ({ severity, message }) => severity === "WARNING" && warnings.push(String(message)));
    await client.query((parts[i] ?? "").replace(/^\\.*$/gm, "")).finally(() => client.end());
    if (warnings.length > 0) throw new Error(warnings.join("\n"));
  }
}
