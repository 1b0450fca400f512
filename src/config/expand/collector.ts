import { resource } from "../../kinds/key.js";
import { KIND_NAMES } from "../../kinds/table.js";
import type { Expanded, SourcesByWho } from "../../model/expanded.js";
import type { Source } from "../../model/plan.js";
import type { Problem } from "../../model/problem.js";
import type { Attrs, Desired, Id, Key, Kind, Resource } from "../../model/resource.js";

/** What `expand` gathers on its way. The maps are filled only through `want`. */
export interface Collector {
  readonly want: <K extends Kind>(kind: K, id: Id<K>, attrs: Attrs<K>, sources: SourcesByWho) => void;
  /** The same where the key is known already. */
  readonly wantResource: <K extends Kind>(kind: K, resource: Resource<K>, sources: SourcesByWho) => void;
  /** Neither compared nor changed: a problem says why. */
  readonly leaveOut: (key: Key) => void;
  readonly problem: (problem: Problem) => void;
  readonly result: () => Expanded;
}

export function createCollector(): Collector {
  const maps = new Map<Kind, Map<Key, Resource<Kind>>>(KIND_NAMES.map((kind) => [kind, new Map()]));
  const sources = new Map<Key, SourcesByWho>();
  const leftOut = new Set<Key>();
  const problems: Problem[] = [];
  const wantResource: Collector["wantResource"] = (kind, wanted, from) => {
    maps.get(kind)?.set(wanted.key, wanted);
    sources.set(wanted.key, from);
  };
  return {
    want: (kind, id, attrs, from) => wantResource(kind, resource(kind, id, attrs), from),
    wantResource,
    leaveOut: (key) => leftOut.add(key),
    problem: (problem) => problems.push(problem),
    // The one place where the filled maps become the typed state.
    result: () => ({ desired: { ...Object.fromEntries(maps), side: "desired" } as unknown as Desired, sources, leftOut, problems }),
  };
}

export const whole = (...sources: readonly Source[]): SourcesByWho => new Map([["", sources]]);
