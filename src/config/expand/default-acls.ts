import { byRoleName } from "../../kinds/acl-delta.js";
import type { ClusterFacts } from "../../kinds/facts.js";
import { privilegesOf } from "../../kinds/grant-targets.js";
import { displayName } from "../../kinds/sql.js";
import type { DeclaredDatabase } from "../../model/declared.js";
import type { Source } from "../../model/plan.js";
import { errorProblem, warningProblem } from "../../model/problem.js";
import type { DefaultAclObjects, Grant } from "../../model/resource.js";
import type { RoleGrant } from "./acls.js";
import type { Collector } from "./collector.js";

const OBJECTS_OF = { table: "tables", sequence: "sequences", routine: "routines" } as const;

/** Wildcards mean now and later: later objects come by default privileges of each creator, per schema. */
export function expandDefaultAcls(
  collector: Collector,
  cluster: ClusterFacts,
  database: DeclaredDatabase,
  grants: readonly RoleGrant[],
): void {
  const wildcards = grants.filter((g) => "schema" in g.grant.on && g.grant.on.name === null);
  if (wildcards.length === 0) return;
  if (database.creators.length === 0) {
    collector.problem(notCovered(cluster, database, wildcards));
    return;
  }
  for (const creator of database.creators) {
    if (!cluster.snapshot.roles.has(creator.role) && !cluster.declaredRoles.has(creator.role)) {
      collector.problem(
        errorProblem("missing-role", `Creator ${displayName(creator.role)} does not exist on cluster ${cluster.name}.`, {
          place: creator.place,
          hint: "Name the roles that create objects in this database: the owners of its tables.",
        }),
      );
      continue;
    }
    for (const group of groupByTarget(wildcards).values()) wantDefault(collector, cluster, database.name, creator.role, group);
  }
}

function groupByTarget(wildcards: readonly RoleGrant[]): Map<string, { schema: string; objects: DefaultAclObjects; grants: RoleGrant[] }> {
  const groups = new Map<string, { schema: string; objects: DefaultAclObjects; grants: RoleGrant[] }>();
  for (const g of wildcards) {
    const { on } = g.grant;
    if (!("schema" in on)) continue;
    const objects = OBJECTS_OF[on.type];
    const key = JSON.stringify([on.schema, objects]);
    const group = groups.get(key) ?? { schema: on.schema, objects, grants: [] };
    groups.set(key, group);
    group.grants.push(g);
  }
  return groups;
}

function wantDefault(
  collector: Collector,
  cluster: ClusterFacts,
  database: string,
  creator: string,
  group: { readonly schema: string; readonly objects: DefaultAclObjects; readonly grants: readonly RoleGrant[] },
): void {
  const { schema, objects } = group;
  // A schema that is not there has its own problem.
  if (!cluster.snapshot.inspected.get(database)?.schemas.has(schema)) return;
  const byRole = new Map<string, Grant>();
  const sources = new Map<string, Source[]>();
  for (const { role, grant } of group.grants) {
    if (role === creator) continue;
    const privileges = grant.privileges === "all" ? privilegesOf(grant.on.type, cluster.snapshot.versionNum) : grant.privileges;
    byRole.set(role, { role, privileges: (byRole.get(role)?.privileges ?? 0) | privileges, grantable: 0 });
    sources.set(role, [...(sources.get(role) ?? []), { ...grant.place, pattern: grant.pattern }]);
  }
  const grants = [...byRole.values()].filter((g) => g.privileges !== 0).sort(byRoleName);
  if (grants.length > 0)
    collector.want("pg.default-acl", { cluster: cluster.name, database, creator, schema, objects }, { grants }, sources);
}

const notCovered = (cluster: ClusterFacts, database: DeclaredDatabase, wildcards: readonly RoleGrant[]) =>
  warningProblem(
    "later-objects-not-covered",
    `Database ${displayName(database.name)} of cluster ${cluster.name} names no creators: objects made later get their privileges at the next apply only (${wildcards.length} wildcard${wildcards.length === 1 ? "" : "s"}).`,
    { place: database.place, hint: `Name the roles that create objects here: creators: [app_owner].` },
  );
