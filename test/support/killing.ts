import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { applyPlan, lockAll, type Ports, releaseAll } from "../../src/index.js";
import type { Major } from "../../src/sandbox/binaries.js";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { comesIn, doors, holdings, reaches } from "./holdings.js";
import { createScene, type Scene } from "./scene.js";

const FOLDER = join(import.meta.dirname, "../scenarios/kill");
const KILLED = join(import.meta.dirname, "killed-apply.ts");

/** A demo world beside a plain server, and an apply from one file to another that can be killed after any of its steps. */
export interface Killing {
  /** Of a whole apply. */
  readonly steps: number;
  /** Looks at every moment of a whole apply: nobody may hold what is neither old nor new, nor lack what is both. Returns their number. */
  readonly watch: (slow: Slow) => Promise<number>;
  /** Kills an apply after that step; the same must be so, and the next apply finishes. */
  readonly killAt: (step: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

interface Context {
  readonly scene: Scene;
  readonly world: DemoWorld;
  readonly plain: LocalPostgres;
  /** The two files. */
  readonly texts: { readonly before: string; readonly after: string };
}
interface Ends {
  readonly before: Holdings;
  readonly after: Holdings;
}

export async function startKilling(major: Major): Promise<Killing> {
  const [world, plain] = await Promise.all([startDemoWorld({ major }), startPostgres({ major })]);
  const scene = createScene({ env: world.env, address: `demo=${world.address}` });
  const stop = async (): Promise<void> => {
    scene.remove();
    await Promise.all([world.stop(), plain.stop()]);
  };
  const textOf = (name: string): string => readFileSync(join(FOLDER, name), "utf8").replace("127.0.0.1:5432", `127.0.0.1:${plain.port}`);
  const context: Context = { scene, world, plain, texts: { before: textOf("before.yaml"), after: textOf("after.yaml") } };
  try {
    await makeDatabases(context);
    const after = await applied(context, context.texts.after);
    const before = await applied(context, context.texts.before);
    expect(changed(before, after)).toBeGreaterThan(40);
    scene.write(context.texts.after);
    const whole = await applyUntil(context, 0);
    expect(whole.out).toMatch(/^applied \d+/);
    const ends = { before, after };
    return {
      steps: Number(whole.out.split(" ")[1]),
      watch: (slow) => watch(context, ends, slow),
      killAt: (step) => killAt(context, ends, step),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeDatabases({ world, plain }: Context): Promise<void> {
  await world.postgres.sql("CREATE DATABASE depot OWNER app_owner");
  await world.postgres.sql("SET ROLE app_owner; CREATE SCHEMA goods; CREATE TABLE goods.parts (id integer)", "depot");
  for (const name of ["shop", "stock"]) {
    await plain.sql(`CREATE DATABASE ${name}`);
    await plain.sql("CREATE SCHEMA s; CREATE TABLE s.t (id integer)", name);
  }
}

type Holdings = ReadonlySet<string>;

async function stateOf({ world, plain }: Context): Promise<Holdings> {
  const open = await doors(world.aws);
  const there = async (postgres: LocalPostgres, database: string): Promise<string[]> => {
    const held = await holdings(postgres, database);
    return [...held, ...reaches(held, open), ...comesIn(held, open)].map((holding) => `${database}: ${holding}`);
  };
  const all = await Promise.all([
    there(world.postgres, "demo"),
    there(world.postgres, "depot"),
    there(plain, "shop"),
    there(plain, "stock"),
  ]);
  return new Set([...open, ...all.flat()]);
}

async function applied(context: Context, text: string): Promise<Holdings> {
  context.scene.write(text);
  expect((await context.scene.apply()).status).toBe("applied");
  return stateOf(context);
}

const changed = (before: Holdings, after: Holdings): number =>
  [...before].filter((held) => !after.has(held)).length + [...after].filter((held) => !before.has(held)).length;

/** A process of its own; step 0 is never reached, so that it ends by itself. */
const applyUntil = ({ scene, world }: Context, step: number): Promise<{ readonly out: string; readonly signal: string | null }> =>
  new Promise((resolve) => {
    const args = ["--import", "tsx", KILLED, scene.file, `demo=${world.address}`, String(step)];
    execFile(process.execPath, args, { env: { ...process.env, ...world.env } }, (error, out) =>
      resolve({ out, signal: error?.signal ?? null }),
    );
  });

/** What is wrong with a moment between two ends. */
const wrongIn = (held: Holdings, { before, after }: Ends) => ({
  beyond: [...held].filter((h) => !before.has(h) && !after.has(h)),
  missing: [...before].filter((h) => after.has(h) && !held.has(h)),
});
const NOTHING = { beyond: [], missing: [] };

async function killAt(context: Context, ends: Ends, step: number): Promise<void> {
  await applied(context, context.texts.before);
  context.scene.write(context.texts.after);
  const { signal } = await applyUntil(context, step);
  expect({ step, signal }).toEqual({ step, signal: "SIGKILL" });
  expect({ step, ...wrongIn(await stateOf(context), ends) }).toEqual({ step, ...NOTHING });
  expect({ step, held: await applied(context, context.texts.after) }).toEqual({ step, held: ends.after });
  expect((await context.scene.plan()).changes).toEqual([]);
}

/** Which of two lanes, that of the cluster with doors or that of AWS, waits for the other until this one can go on no more. */
export type Slow = "postgres" | "aws";

async function watch(context: Context, ends: Ends, slow: Slow): Promise<number> {
  await applied(context, context.texts.before);
  context.scene.write(context.texts.after);
  const { world, build, declared } = await context.scene.world();
  const moments: object[] = [];
  const lanes = { postgres: createLane(), aws: createLane() };
  const other = { postgres: lanes.aws, aws: lanes.postgres };
  const look = async (what: string): Promise<void> => void moments.push({ what, ...wrongIn(await stateOf(context), ends) });
  const inLane = async <T>(name: Slow, work: () => Promise<T>): Promise<T> => {
    if (name === slow) await other[name].isStill();
    return lanes[name].do(work);
  };
  const ports: Ports = {
    ...world.ports,
    begin: async (site) => {
      const isPlain = site.cluster !== "demo";
      const tx = await (isPlain ? world.ports.begin(site) : inLane("postgres", () => world.ports.begin(site)));
      const commit = (): Promise<void> => tx.commit().then(() => look(`a commit in ${site.database}`));
      return { ...tx, commit: () => (isPlain ? commit() : lanes.postgres.do(commit)) };
    },
    callAws: (call) => inLane("aws", () => world.ports.callAws(call).then(() => look(`${call.action} ${JSON.stringify(call.input)}`))),
  };
  const { locks } = await lockAll(ports, [...declared.clusters.keys()]);
  try {
    const plan = build(await world.inspect());
    expect(plan.gaps).toEqual([]);
    const outcome = await applyPlan({ plan, ports, locks, rebuild: build, onUnit: () => undefined, stopped: () => false });
    expect(moments).toEqual(moments.map((moment) => ({ ...moment, ...NOTHING })));
    expect([outcome.status, ...outcome.units.flatMap((unit) => unit.error?.message ?? [])]).toEqual(["applied"]);
  } finally {
    await releaseAll(locks);
  }
  return moments.length;
}

/** Nothing of a lane for so long: it waits for something else. */
const STILL_MS = 150;

function createLane() {
  let active = 0;
  let last = performance.now();
  return {
    do: async <T>(work: () => Promise<T>): Promise<T> => {
      active++;
      try {
        return await work();
      } finally {
        active--;
        last = performance.now();
      }
    },
    isStill: async (): Promise<void> => {
      while (active > 0 || performance.now() - last < STILL_MS) await setTimeout(STILL_MS / 5);
    },
  };
}
