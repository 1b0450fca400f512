import { byRoleName } from "../../kinds/acl-delta.js";
import { type ClusterFacts, type LiveObject, namedObject } from "../../kinds/facts.js";
import { GRANT_TARGETS, privilegesOf, unknownPrivileges } from "../../kinds/grant-targets.js";
import { keyOf, objectText } from "../../kinds/key.js";
import { displayName } from "../../kinds/sql.js";
import type { DeclaredGrant } from "../../model/declared.js";
import type { SourcesByWho } from "../../model/expanded.js";
import type { Source } from "../../model/plan.js";
import { errorProblem } from "../../model/problem.js";
import type { Grant, Grants, Key, PgObject } from "../../model/resource.js";
import { nearest } from "../nearest.js";
import type { Collector } from "./collector.js";

export interface RoleGrant {
  readonly role: string;
  readonly grant: DeclaredGrant;
}

/** What several grants come to on one object. Shared by all objects that the same grants hit. */
interface Wanted {
  readonly attrs: { readonly grants: Grants };
  readonly sources: SourcesByWho;
}

export function expandAcls(collector: Collector, cluster: ClusterFacts, database: string, grants: readonly RoleGrant[]): void {
  const literal = new Map<Key, RoleGrant[]>();
  const wildcard = new Map<string, RoleGrant[]>();
  for (const g of grants) {
    if (!isKnownToServer(collector, cluster, g)) continue;
    const on = namedObject(g.grant);
    if (on) addLiteral(collector, cluster, database, literal, on, g);
    else addWildcard(collector, cluster, database, wildcard, g);
  }
  const wantedOf = memoizedWanted(cluster, wildcard);
  for (const [key, object] of cluster.objects) {
    if (object.id.database !== database) continue;
    const own = literal.get(key);
    const wanted = own ? merge(cluster, [...matching(wildcard, object), ...own], object.owner) : wantedOf(object);
    if (wanted.attrs.grants.length > 0) collector.wantResource("pg.acl", { key, id: object.id, attrs: wanted.attrs }, wanted.sources);
  }
}

const groupKey = (type: string, schema: string): string => `${type}/${schema}`;

function matching(wildcard: ReadonlyMap<string, RoleGrant[]>, object: LiveObject): readonly RoleGrant[] {
  const { on } = object.id;
  // Members of an extension are named literally or not at all.
  if (object.extension || !("schema" in on)) return [];
  return wildcard.get(groupKey(on.type, on.schema)) ?? [];
}

/** One merge per type, schema and owner, however many objects there are. */
function memoizedWanted(cluster: ClusterFacts, wildcard: ReadonlyMap<string, RoleGrant[]>): (object: LiveObject) => Wanted {
  const memo = new Map<string, Wanted>();
  return (object) => {
    const grants = matching(wildcard, object);
    const { on } = object.id;
    if (grants.length === 0 || !("schema" in on)) return NOTHING;
    const key = `${groupKey(on.type, on.schema)}/${object.owner}`;
    const known = memo.get(key);
    if (known) return known;
    const wanted = merge(cluster, grants, object.owner);
    memo.set(key, wanted);
    return wanted;
  };
}

const NOTHING: Wanted = { attrs: { grants: [] }, sources: new Map() };

/** Entries for one object add up; the owner needs none. */
function merge(cluster: ClusterFacts, list: readonly RoleGrant[], owner: string): Wanted {
  const byRole = new Map<string, Grant>();
  const sources = new Map<string, Source[]>();
  for (const { role, grant } of list) {
    if (role === owner) continue;
    const type = grant.on.type;
    const privileges = grant.privileges === "all" ? privilegesOf(type, cluster.snapshot.versionNum) : grant.privileges;
    byRole.set(role, { role, privileges: (byRole.get(role)?.privileges ?? 0) | privileges, grantable: 0 });
    sources.set(role, [...(sources.get(role) ?? []), { ...grant.place, pattern: grant.pattern }]);
  }
  return { attrs: { grants: [...byRole.values()].filter((g) => g.privileges !== 0).sort(byRoleName) }, sources };
}

function isKnownToServer(collector: Collector, cluster: ClusterFacts, { grant }: RoleGrant): boolean {
  if (grant.privileges === "all") return true;
  const unknown = unknownPrivileges(grant.on.type, grant.privileges, cluster.snapshot.versionNum);
  if (unknown.length === 0) return true;
  collector.problem(
    errorProblem(
      "privilege-needs-version",
      `Cluster ${cluster.name} (PostgreSQL ${Math.floor(cluster.snapshot.versionNum / 10000)}) has no privilege ${unknown.join(", ")} on ${GRANT_TARGETS[grant.on.type].plural}.`,
      {
        place: grant.place,
        hint: "Leave it out on this cluster.",
      },
    ),
  );
  return false;
}

function addLiteral(
  collector: Collector,
  cluster: ClusterFacts,
  database: string,
  literal: Map<Key, RoleGrant[]>,
  on: PgObject,
  g: RoleGrant,
): void {
  const key = keyOf("pg.acl", { cluster: cluster.name, database, on });
  if (!cluster.objects.has(key)) {
    collector.problem(missingObject(cluster, database, on, g.grant));
    return;
  }
  literal.set(key, [...(literal.get(key) ?? []), g]);
}

/** An empty schema satisfies its wildcard; a schema that is not there does not. */
function addWildcard(
  collector: Collector,
  cluster: ClusterFacts,
  database: string,
  wildcard: Map<string, RoleGrant[]>,
  g: RoleGrant,
): void {
  const { on } = g.grant;
  if (!("schema" in on)) return;
  if (!cluster.snapshot.inspected.get(database)?.schemas.has(on.schema)) {
    collector.problem(missingObject(cluster, database, { type: "schema", name: on.schema }, g.grant));
    return;
  }
  const key = groupKey(on.type, on.schema);
  wildcard.set(key, [...(wildcard.get(key) ?? []), g]);
}

function missingObject(cluster: ClusterFacts, database: string, on: PgObject, grant: DeclaredGrant) {
  const similar = [...cluster.objects.values()]
    .filter((o) => o.id.database === database && o.id.on.type === on.type)
    .map((o) => objectText(o.id.on));
  const near = nearest(objectText(on), similar);
  const text = objectText(on).replace(/^[a-z]+ /, (word) => word[0]?.toUpperCase() + word.slice(1));
  return errorProblem("missing-object", `${text} does not exist in database ${displayName(database)} of cluster ${cluster.name}.`, {
    place: grant.place,
    hint: near ? `The nearest is ${near}. Create it first, or correct the name.` : "Create it first, or correct the name.",
  });
}
