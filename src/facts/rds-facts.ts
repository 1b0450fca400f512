import type { Declared, DeclaredCluster } from "../model/declared.js";
import type { ClusterSnapshot, RdsSnapshot, Snapshot } from "../model/snapshot.js";

/** A cluster of which RDS said something. */
export interface RdsFacts {
  readonly declared: DeclaredCluster;
  readonly rds: RdsSnapshot;
  /** null: PostgreSQL itself was not read. */
  readonly live: ClusterSnapshot | null;
  /** Identifiers of the file in the same account and region, in lower case, its own among them; and what stands in for them. */
  readonly declaredBeside: ReadonlySet<string>;
}

export function rdsIn({ clusters }: Declared, snapshot: Snapshot): ReadonlyMap<string, RdsFacts> {
  const unread = new Map(snapshot.unread.flatMap(({ target, rds }) => (target.type === "cluster" ? [[target.name, rds] as const] : [])));
  return new Map(
    [...clusters.values()].flatMap((declared) => {
      const live = snapshot.clusters.get(declared.name) ?? null;
      const rds = live?.rds ?? unread.get(declared.name);
      return rds ? [[declared.name, { declared, rds, live, declaredBeside: beside(clusters, declared) }] as const] : [];
    }),
  );
}

const beside = (clusters: Declared["clusters"], { account, region, rds }: DeclaredCluster): ReadonlySet<string> =>
  new Set(
    [...clusters.values()].flatMap((one) =>
      one.account === account && one.region === region && one.rds && one.rds.type === rds?.type
        ? [one.rds.id, ...one.rds.also].map((id) => id.toLowerCase())
        : [],
    ),
  );
