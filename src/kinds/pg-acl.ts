import { cellResource, familyKey } from "../facts/cells.js";
import { type ClusterFacts, clusterOf, type Facts } from "../facts/facts.js";
import { nearest } from "../facts/nearest.js";
import type { Acl, Grantee, Grants } from "../model/acl.js";
import { type Cell, objectOf } from "../model/cell.js";
import type { Declared } from "../model/declared.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Resource } from "../model/resource.js";
import { localName, type ObjectRef } from "../model/thing.js";
import { managedGrants, sameGrants } from "../privileges/acl-delta.js";
import { objectName } from "../privileges/object-sql.js";
import { displayName } from "../privileges/sql.js";
import { attainAcl } from "./acl-attain.js";
import { declaredGrants } from "./declared-grants.js";
import { type KindSpec, noAttributes, none, type Wishes } from "./spec.js";
import { unknownPrivileges } from "./things.js";
import { type MergedGrants, mergeGrants, NO_GRANTS, type WantedGrant } from "./wanted-grants.js";

/** What is granted on one object. Objects that are treated alike are one resource until something differs. */
export const PG_ACL: KindSpec<"pg.acl"> = {
  isThing: false,
  wanted: (declared, facts, wishes) => {
    for (const cluster of facts.clusters.values()) {
      for (const database of cluster.snapshot.inspected.keys()) wantAcls(declared, facts, cluster, database, wishes);
    }
  },
  live: liveAcls,
  equal: (desired, live) => sameGrants(desired.grants, live.grants),
  op: () => "update",
  target: (id) => ({ type: "cluster", name: id.cluster }),
  subject: ({ id }, facts) => {
    const { server } = clusterOf(facts, id.cluster);
    const site = facts.things[id.on.type].scope === "cluster" ? "cluster" : { database: id.database };
    return { type: "privileges", on: { type: "object", server, site, of: id.on } };
  },
  delta: (pair, facts, sources) => clusterOf(facts, pair.id.cluster).grants.delta(pair.before?.grants, pair.after?.grants, sources),
  attributes: noAttributes,
  attain: (facts, around) => (pair) => attainAcl(pair, facts, around),
  obstacles: none,
};

function wantAcls(declared: Declared, facts: Facts, cluster: ClusterFacts, database: string, wishes: Wishes<"pg.acl">): void {
  const entries = entriesOf(declared, facts, cluster, database, wishes);
  const cells = cluster.cells.filter((cell) => cell.database === database);
  const mergedOf = memoizedMerge(facts, cluster);
  for (const cell of cells) {
    const { grants, sources } = mergedOf(cell, entries.wildcardOf(cell), entries.literalOf(cell));
    if (grants.length > 0) wishes.want(cellResource(cluster.name, cell, { grants }), sources);
  }
  const there = new Set(cells.filter((cell) => cell.literal).map(literalKey));
  const missing = entries.literals.filter((w) => !there.has(keyOfGrant(facts, w)));
  const namesOf = memoizedNames(cells);
  for (const [i, wanted] of missing.entries()) {
    const ref = refOf(wanted);
    wishes.problem(missingObject(cluster, database, i < MOST_COMPARED ? namesOf(ref.type) : [], ref, wanted));
  }
}

/** A file of thousands of wrong names is not one of typing errors: the names of a whole database are not compared for each. */
const MOST_COMPARED = 50;

const namesIn = (cells: readonly Cell[], type: ObjectRef["type"]): string[] =>
  cells
    .filter((cell) => cell.type === type || cell.family === type)
    .flatMap((cell) => cell.objects.map((object) => objectName(objectOf(cell, object))));

function memoizedNames(cells: readonly Cell[]): (type: ObjectRef["type"]) => readonly string[] {
  const memo = new Map<string, readonly string[]>();
  return (type) => {
    const names = memo.get(type) ?? namesIn(cells, type);
    memo.set(type, names);
    return names;
  };
}

/** The entries of the file, found by what they hit. */
interface Entries {
  readonly literals: readonly WantedGrant[];
  readonly wildcardOf: (cell: Cell) => readonly WantedGrant[] | undefined;
  readonly literalOf: (cell: Cell) => readonly WantedGrant[] | undefined;
}

/** What this server cannot take is a problem, and no entry. */
function entriesOf(declared: Declared, facts: Facts, cluster: ClusterFacts, database: string, wishes: Wishes<"pg.acl">): Entries {
  const wildcards = new Map<string, WantedGrant[]>();
  const literals = new Map<string, WantedGrant[]>();
  for (const wanted of declaredGrants(declared, cluster.name, database)) {
    const problem = unknownToServer(facts, cluster, wanted) ?? missingSchema(facts, cluster, database, wanted);
    if (problem) wishes.problem(problem);
    else add(wanted.grant.on.name === null ? wildcards : literals, keyOfGrant(facts, wanted), wanted);
  }
  return {
    literals: [...literals.values()].flat(),
    // Members of an extension are named literally or not at all.
    wildcardOf: (cell) => (cell.extension ? undefined : wildcards.get(familyKey(cell.family, cell.schema))),
    literalOf: (cell) => (cell.literal ? literals.get(literalKey(cell)) : undefined),
  };
}

