import type { Effect, Operation } from "../model/plan.js";
import type { Pair, Resource } from "../model/resource.js";
import { diffGrants, managedGrants, sameGrants } from "./acl-delta.js";
import { actAs, clusterOf, type Facts } from "./facts.js";
import { grantEffects, showGrants } from "./pg-acl.js";
import { type KindSpec, none, plainOp } from "./spec.js";
import { displayName } from "./sql.js";

export const PG_DEFAULT_ACL: KindSpec<"pg.default-acl"> = {
  live: liveDefaultAcls,
  equal: (desired, live) => sameGrants(desired.grants, live.grants),
  op: plainOp,
  target: (id) => ({ type: "cluster", name: id.cluster }),
  title: (pair, op) => `${op} default privileges on ${onText(pair.id)} in ${displayName(pair.id.database)}`,
  effects: (pair): readonly Effect[] =>
    grantEffects(pair.before?.grants, pair.after?.grants, `${onText(pair.id)} in ${displayName(pair.id.database)}`, null),
  operations: defaultAclOperations,
  show: (pair) => showGrants(pair.before?.grants, pair.after?.grants),
  obstacles: none,
};

/** `later tables of pgdemo made by app_owner`. */
function onText(id: Pair<"pg.default-acl">["id"]): string {
  const where = id.schema === null ? `database ${displayName(id.database)}` : displayName(id.schema);
  return `later ${id.objects} of ${where} made by ${displayName(id.creator)}`;
}

/** Rows of any creator count: a default privilege for a managed role that nobody declared opens every later object. */
function* liveDefaultAcls(facts: Facts): Generator<Resource<"pg.default-acl">> {
  for (const cluster of facts.clusters.values()) {
    for (const database of cluster.snapshot.inspected.values()) {
      for (const row of database.defaultAcls) {
        const grants = managedGrants(row.acl, row.creator, (role) => cluster.managed.has(role));
        const { creator, schema, objects } = row;
        if (grants.length > 0)
          yield { id: { cluster: cluster.name, database: database.name, creator, schema, objects }, attrs: { grants } };
      }
    }
  }
}

/** Default ACLs have one grantor, the creator itself, and no per-object rows: a plain GRANT or REVOKE is enough. */
function defaultAclOperations(pair: Pair<"pg.default-acl">, facts: Facts): Operation[] {
  const { cluster, database, creator, schema, objects } = pair.id;
  const of = clusterOf(facts, cluster);
  const base = { change: pair.key, site: { cluster, database }, phase: "change", as: actAs(of, database, creator, creator) } as const;
  return diffGrants(pair.before?.grants, pair.after?.grants).flatMap((d): Operation[] => {
    // A default privilege with a grant option is never declared: it is taken whole and given back without.
    const lost = d.lost | d.lostOption;
    const gained = d.gained | d.lostOption;
    return [
      ...(lost
        ? [
            {
              ...base,
              type: "revoke-default",
              rank: 2,
              args: { creator, schema, objects, privileges: lost, from: { role: d.role } },
            } as const,
          ]
        : []),
      ...(gained
        ? [
            {
              ...base,
              type: "grant-default",
              rank: 3,
              args: { creator, schema, objects, privileges: gained, to: { role: d.role } },
            } as const,
          ]
        : []),
    ];
  });
}
