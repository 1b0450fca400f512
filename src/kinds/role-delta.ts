import { clusterOf, type Facts } from "../facts/facts.js";
import { NO_SOURCES, type Sources } from "../model/expanded.js";
import type { Pair } from "../model/resource.js";
import type { Delta } from "../model/right.js";

/** LOGIN is the only attribute that is a right; a released role keeps it. */
export function roleDelta({ id, before, after }: Pair<"pg.role">, facts: Facts, { whole }: Sources = NO_SOURCES): Delta {
  const had = before?.login ?? false;
  const has = after ? after.login : before?.mark === "adopted" && had;
  if (had === has) return [];
  return [
    {
      effect: has ? "gains" : "loses",
      who: { type: "role", cluster: id.cluster, name: id.role },
      verbs: ["login"],
      on: { type: "login", server: clusterOf(facts, id.cluster).server },
      terms: {},
      other: null,
      sources: has ? whole : [],
    },
  ];
}
