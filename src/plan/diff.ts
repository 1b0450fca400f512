import type { Facts } from "../facts/facts.js";
import type { KindSpec, KindTable } from "../kinds/spec.js";
import type { Desired, Key, Kind, Live, Pair, Resource } from "../model/resource.js";

/** What the kinds find of their own in the snapshot. */
export function liveOf(table: KindTable, kinds: readonly Kind[], facts: Facts): Live {
  const maps = kinds.map((kind) => [kind, liveOfKind(kind, table, facts)] as const);
  // The one place where the filled maps become the typed state.
  return { ...Object.fromEntries(maps), side: "live" } as unknown as Live;
}

function liveOfKind<K extends Kind>(kind: K, table: KindTable, facts: Facts): ReadonlyMap<Key, Resource<K>> {
  const map = new Map<Key, Resource<K>>();
  for (const resource of table[kind].live(facts)) map.set(resource.key, resource);
  return map;
}

/** All that differs of one kind, before resources that stand for many are taken apart. No kind is named. */
export function diffKind<K extends Kind>(kind: K, spec: KindSpec<K>, desired: Desired, live: Live): Difference<K>[] {
  const differences: Difference<K>[] = [];
  for (const [key, want] of desired[kind]) {
    const have = live[kind].get(key);
    if (have && spec.equal(want.attrs, have.attrs)) continue;
    differences.push({ of: want, before: have?.attrs, after: want.attrs });
  }
  for (const [key, have] of live[kind]) {
    if (!desired[kind].has(key)) differences.push({ of: have, before: have.attrs, after: undefined });
  }
  return differences;
}

/** Equal attributes of one resource, or of all that it stands for. */
export type Difference<K extends Kind> = Pick<Pair<K>, "before" | "after"> & { readonly of: Resource<K> };

/** One pair for each resource that differs. */
export function pairsOf<K extends Kind>(kind: K, { of, before, after }: Difference<K>): Pair<K>[] {
  return [...(of.members?.each() ?? [of])].map(({ key, id }) => ({ kind, key, id, before, after }));
}

export const countOf = <K extends Kind>({ members }: Resource<K>): number => members?.count ?? 1;
