import { type ClusterFacts, clusterOf, type Facts } from "../facts/facts.js";
import type { Declared, DeclaredDatabase } from "../model/declared.js";
import { NO_SOURCES } from "../model/expanded.js";
import { resource } from "../model/key.js";
import type { Operation } from "../model/operation.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import type { Pair, Resource } from "../model/resource.js";
import type { ObjectType } from "../model/thing.js";
import { managedGrants, sameGrants, withStaying } from "../privileges/acl-delta.js";
import type { StayingRow } from "../privileges/acl-revokes.js";
import { granteeKey } from "../privileges/grantee.js";
import { cannotActAs, cannotTake } from "../privileges/run-as.js";
import { displayName } from "../privileges/sql.js";
import { declaredGrants } from "./declared-grants.js";
import { renderBatch } from "./operations.js";
import { creatorHint, toActAs, toTake } from "./safe-hint.js";
import { type Attained, type KindSpec, noAttributes, none, plainOp, type Staying, type Wishes } from "./spec.js";
import { mergeGrants, type WantedGrant } from "./wanted-grants.js";

/** What a creator's later objects give: the other half of a wildcard. */
export const PG_DEFAULT_ACL: KindSpec<"pg.default-acl"> = {
  isThing: false,
  wanted: (declared, facts, wishes) => {
    for (const cluster of facts.clusters.values()) {
      for (const database of cluster.declared.databases.values()) wantDefaults(declared, facts, cluster, database, wishes);
    }
  },
  live: liveDefaultAcls,
  equal: (desired, live) => sameGrants(desired.grants, live.grants),
  op: plainOp,
  target: (id) => ({ type: "cluster", name: id.cluster }),
  subject: ({ id: { cluster, database, creator, schema, objects } }, facts) => ({
    type: "privileges",
    on: { type: "later", server: clusterOf(facts, cluster).server, database, creator, schema, objects },
  }),
  delta: (pair, facts, sources) => clusterOf(facts, pair.id.cluster).grants.delta(pair.before?.grants, pair.after?.grants, sources),
  attributes: noAttributes,
  attain: (facts) => (pair) => attainDefaultAcl(pair, facts),
  obstacles: none,
};

/** Later objects come by default privileges of each creator, per schema, where these give no more than the file says. */
function wantDefaults(
  declared: Declared,
  facts: Facts,
  cluster: ClusterFacts,
  database: DeclaredDatabase,
  wishes: Wishes<"pg.default-acl">,
): void {
  const schemas = cluster.snapshot.inspected.get(database.name)?.schemas;
  // A schema that is not there has its own problem.
  const wildcards = declaredGrants(declared, cluster.name, database.name).filter(
    ({ grant: { on } }) => on.name === null && facts.things[on.type].later !== null,
  );
  if (!schemas || wildcards.length === 0) return;
  // A default privilege would give on what is made between its end and the next apply.
  const lasting = wildcards.filter(({ grant }) => grant.until === null);
  const ending = wildcards.filter(({ grant }) => grant.until !== null);
  if (database.creators.length === 0) wishes.problem(notCovered(cluster, database, wildcards));
  else if (ending.length > 0) wishes.problem(endingNotCovered(cluster, database, ending));
  for (const { role, place } of database.creators) {
    if (!cluster.snapshot.roles.has(role) && !cluster.declaredRoles.has(role)) {
      wishes.problem(
        errorProblem("missing-role", `Creator ${displayName(role)} does not exist on cluster ${cluster.name}.`, {
          place,
          hint: "Name the roles that create objects in this database: the owners of its tables.",
        }),
      );
      continue;
    }
    const there = lasting.filter(({ grant: { on } }) => on.schema !== null && schemas.has(on.schema));
    for (const group of groupByTarget(there)) wantDefault(facts, cluster, database.name, role, group, wishes);
  }
}

interface Group {
  readonly schema: string;
  readonly type: ObjectType;
  readonly list: readonly WantedGrant[];
}

function groupByTarget(wildcards: readonly WantedGrant[]): Group[] {
  const groups = new Map<string, { schema: string; type: ObjectType; list: WantedGrant[] }>();
  for (const wanted of wildcards) {
    const { schema, type } = wanted.grant.on;
    const key = JSON.stringify([schema, type]);
    const group = groups.get(key) ?? { schema: schema ?? "", type, list: [] };
    groups.set(key, group);
    group.list.push(wanted);
  }
  return [...groups.values()];
}

function wantDefault(
  { things }: Facts,
  cluster: ClusterFacts,
  database: string,
  creator: string,
  { schema, type, list }: Group,
  wishes: Wishes<"pg.default-acl">,
): void {
  const spec = things[type];
  if (spec.later === null) return;
  const { grants, sources } = mergeGrants(list, creator, spec, cluster.snapshot.versionNum);
  if (grants.length === 0) return;
  const id = { cluster: cluster.name, database, creator, schema, objects: spec.later };
  wishes.want(resource("pg.default-acl", id, { grants }), sources);
}

const notCovered = (cluster: ClusterFacts, database: DeclaredDatabase, wildcards: readonly WantedGrant[]): Problem =>
  warningProblem(
    "later-objects-not-covered",
    `Database ${displayName(database.name)} of cluster ${cluster.name} names no creators: objects made later get their privileges at the next apply only (${wildcards.length} wildcard${wildcards.length === 1 ? "" : "s"}).`,
    { place: database.place, hint: `Name the roles that create objects here: creators: [app_owner].` },
  );

