import type { Losses } from "../access/losses.js";
import type { Gap, Net, Unheld } from "../model/net.js";
import type { Operation, Phase, Site } from "../model/operation.js";
import type { Unit } from "../model/plan.js";
import type { Problem } from "../model/problem.js";

/** A unit with what it does, before it is rendered. */
export interface UnitDraft {
  readonly phase: Phase;
  readonly site: Site;
  readonly operations: readonly Operation[];
  readonly check?: Unit["check"];
  /** Units that must have succeeded: it stands behind them in the list. */
  readonly after: Set<UnitDraft>;
}

export const draftOf = (phase: Phase, site: Site, operations: readonly Operation[], after: Iterable<UnitDraft> = []): UnitDraft => ({
  phase,
  site,
  operations,
  after: new Set(after),
});

/** Of a cluster. */
export interface OrderedCluster {
  /** In an order in which they can be carried out one by one. */
  readonly drafts: readonly UnitDraft[];
  /** Between which units somebody is without what they keep. */
  readonly gaps: readonly (Omit<Gap, "from" | "to"> & { readonly from: UnitDraft | undefined; readonly to: UnitDraft | undefined })[];
  /** Keys of the changes that have a part in a gap. */
  readonly torn: ReadonlySet<string>;
  readonly problems: readonly Problem[];
  /** What all of it means for those who log in. */
  readonly net: readonly Net[];
  readonly unheld: Unheld;
  /** By cluster: worked out when it is asked. */
  readonly losses: ReadonlyMap<string, () => Losses>;
}

export interface Ordered extends OrderedCluster {
  /** No units wait for each other, and no door is open meanwhile that is shut before and after. */
  readonly isSound: boolean;
}
