import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_LOG } from "../../src/model/log.js";
import { ProblemsError } from "../../src/model/problem.js";
import { createConnector } from "../../src/postgres/connect.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { usualMajor } from "../support/majors.js";
import { parse } from "../support/stage.js";

describe.each(usualMajor)("PostgreSQL %i: a database whose owner sets what ends sessions", (major) => {
  let pg: LocalPostgres;
  beforeAll(async () => {
    pg = await startPostgres({ major });
    await pg.sql("CREATE ROLE mallory");
    await pg.sql("CREATE DATABASE toy OWNER mallory");
  });
  afterAll(() => pg.stop());

  const settings = [
    ["local_preload_libraries", "nowhere", 0],
    ["local_preload_libraries", "/nowhere", 0],
    ["statement_timeout", "1ms", 0],
    ["idle_session_timeout", "1ms", 14],
    ["transaction_timeout", "1ms", 17],
  ] as const;
  const set = (name: string, value: string): Promise<unknown> =>
    pg.sql(`SET ROLE mallory; ALTER DATABASE toy SET ${name} = '${value}'; RESET ROLE`);
  const open = async (): Promise<unknown> => {
    const text = `version: 1\nowner: a\nclusters:\n  main: { address: "127.0.0.1:${pg.port}", admin: { user: postgres, auth: none }, databases: { toy: {} } }\n`;
    const cluster = parse(text).clusters.get("main");
    if (!cluster) throw new Error("no cluster");
    const connector = createConnector({ env: {}, credentialsOf: () => undefined, log: NO_LOG, addresses: new Map(), readAs: "admin" });
    const session = await connector.connect(cluster, null, "toy", "read");
    await session.begin("snapshot");
    const rows = await session.query("SELECT pg_sleep(0.02), 1 AS one");
    await session.query("COMMIT");
    await session.end();
    return rows.map((row) => (row as { one: number }).one);
  };

  it.each(settings.filter(([, , since]) => major >= since))("%s = %s: is read all the same", async (name, value) => {
    await pg.sql("ALTER DATABASE toy RESET ALL");
    await set(name, value);
    expect(await open()).toEqual([1]);
  });

  it("all of them at once, too", async () => {
    for (const [name, value, since] of settings) if (major >= since) await set(name, value);
    expect(await open()).toEqual([1]);
  });

  it("a superuser's library that is missing: the problem names the database, and what keeps sessions out", async () => {
    await pg.sql("ALTER DATABASE toy RESET ALL");
    await pg.sql("ALTER DATABASE toy SET session_preload_libraries = 'nowhere'");
    const problem = await open().catch((error: unknown) => (error instanceof ProblemsError ? error.problems[0] : error));
    expect(problem).toMatchObject({ code: "session-refused", hint: expect.stringContaining("the whole cluster is left out") });
    expect(problem).toMatchObject({
      message: expect.stringMatching(/^No session can be opened in database toy of cluster main: .*nowhere/),
    });
  });
});
