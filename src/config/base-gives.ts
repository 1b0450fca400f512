import type { Declared, DeclaredAccount, DeclaredCluster } from "../model/declared.js";
import type { Snapshot } from "../model/snapshot.js";
import { followBase } from "./from-base.js";

/** The file that was applied last, as far as it can be compared with another on the same servers. */
export interface BaseGives {
  readonly declared: Declared;
  readonly snapshot: Snapshot;
}

/**
 * What the base file gives on the servers that were read for the head file. What the base did not manage it took nothing from, so that is
 * left out: servers that it reached otherwise or not at all, databases that it does not name. null: the files cannot be compared.
 */
export function baseGives(base: Declared, head: Declared, snapshot: Snapshot): BaseGives | null {
  const { declared, notFollowed } = followBase(base, head);
  // Another owner's marks would name other orphans; without an account its IAM roles drop out of trusts.
  if (base.owner !== head.owner || [...base.accounts.values()].some((account) => !isSame(account, head.accounts.get(account.name))))
    return null;
  const moved = new Set(notFollowed.flatMap(({ type, name }) => (type === "cluster" ? [name] : [])));
  const clusters = new Map([...declared.clusters].filter(([name]) => !moved.has(name)));
  const unread = snapshot.unread.filter(({ target }) => target.type === "account" || clusters.has(target.name));
  return { declared: { ...declared, clusters }, snapshot: { ...snapshot, clusters: readOf(snapshot, clusters), unread } };
}

/** Who asks says nothing of what is there. */
const isSame = (base: DeclaredAccount, head: DeclaredAccount | undefined): boolean => base.id === head?.id && base.region === head.region;

function readOf(snapshot: Snapshot, clusters: ReadonlyMap<string, DeclaredCluster>): Snapshot["clusters"] {
  const read = [...snapshot.clusters].flatMap(([name, cluster]) => {
    const databases = clusters.get(name)?.databases;
    if (!databases) return [];
    return [[name, { ...cluster, inspected: new Map([...cluster.inspected].filter(([database]) => databases.has(database))) }] as const];
  });
  return new Map(read);
}
