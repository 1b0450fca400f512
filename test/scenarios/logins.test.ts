import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalPostgres, startPostgres, withoutLog } from "../../src/sandbox/local-postgres.js";
import { usualMajor } from "../support/majors.js";
import { runCli } from "../support/scene.js";

const PASSWORD = "of-this-scenario-alone";

/** The whole command on what a server has just logged: that it reads logs of each version is shown by test/fixtures/logs. */
describe.each(usualMajor)("logins of a PostgreSQL %i", (major) => {
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-logins-"));
  let postgres: LocalPostgres;
  beforeAll(async () => {
    postgres = await startPostgres({
      major,
      hba: ["host all all 127.0.0.1/32 scram-sha-256"],
      settings: { log_connections: "on", log_line_prefix: "%t:%r:%u@%d:[%p]:", log_timezone: "UTC" },
    });
    await withoutLog(postgres.connect, `CREATE ROLE "the app" LOGIN PASSWORD '${PASSWORD}'`);
    await postgres.sql("CREATE DATABASE closed");
    await postgres.sql("REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
  });
  afterAll(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const logIn = async (database: string, password = PASSWORD): Promise<void> => {
    const client = new pg.Client({
      host: "127.0.0.1",
      port: postgres.port,
      user: "the app",
      database,
      password,
      application_name: "x user=root database=y",
    });
    await client.connect().then(
      () => client.end(),
      () => undefined,
    );
  };

  it("says who came in, and who was refused and why", async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    await logIn("postgres");
    await logIn("closed");
    await logIn("postgres", "wrong");
    await expect.poll(postgres.log).toContain("password authentication failed");
    const file = join(folder, "postgresql.log");
    writeFileSync(file, postgres.log());
    const { code, out } = await runCli(["logins", "--log", file, "--format", "json", "--cluster", "prod"], folder, {});
    expect(code).toBe(0);
    const { logins, coverage } = JSON.parse(out);
    const ofApp = logins.filter(({ user }: { readonly user: string }) => user === "the app");
    const method = major >= 14 ? "scram-sha-256" : null;
    expect(ofApp).toMatchObject([
      { cluster: "prod", database: "closed", method, outcome: "failed", reason: "no-connect", count: 1 },
      { cluster: "prod", database: "postgres", method, outcome: "ok", reason: null, count: 1 },
      { cluster: "prod", database: "postgres", method: "scram-sha-256", outcome: "failed", reason: "password", count: 1 },
    ]);
    expect(logins.some(({ user }: { readonly user: string }) => user === "root")).toBe(false);
    expect(Date.parse(ofApp[1].first)).toBeGreaterThanOrEqual(before);
    expect(coverage).toEqual([expect.objectContaining({ source: "log-file", cluster: "prod" })]);
  });
});
