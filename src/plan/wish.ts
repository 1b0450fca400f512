import type { Facts } from "../facts/facts.js";
import type { KindSpec, KindTable } from "../kinds/spec.js";
import type { Declared } from "../model/declared.js";
import type { Expanded, Sources } from "../model/expanded.js";
import type { Problem } from "../model/problem.js";
import type { Desired, Key, Kind, Resource } from "../model/resource.js";

/** Declared, expanded with the facts: what every kind makes of it. Pure; no kind is named. */
export function wishesOf(table: KindTable, kinds: readonly Kind[], declared: Declared, facts: Facts): Expanded {
  const sources = new Map<Key, Sources>();
  const leftOut = new Set<Key>();
  const problems: Problem[] = [];
  const mapOf = <K extends Kind>(kind: K): ReadonlyMap<Key, Resource<K>> => {
    const map = new Map<Key, Resource<K>>();
    const spec: KindSpec<K> = table[kind];
    spec.wanted(declared, facts, {
      want: (resource, from) => {
        map.set(resource.key, resource);
        sources.set(resource.key, from);
      },
      leaveOut: (key) => leftOut.add(key),
      problem: (problem) => problems.push(problem),
    });
    return map;
  };
  const maps = kinds.map((kind) => [kind, mapOf(kind)] as const);
  // The one place where the filled maps become the typed state.
  return { desired: { ...Object.fromEntries(maps), side: "desired" } as unknown as Desired, sources, leftOut, problems };
}
