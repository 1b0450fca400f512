import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../../src/sandbox/demo-world.js";
import { doors, holdings } from "../../support/holdings.js";
import { createScene, type Scene } from "../../support/scene.js";

const BEFORE = readFileSync(join(import.meta.dirname, "../../../access.yaml"), "utf8");
const AFTER = readFileSync(join(import.meta.dirname, "after.yaml"), "utf8");
const KILLED = join(import.meta.dirname, "../../support/killed-apply.ts");

/** Ten of the steps in `npm test`, every one in `npm run test:matrix`. */
const sample = (steps: number): number[] => {
  const all = Array.from({ length: steps }, (_, i) => i + 1);
  if (process.env["PGACCORD_MATRIX"]) return all;
  return all.filter((n) => n === 1 || n === steps || n % Math.ceil(steps / 9) === 0);
};

describe("an apply that is killed", () => {
  let world: DemoWorld;
  let scene: Scene;
  let before: ReadonlySet<string>;
  let after: ReadonlySet<string>;
  const state = async (): Promise<Set<string>> => new Set([...(await holdings(world.postgres, "demo")), ...(await doors(world.aws))]);
  const killedAt = (step: number): Promise<{ out: string; signal: string | null }> =>
    new Promise((resolve) => {
      const args = ["--import", "tsx", KILLED, scene.file, `demo=${world.address}`, String(step)];
      execFile(process.execPath, args, { env: { ...process.env, ...world.env } }, (error, out) =>
        resolve({ out, signal: error?.signal ?? null }),
      );
    });
  const to = async (text: string): Promise<void> => {
    scene.write(text);
    expect((await scene.apply()).status).toBe("applied");
  };
  beforeAll(async () => {
    world = await startDemoWorld({ major: 17 });
    scene = createScene({ env: world.env, address: `demo=${world.address}` });
    await to(AFTER);
    after = await state();
    await to(BEFORE);
    before = await state();
  });
  afterAll(async () => {
    scene?.remove();
    await world?.stop();
  });

  it("keeps the invariant at every step, and the next apply finishes it", async () => {
    scene.write(AFTER);
    const whole = await killedAt(0);
    const steps = Number(whole.out.split(" ")[1]);
    expect(whole.out).toMatch(/^applied \d+/);
    expect(steps).toBeGreaterThan(30);
    const changed = [...before].filter((h) => !after.has(h)).length + [...after].filter((h) => !before.has(h)).length;
    expect(changed).toBeGreaterThan(20);
    for (const step of sample(steps)) {
      await to(BEFORE);
      scene.write(AFTER);
      const killed = await killedAt(step);
      expect({ step, signal: killed.signal }).toEqual({ step, signal: "SIGKILL" });
      const held = await state();
      const beyond = [...held].filter((h) => !before.has(h) && !after.has(h));
      const missing = [...before].filter((h) => after.has(h) && !held.has(h));
      expect({ step, beyond, missing }).toEqual({ step, beyond: [], missing: [] });
      expect((await scene.apply()).status).toBe("applied");
      expect((await scene.plan()).changes).toEqual([]);
      expect(await state()).toEqual(after);
    }
  }, 900_000);
});
