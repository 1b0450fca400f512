import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Major } from "../../src/sandbox/binaries.js";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { doors, holdings, reaches } from "./holdings.js";
import { createScene, type Scene } from "./scene.js";

const BEFORE = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8");
const AFTER = readFileSync(join(import.meta.dirname, "../scenarios/kill/after.yaml"), "utf8");
const KILLED = join(import.meta.dirname, "killed-apply.ts");

/** A demo world, and an apply from the demo's file to another that can be killed after any of its steps. */
export interface Killing {
  /** Of a whole apply. */
  readonly steps: number;
  /** Kills an apply after that step; nobody may hold what is neither old nor new, nor lack what is both, and the next apply finishes. */
  readonly killAt: (step: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function startKilling(major: Major): Promise<Killing> {
  const world = await startDemoWorld({ major });
  const scene = createScene({ env: world.env, address: `demo=${world.address}` });
  const stop = async (): Promise<void> => {
    scene.remove();
    await world.stop();
  };
  try {
    const after = await applied(scene, world, AFTER);
    const before = await applied(scene, world, BEFORE);
    expect(changed(before, after)).toBeGreaterThan(20);
    scene.write(AFTER);
    const whole = await applyUntil(scene, world, 0);
    expect(whole.out).toMatch(/^applied \d+/);
    return { steps: Number(whole.out.split(" ")[1]), killAt: (step) => killAt(scene, world, { step, before, after }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Holdings = ReadonlySet<string>;

async function stateOf(world: DemoWorld): Promise<Holdings> {
  const [held, open] = [await holdings(world.postgres, "demo"), await doors(world.aws)];
  return new Set([...held, ...open, ...reaches(held, open)]);
}

async function applied(scene: Scene, world: DemoWorld, text: string): Promise<Holdings> {
  scene.write(text);
  expect((await scene.apply()).status).toBe("applied");
  return stateOf(world);
}

const changed = (before: Holdings, after: Holdings): number =>
  [...before].filter((held) => !after.has(held)).length + [...after].filter((held) => !before.has(held)).length;

/** A process of its own; step 0 is never reached, so that it ends by itself. */
const applyUntil = (scene: Scene, world: DemoWorld, step: number): Promise<{ readonly out: string; readonly signal: string | null }> =>
  new Promise((resolve) => {
    const args = ["--import", "tsx", KILLED, scene.file, `demo=${world.address}`, String(step)];
    execFile(process.execPath, args, { env: { ...process.env, ...world.env } }, (error, out) =>
      resolve({ out, signal: error?.signal ?? null }),
    );
  });

interface Kill {
  readonly step: number;
  readonly before: Holdings;
  readonly after: Holdings;
}

async function killAt(scene: Scene, world: DemoWorld, { step, before, after }: Kill): Promise<void> {
  await applied(scene, world, BEFORE);
  scene.write(AFTER);
  const { signal } = await applyUntil(scene, world, step);
  expect({ step, signal }).toEqual({ step, signal: "SIGKILL" });
  const held = await stateOf(world);
  const beyond = [...held].filter((h) => !before.has(h) && !after.has(h));
  const missing = [...before].filter((h) => after.has(h) && !held.has(h));
  expect({ step, beyond, missing }).toEqual({ step, beyond: [], missing: [] });
  expect({ step, held: await applied(scene, world, AFTER) }).toEqual({ step, held: after });
  expect((await scene.plan()).changes).toEqual([]);
}
