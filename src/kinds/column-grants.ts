import type { ClusterFacts } from "../facts/facts.js";
import type { Acl, AclEntry } from "../model/acl.js";
import { type Cell, type CellObject, objectOf } from "../model/cell.js";
import { keyOf } from "../model/key.js";
import type { Pair } from "../model/resource.js";
import { managedGrants } from "../privileges/acl-delta.js";
import { granteeKey } from "../privileges/grantee.js";
import type { Around } from "./spec.js";

type AclPair = Pair<"pg.acl">;
const NOBODY: ReadonlySet<string> = new Set();

/** Grantors that the admin may act as, and who can revoke nothing on this very object all the same. */
export function outOfHand(pair: AclPair, of: ClusterFacts, around: Around): ReadonlySet<string> {
  const { id } = pair;
  if (id.on.column !== undefined) return withoutOption(id.cell, id.on.name, of);
  return id.cell.family === "table" ? heldByColumns(pair, of, around) : NOBODY;
}

/**
 * A column's privilege passed on by the table's option outlives it: then its grantor can take nothing back (42501). In a table's own ACL
 * such a row would have gone with the option.
 */
export function withoutOption(cell: Cell, table: string, of: ClusterFacts): ReadonlySet<string> {
  const passed = cell.acl.filter(({ grantor }) => grantor !== cell.owner);
  if (passed.length === 0) return NOBODY;
  const options: Acl = [...cell.acl, ...of.columns.tableAcl(cell, table)];
  const inherits = of.acting.inherits(cell.database);
  const held = (grantor: string): number =>
    inherits(grantor, cell.owner) ? -1 : options.reduce((set, r) => set | (inherits(grantor, granteeKey(r.grantee)) ? r.grantable : 0), 0);
  return new Set(passed.filter(({ grantor, privileges }) => privileges & ~held(grantor)).map(({ grantor }) => grantor));
}

/** REVOKE on a table takes its columns' entries of that grantor, too: where one has to stay, the table's stays with it. */
function heldByColumns({ id: { cluster, database, cell, on } }: AclPair, of: ClusterFacts, around: Around): ReadonlySet<string> {
  const columns = of.columns.of(database, cell.schema, on.name);
  const stuck = columns.flatMap((column) => stuckOn(column, cluster, of, around));
  const isStuck = (row: AclEntry): boolean =>
    stuck.some(({ to, grantor }) => grantor === row.grantor && granteeKey(to) === granteeKey(row.grantee));
  return stuck.length === 0 ? NOBODY : new Set(cell.acl.filter(isStuck).map(({ grantor }) => grantor));
}

/** Whoever passed it on there keeps it, because somebody else would lose it. */
function stuckOn({ cell, object }: { cell: Cell; object: CellObject }, cluster: string, of: ClusterFacts, { desired }: Around) {
  const { database, schemas, owner, acl } = cell;
  const after = desired["pg.acl"].get(keyOf("pg.acl", { cluster, database, on: objectOf(cell, object), cell }))?.attrs.grants;
  const before = managedGrants(acl, owner, (to) => to !== "PUBLIC" && of.managed.has(to.role));
  const { stays } = of.grants.attain({ database, schemas, owner, acl }, before, after);
  return stays.filter(({ to }) => acl.some((row) => row.grantor === granteeKey(to)));
}
