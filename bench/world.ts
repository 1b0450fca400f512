import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalPostgres, startPostgres } from "../src/sandbox/local-postgres.js";

export interface BenchWorld {
  readonly folder: string;
  readonly postgres: LocalPostgres;
  readonly tables: number;
  readonly roles: number;
  readonly stop: () => Promise<void>;
}

export interface Size {
  readonly tables: number;
  readonly roles: number;
  readonly schemas: number;
}

/** A server with empty tables in several schemas, and an access file that gives every role two privileges on each. */
export async function startWorld({ tables, roles, schemas }: Size): Promise<BenchWorld> {
  const postgres = await startPostgres({ major: 17 });
  await postgres.sql("CREATE ROLE app");
  await postgres.sql("CREATE DATABASE big");
  const names = Array.from({ length: schemas }, (_, i) => `s${i}`);
  for (const schema of names) {
    const loop = `FOR i IN 1..${tables / schemas} LOOP EXECUTE format('CREATE TABLE ${schema}.t%s ()', i); END LOOP`;
    await postgres.sql(`CREATE SCHEMA ${schema}; DO $$ BEGIN ${loop}; END $$`, "big");
  }
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-bench-"));
  const grants = names.map((s) => `${s}.*: [select, insert]`).join(", ");
  const lines = Array.from({ length: roles }, (_, i) => `  r${i}: { grants: { big: { tables: { ${grants} } } } }`);
  writeFileSync(
    join(folder, "access.yaml"),
    `version: 1
owner: acme/bench
clusters:
  main: { address: 127.0.0.1:${postgres.port}, admin: { user: postgres, auth: none }, databases: { big: { creators: [app] } } }
defaults: { clusters: [main] }
roles:
${lines.join("\n")}
`,
  );
  const stop = async (): Promise<void> => {
    rmSync(folder, { recursive: true, force: true });
    await postgres.stop();
  };
  return { folder, postgres, tables, roles, stop };
}
