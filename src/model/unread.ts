import type { Target } from "./resource.js";
import type { Snapshot, Unread } from "./snapshot.js";

export const isSameTarget = (a: Target, b: Target): boolean => a.type === b.type && a.name === b.name;

/** The snapshot as if these could not be read, either: what RDS says of them stays known. */
export function leaveOut(snapshot: Snapshot, targets: readonly Unread[]): Snapshot {
  if (targets.length === 0) return snapshot;
  const isOut = (target: Target): boolean => targets.some((one) => isSameTarget(one.target, target));
  const { clusters, accounts, unread } = snapshot;
  const rdsOf = ({ target }: Unread): Unread["rds"] =>
    target.type === "cluster"
      ? (clusters.get(target.name)?.rds ?? unread.find((one) => isSameTarget(one.target, target))?.rds ?? null)
      : null;
  return {
    clusters: new Map([...clusters].filter(([name]) => !isOut({ type: "cluster", name }))),
    accounts: new Map([...accounts].filter(([name]) => !isOut({ type: "account", name }))),
    unread: [...unread.filter(({ target }) => !isOut(target)), ...targets.map((one) => ({ ...one, rds: rdsOf(one) ?? one.rds }))],
  };
}
