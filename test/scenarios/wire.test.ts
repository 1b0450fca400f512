import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyPlan, lockAll, releaseAll } from "../../src/index.js";
import { RunError } from "../../src/model/failure.js";
import type { Transaction } from "../../src/model/ports.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { majorsLeft } from "../support/majors.js";
import { createScene, type Scene } from "../support/scene.js";
import { GERMAN, JAPANESE, startTranslator, type Translator } from "../support/translating.js";

const fileOf = (roles: string): string => `version: 1
owner: acme/access
clusters:
  main: { address: 127.0.0.1:1, admin: { user: postgres, auth: none }, databases: { shop: {}, store: {} } }
defaults: { clusters: [main] }
${roles}
`;
const RO = "roles: { ro: { grants: { shop: { schemas: { s: [usage] }, tables: { s.*: [select] } }, store: { database: [connect] } } } }";
const KEY = "31638865368543090";

let postgres: LocalPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.sql("CREATE DATABASE shop");
  await postgres.sql("CREATE DATABASE store");
  await postgres.sql(
    "CREATE ROLE giver; CREATE ROLE taker; CREATE ROLE team; CREATE ROLE other CREATEROLE; GRANT team TO other WITH ADMIN OPTION",
  );
  await postgres.sql("GRANT team TO taker GRANTED BY other");
  await postgres.sql(
    "CREATE SCHEMA s; CREATE TABLE s.t (); GRANT USAGE ON SCHEMA s TO giver; GRANT SELECT ON s.t TO giver WITH GRANT OPTION",
    "shop",
  );
});
afterAll(async () => {
  await postgres?.stop();
});

const sceneAt = (port: number, roles: string): Scene => {
  const scene = createScene({ address: `main=127.0.0.1:${port}` });
  scene.write(fileOf(roles));
  return scene;
};

describe("the lock", () => {
  it("that is lost between two units: nothing more is done", async () => {
    const scene = sceneAt(postgres.port, RO);
    const { world, declared, build } = await scene.world();
    const { locks } = await lockAll(world.ports, [...declared.clusters.keys()]);
    const plan = build(await world.inspect());
    expect(plan.units.length).toBeGreaterThan(1);
    const begun: string[] = [];
    const kill = `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'`;
    const ports = {
      ...world.ports,
      begin: async (site: Parameters<typeof world.ports.begin>[0]): Promise<Transaction> => {
        begun.push(site.database);
        const transaction = await world.ports.begin(site);
        // After the proof that stands before the first commit.
        const commit = async (): Promise<void> => {
          await transaction.commit();
          if (begun.length === 1) await postgres.sql(kill);
        };
        return { ...transaction, commit };
      },
    };
    const outcome = await applyPlan({ plan, ports, locks, rebuild: build, onUnit: () => undefined, stopped: () => false });
    await releaseAll(locks);
    expect(outcome.units.map(({ status }) => status).slice(0, 2)).toEqual(["applied", "rolled back"]);
    expect(outcome.units[1]?.error?.message).toMatch(/^The lock on cluster main was lost/);
    expect(begun).toHaveLength(1);
    scene.write(fileOf(""));
    expect(await scene.apply()).toMatchObject({ status: "applied" });
    scene.remove();
  });

  it("of another session: its holder in this very database is named, and what to do", async () => {
    const [elsewhere, halves] = [await postgres.connect({ database: "store" }), await postgres.connect()];
    await elsewhere.query(`SELECT pg_advisory_lock(${KEY})`);
    // The same number as two halves is another lock.
    await halves.query(`SELECT pg_advisory_lock((${KEY} >> 32)::integer, (${KEY} & 4294967295)::integer)`);
    const scene = sceneAt(postgres.port, RO);
    const { world } = await scene.world();
    await (await world.ports.lock("main")).release();
    const here = await postgres.connect();
    const { rows } = await here.query(`SELECT pg_backend_pid() AS pid, pg_advisory_lock(${KEY})`);
    await expect(world.ports.lock("main")).rejects.toMatchObject({
      problems: [
        {
          code: "locked",
          message: expect.stringContaining(`process ${rows[0].pid} `),
          hint: expect.stringContaining(`pg_terminate_backend(${rows[0].pid})`),
        },
      ],
    });
    scene.remove();
    await Promise.all([elsewhere.end(), halves.end(), here.end()]);
  });
});

/** What comes of one statement as an apply runs it. */
async function ran(scene: Scene, ...statements: readonly string[]): Promise<string> {
  const { world } = await scene.world();
  const transaction = await world.ports.begin({ cluster: "main", database: "shop" });
  try {
    for (const sql of statements) await transaction.run(sql);
    return "done";
  } catch (error) {
    return error instanceof RunError ? `${error.type} ${error.code}` : String(error);
  } finally {
    await transaction.rollback();
  }
}

