import type { Facts } from "../kinds/facts.js";
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

/** All that differs of one kind, sorted by key. No kind is named. */
export function diffKind<K extends Kind>(kind: K, spec: KindSpec<K>, desired: Desired, live: Live): Pair<K>[] {
  const pairs: Pair<K>[] = [];
  for (const [key, want] of desired[kind]) {
    const have = live[kind].get(key);
    if (have && spec.equal(want.attrs, have.attrs)) continue;
    pairs.push({ kind, key, id: want.id, before: have?.attrs, after: want.attrs });
  }
  for (const [key, have] of live[kind]) {
    if (!desired[kind].has(key)) pairs.push({ kind, key, id: have.id, before: have.attrs, after: undefined });
  }
  return pairs.sort((a, b) => (a.key < b.key ? -1 : 1));
}
