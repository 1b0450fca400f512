import type { Operation } from "../model/plan.js";
import type { Pair, Resource } from "../model/resource.js";
import { managedGrants, sameGrants } from "./acl-delta.js";
import { actAs, clusterOf, type Facts } from "./facts.js";
import { resource } from "./key.js";
import { type KindSpec, none, plainOp } from "./spec.js";
import { displayName } from "./sql.js";

export const PG_DEFAULT_ACL: KindSpec<"pg.default-acl"> = {
  isThing: false,
  live: liveDefaultAcls,
  equal: (desired, live) => sameGrants(desired.grants, live.grants),
  op: plainOp,
  target: (id) => ({ type: "cluster", name: id.cluster }),
  title: (pair, op) => `${op} default privileges on later ${pair.id.objects} of ${whereText(pair.id)}`,
  effects: (pair, facts) => {
    const noun = `later ${pair.id.objects}`;
    const schema = whereText(pair.id);
    const rest = { preposition: "on", on: `${noun} of ${schema}`, fold: { noun, schema, counted: false } } as const;
    return facts.grants.effects(pair.before?.grants, pair.after?.grants).map((effect) => ({ ...effect, ...rest }));
  },
  operations: defaultAclOperations,
  show: (pair, facts) => facts.grants.show(pair.before?.grants, pair.after?.grants),
  obstacles: none,
};

/** `pgdemo made by app_owner in demo`. */
function whereText(id: Pair<"pg.default-acl">["id"]): string {
  const where = id.schema === null ? "every schema" : displayName(id.schema);
  return `${where} made by ${displayName(id.creator)} in ${displayName(id.database)}`;
}

/** Rows of any creator count: a default privilege for a managed role that nobody declared opens every later object. */
function* liveDefaultAcls(facts: Facts): Generator<Resource<"pg.default-acl">> {
  for (const cluster of facts.clusters.values()) {
    for (const database of cluster.snapshot.inspected.values()) {
      for (const row of database.defaultAcls) {
        const grants = managedGrants(row.acl, row.creator, (role) => cluster.managed.has(role));
        const { creator, schema, objects } = row;
        if (grants.length > 0)
          yield resource("pg.default-acl", { cluster: cluster.name, database: database.name, creator, schema, objects }, { grants });
      }
    }
  }
}

/** Default ACLs have one grantor, the creator itself, and no per-object rows: a plain GRANT or REVOKE is enough. */
function defaultAclOperations(pair: Pair<"pg.default-acl">, facts: Facts): Operation[] {
  const { cluster, database, creator, schema, objects } = pair.id;
  const of = clusterOf(facts, cluster);
  const base = { change: pair.key, site: { cluster, database }, phase: "change", as: actAs(of, database, creator, creator) } as const;
  return facts.grants.diff(pair.before?.grants, pair.after?.grants).flatMap((d): Operation[] => {
    // A default privilege with a grant option is never declared: it is taken whole and given back without.
    const lost = d.lost | d.lostOption;
    const gained = d.gained | d.lostOption;
    const target = { creator, schema, objects };
    return [
      ...(lost
        ? [{ ...base, type: "revoke-default", rank: 2, args: { ...target, privileges: lost, from: { role: d.role } } } as const]
        : []),
      ...(gained
        ? [{ ...base, type: "grant-default", rank: 3, args: { ...target, privileges: gained, to: { role: d.role } } } as const]
        : []),
    ];
  });
}
