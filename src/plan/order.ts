import type { Facts } from "../facts/facts.js";
import { type Operation, PHASES, type Phase, type Site } from "../model/operation.js";
import type { Unit } from "../model/plan.js";
import { lockoutProbe, type Probe } from "./lockout.js";

/** A unit with what it does, before it is rendered. */
export interface UnitDraft {
  readonly phase: Phase;
  readonly site: Site;
  readonly operations: readonly Operation[];
  readonly check?: Unit["check"];
}

export interface Ordered {
  readonly drafts: readonly UnitDraft[];
  readonly probes: readonly Probe[];
  /** Clusters whose PostgreSQL part needs more than one transaction. */
  readonly split: ReadonlySet<string>;
}

/** A transaction touches at most this many objects: PostgreSQL 18 holds a lock on each until the commit. */
const MAX_OBJECTS = 500;

/** Operations to units, in the order of an apply. Every prefix keeps the invariant. */
export function orderUnits(operations: readonly Operation[], facts: Facts): Ordered {
  const drafts: UnitDraft[] = [];
  const probes: Probe[] = [];
  const split = new Set<string>();
  for (const [name, own] of groupBy(operations, (o) => ("cluster" in o.site ? o.site.cluster : null))) {
    const cluster = facts.clusters.get(name);
    if (!cluster) continue;
    const probe = lockoutProbe(cluster, own);
    if (probe) probes.push(probe);
    const core = coreUnits(own, { cluster: name, database: cluster.declared.admin.database }, probe);
    if (core.length > 1) split.add(name);
    drafts.push(...outerUnits(own, { cluster: name, database: cluster.declared.admin.database }), ...core);
  }
  for (const [account, own] of groupBy(operations, (o) => ("account" in o.site ? o.site.account : null))) {
    for (const [phase, calls] of groupBy(own, (o) => o.phase)) {
      const sorted = [...calls].sort((a, b) => a.rank - b.rank || (a.change < b.change ? -1 : a.change > b.change ? 1 : 0));
      drafts.push({ phase, site: { account }, operations: sorted });
    }
  }
  const rank = (draft: UnitDraft): number => PHASES.indexOf(draft.phase);
  return { drafts: drafts.sort((a, b) => rank(a) - rank(b)), probes, split };
}

const CORE: readonly Phase[] = ["remove", "change", "add"];

const outerUnits = (operations: readonly Operation[], site: Site): UnitDraft[] =>
  [...groupBy(operations, (o) => (CORE.includes(o.phase) ? null : o.phase))].map(([phase, own]) => ({ phase, site, operations: own }));

/** One transaction where one database and few objects are touched; else removals, then object by object, then additions. */
function coreUnits(operations: readonly Operation[], site: Extract<Site, { cluster: string }>, probe: Probe | null): UnitDraft[] {
  const core = operations.filter((o) => CORE.includes(o.phase));
  if (core.length === 0) return [];
  const changes = core.filter((o) => o.phase === "change");
  const databases = groupBy(changes, (o) => ("cluster" in o.site ? o.site.database : null));
  const objects = new Set(changes.map((o) => o.change));
  if (databases.size <= 1 && objects.size <= MAX_OBJECTS && !probe) {
    return [{ phase: "change", site: changes[0]?.site ?? site, operations: core }];
  }
  const removals = core.filter((o) => o.phase === "remove");
  const additions = core.filter((o) => o.phase === "add" && o !== probe?.operation);
  return [
    ...(removals.length > 0 ? [{ phase: "remove", site, operations: removals } as const] : []),
    ...[...databases].flatMap(([database, own]) =>
      chunks(own).map((part) => ({ phase: "change", site: { ...site, database }, operations: part }) as const),
    ),
    ...(probe
      ? [{ phase: "add", site, operations: [probe.operation], check: { type: "admin-can-log-in", undo: probe.undo } } as const]
      : []),
    ...(additions.length > 0 ? [{ phase: "add", site, operations: additions } as const] : []),
  ];
}

/** In the order of the keys, so that two runs lock objects in the same order; an object is never torn apart. */
function chunks(operations: readonly Operation[]): Operation[][] {
  const byObject = [...groupBy(operations, (o) => o.change)].sort(([a], [b]) => (a < b ? -1 : 1));
  const parts: Operation[][] = [];
  for (let i = 0; i < byObject.length; i += MAX_OBJECTS) parts.push(byObject.slice(i, i + MAX_OBJECTS).flatMap(([, own]) => own));
  return parts;
}

/** Groups in the order of first appearance; what has no group is left out. */
export function groupBy<T, G extends string>(items: readonly T[], groupOf: (item: T) => G | null): Map<G, T[]> {
  const groups = new Map<G, T[]>();
  for (const item of items) {
    const group = groupOf(item);
    if (group === null) continue;
    const list = groups.get(group);
    if (list) list.push(item);
    else groups.set(group, [item]);
  }
  return groups;
}
