import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { usualMajor } from "../support/majors.js";
import { createScene, type Scene, titlesOf } from "../support/scene.js";
import { watch } from "../support/secrets/watch.js";

const MAIN = join(import.meta.dirname, "../../dist/main.js");

const file = (postgres: LocalPostgres, more = ""): string => `version: 1
owner: acme/access
clusters:
  main: { address: "127.0.0.1:${postgres.port}", admin: { user: postgres, auth: none }, databases: { shop: {}, stock: {} } }
defaults: { clusters: [main] }
roles:
  reader:
    grants:
      shop: { schemas: { app: [usage] }, tables: { app.*: [select] } }
      stock: { schemas: { app: [usage] }, tables: { app.*: [select] } }
${more}`;

/** Others are at work on the same server. */
describe.each(usualMajor)("an apply among others, on PostgreSQL %i", (major) => {
  let postgres: LocalPostgres;
  let scene: Scene;
  beforeAll(async () => {
    postgres = await startPostgres({ major });
    for (const name of ["shop", "stock"]) {
      await postgres.sql(`CREATE DATABASE ${name}`);
      await postgres.sql("CREATE SCHEMA app; CREATE TABLE app.a (id int); CREATE TABLE app.b (id int)", name);
    }
    scene = createScene();
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.stop();
  });
  beforeEach(async () => {
    for (const name of ["shop", "stock"]) {
      await postgres.sql("DO $$ BEGIN IF to_regrole('reader') IS NOT NULL THEN DROP OWNED BY reader; END IF; END $$", name);
    }
    await postgres.sql("DROP ROLE IF EXISTS reader");
    scene.write(file(postgres));
  });

  it("a locked object fails its own unit: the other database gets its grants, the next apply the rest", async () => {
    const holder = await postgres.connect({ database: "shop" });
    await holder.query("BEGIN; LOCK TABLE app.a IN ACCESS EXCLUSIVE MODE");
    // PostgreSQL takes no lock on a table for GRANT, but the row in pg_class is locked by another GRANT under way.
    await holder.query("GRANT INSERT ON app.a TO PUBLIC");
    const { code, out } = await scene.cli("apply", "--yes");
    await holder.query("ROLLBACK");
    await holder.end();
    expect(code).toBe(4);
    expect(out).toMatch(/database shop: rolled back/);
    expect(out).toContain("Run `pgaccord plan` to see what is left");
    const { rows } = await postgres.sql("SELECT has_table_privilege('reader', 'app.a', 'select') AS reads", "stock");
    expect(rows).toEqual([{ reads: true }]);
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
    expect(titlesOf(await scene.plan())).toEqual([]);
  });

  it("a grant that is committed in the meantime is no failure: tried again", async () => {
    const holder = await postgres.connect({ database: "shop" });
    await holder.query("BEGIN; GRANT INSERT ON app.a TO PUBLIC");
    const applying = scene.cli("apply", "--yes");
    await new Promise((resolve) => setTimeout(resolve, 700));
    await holder.query("COMMIT");
    await holder.end();
    expect((await applying).code).toBe(0);
    await postgres.sql("REVOKE INSERT ON app.a FROM PUBLIC", "shop");
  });

  it("two at once: one does it, the other is refused or finds nothing to do", async () => {
    const [a, b] = await Promise.all([scene.cli("apply", "--yes"), scene.cli("apply", "--yes")]);
    const codes = [a?.code, b?.code].sort();
    expect([
      [0, 0],
      [0, 1],
    ]).toContainEqual(codes);
    const refused = [a, b].find((r) => r?.code === 1);
    if (refused) expect(refused.err).toContain("[locked]");
    expect(titlesOf(await scene.plan())).toEqual([]);
  });

  it("Ctrl-C finishes the step under way, begins nothing else, and says what is left", async () => {
    const holder = await postgres.connect({ database: "shop" });
    await holder.query("BEGIN; GRANT INSERT ON app.a TO PUBLIC");
    const child = spawn(process.execPath, [MAIN, "apply", "--yes", "-f", scene.file], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk));
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.on("close", () => watch("output of an interrupted apply", said));
    for (let i = 0; i < 100 && !/prepare|change/.test(said); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 300));
    await holder.query("ROLLBACK");
    await holder.end();
    expect(await ended).toBe(4);
    expect(said).toContain("SIGINT: finishing the step under way, then stopping.");
    expect(said).toContain("skipped");
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
  });

  it("a server that goes away in the middle: exit 4, nobody claims to know", async () => {
    const holder = await postgres.connect({ database: "shop" });
    await holder.query("BEGIN; GRANT INSERT ON app.a TO PUBLIC");
    const applying = scene.cli("apply", "--yes");
    for (let i = 0; i < 100; i++) {
      const { rows } = await postgres.sql(
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'pgaccord'",
      );
      if (rows.length > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgaccord'");
    await holder.query("ROLLBACK");
    await holder.end();
    const { code, out } = await applying;
    expect(code).toBe(4);
    expect(out).toMatch(/unknown|rolled back/);
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
    expect(titlesOf(await scene.plan())).toEqual([]);
  });

  /** Does something on the server whenever a GRANT is carried out in the database shop: in the middle of an apply. */
  async function onGrant<T>(body: string, run: () => Promise<T>): Promise<T> {
    await postgres.sql(
      `CREATE FUNCTION public.meanwhile() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ${body} END $$;
       CREATE EVENT TRIGGER meanwhile ON ddl_command_end WHEN TAG IN ('GRANT') EXECUTE FUNCTION public.meanwhile()`,
      "shop",
    );
    try {
      return await run();
    } finally {
      await postgres.sql("DROP EVENT TRIGGER meanwhile; DROP FUNCTION public.meanwhile(); DROP TABLE IF EXISTS app.made", "shop");
    }
  }
  const readsIn = async (database: string, table: string): Promise<unknown> =>
    (await postgres.sql(`SELECT has_table_privilege('reader', '${table}', 'select') AS reads`, database)).rows[0]?.reads;

  it.each(["--yes", "--digest"])("a table that is made meanwhile gets what the wildcard gives, with %s", async (how) => {
    const { digest } = await scene.plan();
    const args = how === "--yes" ? ["--yes"] : ["--yes", "--digest", digest];
    await onGrant("CREATE TABLE IF NOT EXISTS app.made (id int);", async () => {
      const { code, out } = await scene.cli("apply", ...args);
      expect([code, out]).toEqual([0, expect.stringContaining("On objects made meanwhile: 1 right gained, 0 lost.")]);
      expect(await readsIn("shop", "app.made")).toBe(true);
      expect(titlesOf(await scene.plan())).toEqual([]);
    });
  });

  it("the lock is lost in the middle: nothing more is committed, exit 4", async () => {
    const kill = "PERFORM pg_terminate_backend(pid), pg_sleep(0.3) FROM pg_locks WHERE locktype = 'advisory' AND granted;";
    const { code, out } = await onGrant(kill, () => scene.cli("apply", "--yes"));
    expect([code, out]).toEqual([4, expect.stringContaining("The lock on cluster main was lost: its connection broke.")]);
    expect([await readsIn("shop", "app.a"), await readsIn("stock", "app.a")]).toEqual([false, false]);
    expect((await scene.cli("apply", "--yes")).code).toBe(0);
  });

  it("the password of the admin is in no process list, and in no log", async () => {
    const scene2 = createScene({ env: { SHOP_PASSWORD: "visible-secret-1" } });
    scene2.write(file(postgres).replace("auth: none", "password_env: SHOP_PASSWORD"));
    const running = scene2.cli("plan", "--log-level", "debug");
    const { stdout } = await promisify(execFile)("ps", ["-eo", "args"]);
    expect(stdout).toContain("dist/main.js plan");
    expect(stdout).not.toContain("visible-secret-1");
    const result = await running;
    expect(result.err).toMatch(/ DEBUG sql cluster=\w+ database=\w+ pid=\d+ ms=[\d.]+ rows=\d+ statement=/);
    expect(JSON.stringify(result)).not.toContain("visible-secret-1");
    scene2.remove();
  });
});
