import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalPostgres, startPostgres } from "../src/sandbox/local-postgres.js";

export interface BenchWorld {
  readonly folder: string;
  readonly postgres: LocalPostgres;
  readonly stop: () => Promise<void>;
}

export interface Size {
  readonly tables: number;
  readonly roles: number;
  readonly schemas: number;
}

/** A server with empty tables in several schemas, and an access file that gives every role two privileges on each. */
export async function startWorld(size: Size): Promise<BenchWorld> {
  const postgres = await startPostgres({ major: 17 });
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-bench-"));
  const stop = async (): Promise<void> => {
    rmSync(folder, { recursive: true, force: true });
    await postgres.stop();
  };
  await postgres.sql("CREATE ROLE app");
  await postgres.sql("CREATE DATABASE big");
  for (const schema of schemasOf(size)) {
    const loop = `FOR i IN 1..${size.tables / size.schemas} LOOP EXECUTE format('CREATE TABLE ${schema}.t%s ()', i); END LOOP`;
    await postgres.sql(`CREATE SCHEMA ${schema}; DO $$ BEGIN ${loop}; END $$`, "big");
  }
  // Else autovacuum does it while something is measured.
  await postgres.sql("VACUUM ANALYZE", "big");
  writeAccess({ folder, postgres }, size);
  return { folder, postgres, stop };
}

const schemasOf = ({ schemas }: Size): string[] => Array.from({ length: schemas }, (_, i) => `s${i}`);

/** What an access file says besides: users, each a member of a role of its own or of the next, and a role that loses a privilege. */
export interface Variant {
  readonly users: "none" | "of their own role" | "of the next";
  readonly first: "select, insert" | "select";
}
const PLAIN: Variant = { users: "none", first: "select, insert" };

/** The access file of a world. */
export function writeAccess(
  { folder, postgres }: Pick<BenchWorld, "folder" | "postgres">,
  size: Size,
  { users, first }: Variant = PLAIN,
): void {
  const grants = (words: string): string =>
    schemasOf(size)
      .map((schema) => `${schema}.*: [${words}]`)
      .join(", ");
  const words = (i: number): string => (i === 0 ? first : "select, insert");
  const roles = Array.from({ length: size.roles }, (_, i) => `  r${i}: { grants: { big: { tables: { ${grants(words(i))} } } } }\n`);
  const memberOf = (i: number): number => (users === "of the next" ? (i + 1) % size.roles : i);
  const members = Array.from({ length: size.roles }, (_, i) => `  u${i}: { member_of: [r${memberOf(i)}] }\n`);
  const text = `version: 1
owner: acme/bench
clusters:
  main: { address: 127.0.0.1:${postgres.port}, admin: { user: postgres, auth: none }, databases: { big: { creators: [app] } } }
defaults: { clusters: [main] }
${roles.length === 0 ? "" : `roles:\n${roles.join("")}`}${users === "none" ? "" : `users:\n${members.join("")}`}`;
  writeFileSync(join(folder, "access.yaml"), text);
}
