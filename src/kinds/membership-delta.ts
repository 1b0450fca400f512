import { clusterOf, type Facts } from "../facts/facts.js";
import { NO_SOURCES, type Sources } from "../model/expanded.js";
import type { Attrs, Pair } from "../model/resource.js";
import type { Delta, DeltaItem } from "../model/right.js";
import { OPTIONS } from "./membership-state.js";

/** A right with all its options is one: gaining an option is gaining the membership that has it. */
export function membershipDelta({ id, before, after }: Pair<"pg.membership">, facts: Facts, { whole }: Sources = NO_SOURCES): Delta {
  const { server } = clusterOf(facts, id.cluster);
  const base = {
    who: { type: "role", cluster: id.cluster, name: id.member },
    verbs: ["member"],
    on: { type: "membership", server, role: id.role },
  } as const;
  const terms = (attrs: Attrs<"pg.membership"> | undefined) => (attrs ? { membership: attrs } : null);
  const [was, will] = [terms(before), terms(after)];
  const widens = will && (!before || OPTIONS.some((o) => after?.[o] && !before[o]));
  const narrows = was && (!after || OPTIONS.some((o) => before?.[o] && !after[o]));
  const gain: DeltaItem[] = widens ? [{ ...base, effect: "gains", terms: will, other: was, sources: whole }] : [];
  return [...gain, ...(narrows ? [{ ...base, effect: "loses", terms: was, other: will, sources: [] } as const] : [])];
}
