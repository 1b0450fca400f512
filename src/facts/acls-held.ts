import type { Acl } from "../model/acl.js";
import type { Cell } from "../model/cell.js";
import type { ClusterSnapshot } from "../model/snapshot.js";
import type { Things } from "../model/thing.js";
import { granteeKey } from "../privileges/grantee.js";

/** How many ACLs of a catalog name a role as grantee, among those that were read: what a plan can clear. */
export type AclsHeld = (role: string, database: string | null, catalog: string) => number;

/** One pass over the groups, when it is first asked, however many roles are asked for. */
export function aclsHeldIn(things: Things, snapshot: ClusterSnapshot, cells: readonly Cell[]): AclsHeld {
  let counts: ReadonlyMap<string, number> | null = null;
  return (role, database, catalog) => {
    counts ??= countAcls(things, snapshot, cells);
    return counts.get(keyOf(role, database, catalog)) ?? 0;
  };
}

const keyOf = (role: string, database: string | null, catalog: string): string => JSON.stringify([role, database, catalog]);

function countAcls(things: Things, snapshot: ClusterSnapshot, cells: readonly Cell[]): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (database: string | null, catalog: string, names: Iterable<string>, count: number): void => {
    for (const role of names) {
      const key = keyOf(role, database, catalog);
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  };
  for (const { type, database, acl, objects } of cells) {
    const { catalog } = things[type];
    // pg_shdepend counts a database's own ACL among the shared objects.
    add(catalog === "pg_database" ? null : database, catalog, namedBy(acl), objects.length);
  }
  for (const database of snapshot.inspected.values()) {
    for (const { acl, creator } of database.defaultAcls) {
      const names = namedBy(acl);
      names.delete(creator);
      add(database.name, "pg_default_acl", names, 1);
    }
  }
  return counts;
}

/** A grantor that holds nothing there itself (a column's privilege, passed on by the table's) goes with no REVOKE of ours. */
const namedBy = (acl: Acl): Set<string> => new Set(acl.map((row) => granteeKey(row.grantee)));
