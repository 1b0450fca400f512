import type { Components } from "../access/components.js";
import type { Change } from "../model/change.js";
import { groupBy } from "../model/group-by.js";
import type { Operation } from "../model/operation.js";
import type { AwsDraft } from "./aws-units.js";
import { draftOf, type UnitDraft } from "./draft.js";

/** What RDS must be set to: a unit for each cluster, for which all else on the cluster waits, and the doors to it. */
export function ensureUnits(
  operations: readonly Operation[],
  changes: readonly Pick<Change, "key" | "target">[],
): ReadonlyMap<string, UnitDraft> {
  const clusters = new Map(changes.flatMap(({ key, target }) => (target.type === "cluster" ? [[key, target.name] as const] : [])));
  const byCluster = groupBy(operations, ({ phase, change }) => (phase === "ensure" ? (clusters.get(change) ?? null) : null));
  return new Map(
    [...byCluster].flatMap(([cluster, own]) => {
      const [first] = own;
      return first ? [[cluster, draftOf("ensure", first.site, own)] as const] : [];
    }),
  );
}

export function waitForEnsured(
  ensured: ReadonlyMap<string, UnitDraft>,
  drafts: readonly UnitDraft[],
  aws: readonly AwsDraft[],
  components: Components,
): void {
  for (const [cluster, first] of ensured) {
    for (const draft of drafts) if ("cluster" in draft.site && draft.site.cluster === cluster) draft.after.add(first);
    for (const { component, draft } of aws) if (components.clusters(component).has(cluster)) draft.after.add(first);
  }
}
