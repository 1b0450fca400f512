import type { Acl } from "../model/resource.js";
import { granteeName } from "./acl-delta.js";
import type { ClusterFacts } from "./facts.js";

const CATALOG_OF: Readonly<Record<string, string>> = {
  database: "pg_database",
  schema: "pg_namespace",
  table: "pg_class",
  sequence: "pg_class",
  column: "pg_class",
  routine: "pg_proc",
};

/** How many ACLs of a catalog name the role, among those that were read: what the plan will clear. */
export function aclsHeldBy(of: ClusterFacts, role: string, database: string | null, catalog: string): number {
  const names = (acl: Acl): boolean => acl.some((row) => granteeName(row.grantee) === role || row.grantor === role);
  if (catalog === "pg_default_acl") {
    const rows = of.snapshot.inspected.get(database ?? "")?.defaultAcls ?? [];
    return rows.filter((row) => row.creator !== role && names(row.acl)).length;
  }
  let count = 0;
  for (const object of of.objects.values()) {
    const inDatabase = catalog === "pg_database" ? database === null : object.id.database === database;
    if (inDatabase && CATALOG_OF[object.id.on.type] === catalog && names(object.acl)) count++;
  }
  return count;
}