function endingNotCovered(cluster: ClusterFacts, database: DeclaredDatabase, wildcards: readonly WantedGrant[]): Problem {
  const [first] = wildcards;
  const many = wildcards.length === 1 ? "1 wildcard" : `${wildcards.length} wildcards`;
  return warningProblem(
    "later-objects-not-covered",
    `Database ${displayName(database.name)} of cluster ${cluster.name}: what ${many} with \`expires\` give${wildcards.length === 1 ? "s" : ""} on objects made later comes at the next apply only.`,
    {
      place: first?.grant.place ?? database.place,
      hint: "Default privileges have no end; let the role expire, or run the apply on a schedule.",
    },
  );
}

/** Rows of any creator count: a default privilege for a managed role that nobody declared opens every later object. */
function* liveDefaultAcls(facts: Facts): Generator<Resource<"pg.default-acl">> {
  for (const cluster of facts.clusters.values()) {
    for (const database of cluster.snapshot.inspected.values()) {
      for (const { creator, schema, objects, acl } of database.defaultAcls) {
        const grants = managedGrants(acl, creator, (to) => to !== "PUBLIC" && cluster.managed.has(to.role));
        const id = { cluster: cluster.name, database: database.name, creator, schema, objects };
        if (grants.length > 0) yield resource("pg.default-acl", id, { grants });
      }
    }
  }
}

/** Default ACLs have one grantor, the creator itself, and no per-object rows: a plain GRANT or REVOKE is enough. */
function attainDefaultAcl(pair: Pair<"pg.default-acl">, facts: Facts): Attained<"pg.default-acl"> {
  const { cluster, creator } = pair.id;
  const of = clusterOf(facts, cluster);
  if (of.powers.reach(creator) !== null) return { end: pair.after, operations: operationsOf(pair, of), stays: [] };
  const diff = of.grants.diff(pair.before?.grants, pair.after?.grants);
  const lost = diff.flatMap(({ to, lost, lostWithOption, lostOption }): StayingRow[] => {
    const row = { to, grantor: creator, privileges: lost | lostOption, grantable: lostWithOption | lostOption };
    return row.privileges === 0 ? [] : [row];
  });
  // Nothing of it is done: what should go stays, what should come does not.
  const grants = withStaying(pair.after?.grants, lost);
  const both = grants && { grants };
  const stays = lost.length === 0 ? [] : [stayingDefaults({ ...pair, before: both }, of, lost, facts)];
  const lacks = diff.some(({ gained }) => gained) ? [lackingDefaults({ ...pair, after: both }, of, facts)] : [];
  return { end: pair.before, operations: [], stays: [...stays, ...lacks] };
}

const statementsOf = (pair: Pair<"pg.default-acl">, of: ClusterFacts, { things }: Facts): string[] =>
  operationsOf(pair, of).flatMap((o) => (o.type === "aws" ? [] : renderBatch([o], things)));

function stayingDefaults(pair: Pair<"pg.default-acl">, of: ClusterFacts, lost: readonly StayingRow[], facts: Facts): Staying {
  const { cluster, creator } = pair.id;
  const statements = statementsOf(pair, of, facts);
  return {
    delta: of.grants.delta(pair.before?.grants, pair.after?.grants, NO_SOURCES),
    grantor: creator,
    statements,
    problem: { ...cannotTake(cluster, of.powers, creator, statements), ...toTake(of, creator, pair.id.database, statements) },
    names: [creator, ...lost.map((row) => granteeKey(row.to))],
    waits: null,
  };
}

/** Only the creator, or who has its privileges, gives on what it will make. */
function lackingDefaults(pair: Pair<"pg.default-acl">, of: ClusterFacts, facts: Facts): Staying {
  const { cluster, creator } = pair.id;
  const statements = statementsOf(pair, of, facts);
  return {
    delta: of.grants.delta(pair.before?.grants, pair.after?.grants, NO_SOURCES),
    grantor: creator,
    statements,
    problem: warningProblem("cannot-act-as", cannotActAs(cluster, of.powers, creator), {
      hint: creatorHint(of, creator, statements),
      ...toActAs(of, creator),
    }),
    names: [],
    waits: null,
  };
}

function operationsOf(pair: Pair<"pg.default-acl">, of: ClusterFacts): Operation[] {
  const { cluster, database, creator, schema, objects } = pair.id;
  const base = { change: pair.key, site: { cluster, database }, phase: "change", as: of.acting.actAs(database, creator, creator) } as const;
  return of.grants.diff(pair.before?.grants, pair.after?.grants).flatMap((d): Operation[] => {
    // A default privilege with a grant option is never declared: it is taken whole and given back without.
    const lost = d.lost | d.lostOption;
    const gained = d.gained | d.lostOption;
    const target = { creator, schema, objects };
    return [
      ...(lost ? [{ ...base, type: "revoke-default", rank: 2, args: { ...target, privileges: lost, from: d.to } } as const] : []),
      ...(gained ? [{ ...base, type: "grant-default", rank: 3, args: { ...target, privileges: gained, to: d.to } } as const] : []),
    ];
  });
}