function add(map: Map<string, WantedGrant[]>, key: string, wanted: WantedGrant): void {
  const list = map.get(key);
  if (list) list.push(wanted);
  else map.set(key, [wanted]);
}

function keyOfGrant({ things }: Facts, { grant: { on } }: WantedGrant): string {
  const family = familyKey(things[on.type].family, on.schema);
  return on.name === null ? family : JSON.stringify([family, localName(refOf({ grant: { on } }))]);
}
const literalKey = (cell: Cell): string =>
  JSON.stringify([familyKey(cell.family, cell.schema), localName(cell.objects[0] ?? { name: "" })]);

const refOf = ({ grant: { on } }: { readonly grant: Pick<WantedGrant["grant"], "on"> }): ObjectRef =>
  objectOf(on, { name: on.name ?? "", ...(on.args === null ? {} : { args: on.args }) });

/** One merge per pair of lists and owner, however many objects there are. */
function memoizedMerge({ things }: Facts, { snapshot }: ClusterFacts) {
  const memo = new Map<string, MergedGrants>();
  return (cell: Cell, general: readonly WantedGrant[] | undefined, named: readonly WantedGrant[] | undefined): MergedGrants => {
    if (!general && !named) return NO_GRANTS;
    const merge = (): MergedGrants =>
      mergeGrants([...(general ?? []), ...(named ?? [])], cell.owner, things[cell.type], snapshot.versionNum);
    if (named) return merge();
    const key = JSON.stringify([cell.type, cell.schema, cell.owner]);
    const merged = memo.get(key) ?? merge();
    memo.set(key, merged);
    return merged;
  };
}

function unknownToServer({ things }: Facts, cluster: ClusterFacts, { grant }: WantedGrant): Problem | null {
  const spec = things[grant.on.type];
  const { versionNum } = cluster.snapshot;
  const unknown = grant.privileges === "all" ? [] : unknownPrivileges(spec, grant.privileges, versionNum);
  if (unknown.length === 0) return null;
  return errorProblem(
    "privilege-needs-version",
    `Cluster ${cluster.name} (PostgreSQL ${Math.floor(versionNum / 10000)}) has no privilege ${unknown.join(", ")} on ${spec.plural}.`,
    { place: grant.place, hint: "Leave it out on this cluster." },
  );
}

/** An empty schema satisfies its wildcard; a schema that is not there does not. */
function missingSchema(facts: Facts, cluster: ClusterFacts, database: string, wanted: WantedGrant): Problem | null {
  const { schema, name } = wanted.grant.on;
  if (schema === null || name !== null || cluster.snapshot.inspected.get(database)?.schemas.has(schema)) return null;
  const cells = cluster.cells.filter((cell) => cell.database === database);
  return missingObject(cluster, database, namesIn(cells, "schema"), { type: "schema", name: schema }, wanted, facts.things.schema.noun);
}

function missingObject(
  cluster: ClusterFacts,
  database: string,
  similar: readonly string[],
  ref: ObjectRef,
  { grant }: WantedGrant,
  noun: string = ref.type,
): Problem {
  const near = nearest(objectName(ref), similar);
  const text = `${noun[0]?.toUpperCase()}${noun.slice(1)} ${objectName(ref)}`;
  return errorProblem("missing-object", `${text} does not exist in database ${displayName(database)} of cluster ${cluster.name}.`, {
    place: grant.place,
    hint: near ? `The nearest is ${noun} ${near}. Create it first, or correct the name.` : "Create it first, or correct the name.",
  });
}

/** Members of an extension count only where the file names them, or where a role that goes still holds them. */
function* liveAcls(facts: Facts): Generator<Resource<"pg.acl">> {
  for (const cluster of facts.clusters.values()) {
    const grantsOf = memoizedGrants((to) => to !== "PUBLIC" && cluster.managed.has(to.role));
    const grantsOfOrphans = memoizedGrants((to) => to !== "PUBLIC" && cluster.orphans.has(to.role));
    for (const cell of cluster.cells) {
      const all = !cell.extension || cell.literal;
      const grants = (all ? grantsOf : grantsOfOrphans)(cell.acl, cell.owner);
      if (grants.length > 0) yield cellResource(cluster.name, cell, { grants });
    }
  }
}

/** ACLs are interned: each is filtered once per owner. */
function memoizedGrants(isManaged: (to: Grantee) => boolean): (acl: Acl, owner: string) => Grants {
  const memo = new Map<Acl, Map<string, Grants>>();
  return (acl, owner) => {
    const byOwner = memo.get(acl) ?? new Map<string, Grants>();
    if (byOwner.size === 0) memo.set(acl, byOwner);
    const grants = byOwner.get(owner) ?? managedGrants(acl, owner, isManaged);
    byOwner.set(owner, grants);
    return grants;
  };
}
