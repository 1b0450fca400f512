import type { Declared } from "../model/declared.js";
import type { ClusterNeed } from "../model/need.js";
import type { Plan } from "../model/plan.js";
import type { ClusterSnapshot, Snapshot } from "../model/snapshot.js";
import { baseNeeds } from "./base.js";
import { withNeeds } from "./simulate.js";

export interface Prescribed {
  /** By cluster, in the order in which they help. */
  readonly needs: ReadonlyMap<string, readonly ClusterNeed[]>;
  /** The plan once all of that is given: what still stands in its way, no statement takes away. */
  readonly plan: Plan;
}

/** One right can make another needless: ADMIN on a role lets the admin act as it, too. So the plan is asked again after each sort. */
const SORTS: readonly ClusterNeed["type"][] = ["create-roles", "administer", "act-as", "inherit", "connect", "usage"];

/** Every round adds something, and a file names so many things; the bound is for a need that does not help. */
const ROUNDS = 24;

export function prescribe(
  declared: Declared,
  snapshot: Snapshot,
  planOf: (snapshot: Snapshot) => Plan,
  includes: (cluster: string) => boolean,
): Prescribed {
  const needs = new Map<string, readonly ClusterNeed[]>();
  const clusters = new Map(snapshot.clusters);
  const add = (name: string, more: readonly ClusterNeed[]): void => {
    const [cluster, admin] = [clusters.get(name), declared.clusters.get(name)?.admin.user];
    if (!cluster || admin === undefined || more.length === 0) return;
    needs.set(name, [...(needs.get(name) ?? []), ...more]);
    clusters.set(name, withNeeds(cluster, more, admin));
  };
  for (const [name, cluster] of snapshot.clusters) if (includes(name)) add(name, baseOf(declared, name, cluster));
  for (let round = 0; ; round++) {
    const plan = planOf({ ...snapshot, clusters });
    const asked = clusterNeeds(plan).filter((need) => includes(need.cluster) && !isKnown(needs, need));
    const next = [...new Set(asked.map((need) => need.cluster))].map((name) => [name, firstSort(asked, name)] as const);
    if (round === ROUNDS || next.every(([, more]) => more.length === 0)) return { needs: withRuns(needs, asked), plan };
    for (const [name, more] of next) add(name, more);
  }
}

const baseOf = (declared: Declared, name: string, snapshot: ClusterSnapshot): ClusterNeed[] => {
  const cluster = declared.clusters.get(name);
  return cluster ? baseNeeds(cluster, snapshot) : [];
};

/** Each once. */
function clusterNeeds({ problems }: Plan): ClusterNeed[] {
  const found = problems.flatMap(({ needs = [] }) => needs).filter((need) => need.type !== "allow");
  return [...new Map(found.map((need) => [JSON.stringify(need), need])).values()];
}

const isKnown = (needs: ReadonlyMap<string, readonly ClusterNeed[]>, need: ClusterNeed): boolean =>
  (needs.get(need.cluster) ?? []).some((other) => JSON.stringify(other) === JSON.stringify(need));

function firstSort(asked: readonly ClusterNeed[], cluster: string): readonly ClusterNeed[] {
  const own = asked.filter((need) => need.cluster === cluster);
  const sort = SORTS.find((type) => own.some((need) => need.type === type));
  return own.filter((need) => need.type === sort);
}

function withRuns(needs: ReadonlyMap<string, readonly ClusterNeed[]>, asked: readonly ClusterNeed[]): Prescribed["needs"] {
  const all = new Map(needs);
  for (const need of asked) if (need.type === "run") all.set(need.cluster, [...(all.get(need.cluster) ?? []), need]);
  return all;
}
