import { type ApplyOutcome, applyPlan, lockAll, type Plan, type Ports, RunError, releaseAll } from "../../../src/index.js";
import type { Scene } from "../scene.js";
import type { Point } from "./judge.js";
import type { Sampler } from "./sampler.js";

/** What the unit says that is made to fail. */
export const FAULT = "The test lets this unit fail.";

export interface WatchedApply {
  readonly plan: Plan;
  readonly outcome: ApplyOutcome;
  /** By cluster; one of which nothing was to be done has no points. */
  readonly seen: ReadonlyMap<string, readonly Point[]>;
}

export interface WatchOptions {
  readonly samplers: ReadonlyMap<string, Sampler>;
  /** The number of the unit that fails, from 0; the others go on. */
  readonly failing?: number;
}

/** Applies the scene's file, and looks at what everybody reaches after every commit. */
export async function watchedApply(scene: Scene, { samplers, failing }: WatchOptions): Promise<WatchedApply> {
  const { world, build, declared } = await scene.world();
  const { locks } = await lockAll(world.ports, [...declared.clusters.keys()]);
  try {
    const plan = build(await world.inspect());
    const errors = plan.problems.filter((p) => p.severity === "error");
    if (errors.length > 0) throw new Error(errors.map((p) => `${p.code}: ${p.message}`).join("\n"));
    const points = new Map<string, Point[]>([...samplers.keys()].map((cluster) => [cluster, []]));
    const fails = failing === undefined ? null : plan.units[failing % plan.units.length]?.id;
    const current = new Map<string, string>();
    const note = async (cluster: string): Promise<void> => {
      const own = points.get(cluster) ?? [];
      const done = new Set([...(own.at(-1)?.done ?? []), current.get(cluster) ?? ""]);
      const levels = await samplers.get(cluster)?.levels();
      if (levels) own.push({ done, levels });
    };
    const ports: Ports = {
      ...world.ports,
      begin: async (site) => {
        if (current.get(site.cluster) === fails) throw new RunError("failed", FAULT);
        const tx = await world.ports.begin(site);
        const commit = async (): Promise<void> => {
          await tx.commit();
          await note(site.cluster);
        };
        return { ...tx, commit };
      },
    };
    const onUnit: Parameters<typeof applyPlan>[0]["onUnit"] = (event) => {
      if (event.type === "start" && "cluster" in event.unit.site) current.set(event.unit.site.cluster, event.unit.id);
    };
    const outcome = await applyPlan({ plan, ports, locks, rebuild: build, onUnit, stopped: () => false });
    return { plan, outcome, seen: points };
  } finally {
    await releaseAll(locks);
  }
}