const LANGUAGES = [
  ["Japanese", JAPANESE],
  ...(majorsLeft === null
    ? ([
        ["English", null],
        ["German", GERMAN],
      ] as const)
    : []),
] as const;

describe.each(LANGUAGES)("a server that speaks %s", (_, language) => {
  let translator: Translator | null = null;
  let scene: Scene;
  beforeAll(async () => {
    translator = language && (await startTranslator(postgres, language));
    scene = sceneAt(translator?.port ?? postgres.port, RO);
  });
  afterAll(async () => {
    scene?.remove();
    await translator?.stop();
  });

  it.each([
    ["less is granted than was asked", ["SET LOCAL ROLE giver", "GRANT SELECT, INSERT ON s.t TO taker"], "failed 01007"],
    ["nothing is granted", ["SET LOCAL ROLE giver", "GRANT USAGE ON SCHEMA s TO taker"], "failed 01007"],
    ["nothing is revoked", ["SET LOCAL ROLE giver", "REVOKE USAGE ON SCHEMA s FROM PUBLIC"], "failed 01006"],
    ["a membership that somebody else gave stays", ["REVOKE team FROM taker"], "failed 01000"],
    ["an object is not there", ["LOCK TABLE s.nothing"], "failed 42P01"],
  ])("%s: its SQLSTATE says so", async (_what, statements, expected) => {
    expect(await ran(scene, ...statements)).toBe(expected);
  });

  it("a lock that somebody holds, and two sessions in one catalog row: likewise", async () => {
    const holder = await postgres.connect({ database: "shop" });
    await holder.query("BEGIN; LOCK TABLE s.t IN ACCESS EXCLUSIVE MODE");
    expect(await ran(scene, "LOCK TABLE s.t NOWAIT")).toBe("locked 55P03");
    await holder.query("ROLLBACK; BEGIN; GRANT SELECT ON s.t TO taker");
    const meets = ran(scene, "GRANT INSERT ON s.t TO taker");
    const waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'pgaccord'";
    while ((await postgres.sql(waits)).rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await holder.query("COMMIT");
    await holder.query("REVOKE SELECT ON s.t FROM taker");
    await holder.end();
    expect(await meets).toBe("transient XX000");
  });

  it("refuses a login, lacks a database: the problem has its own code", async () => {
    scene.write(fileOf(RO).replace("user: postgres", "user: nobody_at_all"));
    expect((await scene.plan()).problems.map(({ code }) => code)).toEqual(["login-refused"]);
    scene.write(fileOf(RO).replaceAll("store:", "stoer:"));
    expect((await scene.plan()).problems.map(({ code }) => code)).toEqual(["missing-database"]);
  });

  it("is planned, applied and cleared like any other", async () => {
    scene.write(fileOf(RO));
    expect(await scene.apply()).toMatchObject({ status: "applied" });
    scene.write(fileOf(""));
    expect(await scene.apply()).toMatchObject({ status: "applied" });
  });
});

describe("an event trigger of somebody else's", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = sceneAt(postgres.port, RO);
    await postgres.sql(
      `CREATE FUNCTION public.warns() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
         RAISE WARNING 'watched: %', tg_tag;
         RAISE WARNING 'like GRANT''s own' USING ERRCODE = '01007';
         IF tg_tag = 'REVOKE' THEN EXECUTE 'SET LOCAL ROLE giver'; EXECUTE 'GRANT USAGE ON SCHEMA s TO taker'; EXECUTE 'SET LOCAL ROLE NONE'; END IF;
       END $$;
       CREATE EVENT TRIGGER watcher ON ddl_command_end EXECUTE FUNCTION public.warns()`,
      "shop",
    );
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.sql("DROP EVENT TRIGGER watcher; DROP FUNCTION public.warns()", "shop");
  });

  it("warns of what it likes: the transaction goes on", async () => {
    expect(await ran(scene, "GRANT INSERT ON s.t TO taker", "REVOKE INSERT ON s.t FROM taker")).toBe("done");
    expect(await scene.apply()).toMatchObject({ status: "applied" });
    expect((await scene.plan()).changes).toEqual([]);
  });

  it("does not hide what GRANT itself warns of", async () => {
    expect(await ran(scene, "SET LOCAL ROLE giver", "GRANT SELECT, INSERT ON s.t TO taker")).toBe("failed 01007");
  });
});
