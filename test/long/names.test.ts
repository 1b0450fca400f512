import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MAJORS } from "../../src/sandbox/binaries.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { generated, timeIsOver } from "../support/generated.js";
import { accessFile, DATABASE, dropObjects, emptyFile, makeObjects, type OddWorld, oddWorld, rightsOf } from "../support/odd-world.js";
import { createScene, type Scene } from "../support/scene.js";
import { tally } from "../support/tally.js";

/** One major in each round: its server starts once. */
const [major = 17] = fc.sample(fc.constantFrom(...MAJORS), { ...generated({ short: 1, long: 1 }), numRuns: 1 });

let postgres: LocalPostgres;
let scene: Scene;
beforeAll(async () => {
  postgres = await startPostgres({ major });
  await postgres.sql(`CREATE DATABASE "${DATABASE}"`);
  scene = createScene({ address: `main=127.0.0.1:${postgres.port}` });
});
afterAll(async () => {
  scene?.remove();
  await postgres?.stop();
});

const rolesNow = async (): Promise<unknown> =>
  (await postgres.sql("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'postgres'")).rows;

async function grantAndTake(world: OddWorld): Promise<void> {
  await makeObjects(postgres, world);
  try {
    scene.write(accessFile(world));
    expect(await scene.apply()).toMatchObject({ status: "applied" });
    expect((await scene.plan()).changes).toEqual([]);
    const yes = { userReads: true, wideUpdates: true, schema: true, sequence: true, member: true };
    expect(await rightsOf(postgres, world)).toEqual({ ...yes, userUpdates: false, wideReads: false });
  } finally {
    scene.write(emptyFile);
    await scene.apply();
    await dropObjects(postgres, world);
  }
  expect(await rolesNow()).toEqual([]);
}

it("any names go through plan, apply and an empty plan, and are taken away again", async (context) => {
  let worlds = 0;
  await fc.assert(
    fc.asyncProperty(oddWorld, async (world) => {
      if (timeIsOver()) return;
      worlds++;
      await grantAndTake(world);
    }),
    generated({ short: 3, long: 60 }),
  );
  tally(context, { counts: { [`worlds of odd names on PostgreSQL ${major}`]: worlds } });
  expect(worlds).toBeGreaterThan(0);
});
