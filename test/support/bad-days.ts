import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { ApplyOutcome } from "../../src/index.js";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { type FaultProxy, startFaultProxy } from "./faults/proxy.js";
import { quickClock } from "./quick-clock.js";
import { createScene, type Scene, titlesOf } from "./scene.js";

const ACCESS = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8");
/** Doors that close and open, a policy and a profile in place of others, a user that is renamed, a trust that grows. */
const CHANGED = ACCESS.replace("  oltp_ro_user: {", "  oltp_reader: { was: oltp_ro_user,")
  .replace("connect: [{ user: oltp_ro_user,", "connect: [{ user: oltp_reader,")
  .replace("connect: [{ user: oltp_rw_user, clusters: [demo] }]", "connect: [{ user: oltp_reader, clusters: [demo] }]")
  .replace("policy: pgdemo-oltp-ro-user-policy", "policy: pgdemo-oltp-reader-policy")
  .replace("name: pgdemo-db-report-profile", "name: pgdemo-db-reader-profile")
  .replace("trust: [{ role: pg-mgmt-role }]", "trust: [{ role: pg-mgmt-role }, { service: lambda.amazonaws.com }]");
const NOTHING = `${ACCESS.slice(0, ACCESS.indexOf("\niam_roles:"))}\n`
  .replace(/^ {2}(pgmonitor|oltp_r[ow]_user):.*\n/gm, "")
  .replace(/^users:\n/m, "");
const STORY = [ACCESS, CHANGED, NOTHING];

/** One seed: one apply on a bad day of AWS. */
export interface Day {
  readonly seed: number;
  readonly converged: boolean;
  readonly outcome: ApplyOutcome;
  readonly happened: ReadonlyMap<string, number>;
}

export interface BadDays {
  readonly live: (seed: number) => Promise<Day>;
  readonly stop: () => Promise<void>;
}

export async function startBadDays(): Promise<BadDays> {
  const world = await startDemoWorld({ major: 17 });
  const proxy = await startFaultProxy(world.env["AWS_ENDPOINT_URL"] ?? "");
  const scene = createScene({
    env: { ...world.env, AWS_ENDPOINT_URL: proxy.endpoint },
    address: `demo=${world.address}`,
    clock: quickClock(40),
  });
  const place: Place = { world, proxy, scene, text: "" };
  return { live: (seed) => live(place, seed), stop: () => stopAll(place) };
}

interface Place {
  readonly world: DemoWorld;
  readonly proxy: FaultProxy;
  readonly scene: Scene;
  /** The file that all is as it says. */
  text: string;
}

async function stopAll({ world, proxy, scene }: Place): Promise<void> {
  scene.remove();
  await proxy.stop();
  await world.stop();
}

/** What is left when it is over is nothing: after this apply, or after the next one, on a good day. */
async function live(place: Place, seed: number): Promise<Day> {
  const { proxy, scene } = place;
  const text = STORY[seed % STORY.length] ?? "";
  // Any seed can be lived alone: what it starts from is made first.
  proxy.seed(null);
  await become(place, STORY[(seed + STORY.length - 1) % STORY.length] ?? "");
  scene.write(text);
  proxy.seed(seed);
  const outcome = await scene.apply();
  const happened = new Map(proxy.happened);
  proxy.seed(null);
  const converged = outcome.status === "applied";
  place.text = converged ? text : "";
  if (!converged) console.log(`seed ${seed}: ${outcome.units.flatMap(({ error }) => error?.message ?? []).join(" ") || outcome.status}`);
  if (!converged) {
    expectExact(outcome);
    await become(place, text);
  }
  expect({ seed, left: titlesOf(await scene.plan()) }).toEqual({ seed, left: [] });
  return { seed, converged, outcome, happened };
}

async function become(place: Place, text: string): Promise<void> {
  if (place.text === text) return;
  place.scene.write(text);
  const { status, units } = await place.scene.apply();
  expect([status, ...units.flatMap(({ error }) => error?.message ?? [])]).toEqual(["applied"]);
  place.text = text;
}

/** Each unit that is not done says which call failed and why, or waits for one that does; or all was done and what is left is named. */
function expectExact({ status, units, remaining, next }: ApplyOutcome): void {
  expect(next).toHaveLength(1);
  if (status === "not-converged") {
    expect(remaining.length).toBeGreaterThan(0);
    return;
  }
  const bad = units.filter((unit) => unit.status === "failed" || unit.status === "unknown");
  expect(bad.length).toBeGreaterThan(0);
  for (const unit of bad)
    expect([unit.error?.message, unit.failedStep !== undefined || unit.error?.code === "aws-not-seen"]).toEqual([expect.any(String), true]);
}
