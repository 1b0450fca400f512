import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { majorsLeft } from "../support/majors.js";
import { type Pooler, type PoolerOptions, startPooler } from "../support/pooler.js";
import { createScene, type Scene } from "../support/scene.js";

const FILE = `version: 1
owner: acme/access
clusters:
  main: { address: 127.0.0.1:1, admin: { user: postgres, auth: none }, databases: { shop: {} } }
defaults: { clusters: [main] }
roles: { ro: { grants: { shop: { database: [connect] } } } }
`;

describe("between pgaccord and the server stands a pooler", () => {
  let postgres: LocalPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.sql("CREATE DATABASE shop");
  });
  afterAll(async () => {
    await postgres?.stop();
  });
  const through = async (options: PoolerOptions, work: (scene: Scene, pooler: Pooler) => Promise<void>): Promise<void> => {
    const pooler = await startPooler(postgres, options);
    const scene = createScene({ address: `main=127.0.0.1:${pooler.port}` });
    scene.write(FILE);
    try {
      await work(scene, pooler);
    } finally {
      scene.remove();
      await pooler.stop();
    }
  };
  const roles = async (): Promise<unknown> => (await postgres.sql("SELECT rolname FROM pg_roles WHERE rolname = 'ro'")).rows;

  const POOLERS: readonly PoolerOptions[] = [
    { backends: 1, takes: "last" },
    { backends: 1, takes: "last", resets: true },
    { backends: 3, takes: "last", resets: true },
    { backends: 3, takes: "first" },
    { backends: 3, takes: "any" },
    ...(majorsLeft === null
      ? ([
          { backends: 3, takes: "last" },
          { backends: 3, takes: "first", resets: true },
        ] as const)
      : []),
  ];

  it.each(POOLERS)("in transaction mode (%j): plan and apply refuse it", async (options) => {
    await through(options, async (scene) => {
      const plan = await scene.plan();
      expect(plan.problems.map(({ code, hint }) => [code, hint])).toEqual([
        ["transaction-pooler", expect.stringContaining("in session mode")],
      ]);
      await expect(scene.apply()).rejects.toThrow(/Cluster main is behind a transaction pooler/);
      expect(await roles()).toEqual([]);
    });
  });

  it("plan and apply say so on the command line, and exit 1", async () => {
    await through({ backends: 1, takes: "last" }, async (scene) => {
      for (const command of [["plan"], ["apply", "--yes"]]) {
        const { code, out, err } = await scene.cli(...command);
        expect({ code, said: out + err }).toEqual({ code: 1, said: expect.stringContaining("[transaction-pooler]") });
      }
      expect(await roles()).toEqual([]);
    });
  });

  it("that does what it is for: with two clients one session serves both", async () => {
    await through({ backends: 1, takes: "last" }, async (_, { port }) => {
      const clients = [0, 1].map(() => new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "shop" }));
      for (const client of clients) await client.connect();
      const locks = await Promise.all(
        clients.map((client) => client.query("SELECT pg_try_advisory_lock(1) AS taken, pg_backend_pid() AS pid")),
      );
      expect(new Set(locks.map(({ rows }) => JSON.stringify(rows))).size).toBe(1);
      await Promise.all(clients.map((client) => client.end()));
    });
  });

  it("that gives the same session again is not seen, until a session comes to another connection", async () => {
    await through({ backends: 2, takes: "first", remembers: true }, async (scene) => {
      expect((await scene.plan()).problems).toEqual([]);
      expect((await scene.plan()).problems.map(({ code }) => code)).toEqual(["transaction-pooler"]);
      expect(await roles()).toEqual([]);
    });
  });

  it("in session mode: it passes", async () => {
    await through({ backends: 6, takes: "last", mode: "session" }, async (scene) => {
      expect(await scene.apply()).toMatchObject({ status: "applied" });
      expect(await roles()).toEqual([{ rolname: "ro" }]);
      scene.write(FILE.replace(/roles:.*\n/, ""));
      expect(await scene.apply()).toMatchObject({ status: "applied" });
    });
  });
});
