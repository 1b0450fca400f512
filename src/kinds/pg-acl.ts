import type { Effect, Operation } from "../model/plan.js";
import type { Acl, Grants, Pair, Resource } from "../model/resource.js";
import { managedGrants, sameGrants } from "./acl-delta.js";
import { actAs, type ClusterFacts, clusterOf, type Facts } from "./facts.js";
import { GRANT_TARGETS } from "./grant-targets.js";
import { objectText } from "./key.js";
import { type KindSpec, none } from "./spec.js";
import { displayName } from "./sql.js";

export const PG_ACL: KindSpec<"pg.acl"> = {
  isThing: false,
  live: liveAcls,
  equal: (desired, live) => sameGrants(desired.grants, live.grants),
  op: () => "update",
  target: (id) => ({ type: "cluster", name: id.cluster }),
  title: (pair) => `change privileges on ${objectText(pair.id.on)} in ${displayName(pair.id.database)}`,
  effects: (pair, facts) => {
    const where = whereText(clusterOf(facts, pair.id.cluster), pair.id);
    const on = `${objectText(pair.id.on)}${where}`;
    const fold = foldOf(pair.id, where);
    return facts.grants
      .effects(pair.before?.grants, pair.after?.grants)
      .map((e) => ({ effect: e.effect, who: e.who, what: e.what, preposition: "on", on, fold }));
  },
  operations: aclOperations,
  show: (pair, facts) => facts.grants.show(pair.before?.grants, pair.after?.grants),
  obstacles: none,
};

/** Members of an extension count only where the file names them, or where a role that goes still holds them. */
function* liveAcls(facts: Facts): Generator<Resource<"pg.acl">> {
  for (const cluster of facts.clusters.values()) {
    const grantsOf = memoizedGrants((role) => cluster.managed.has(role));
    const grantsOfOrphans = memoizedGrants((role) => cluster.orphans.has(role));
    for (const [key, object] of cluster.objects) {
      const all = !object.extension || cluster.named.has(key);
      const grants = (all ? grantsOf : grantsOfOrphans)(object.acl, object.owner);
      if (grants.length > 0) yield { key, id: object.id, attrs: { grants } };
    }
  }
}

/** ACLs are interned: each is filtered once per owner. */
function memoizedGrants(isManaged: (role: string) => boolean): (acl: Acl, owner: string) => Grants {
  const memo = new Map<Acl, Map<string, Grants>>();
  return (acl, owner) => {
    const byOwner = memo.get(acl) ?? new Map<string, Grants>();
    if (byOwner.size === 0) memo.set(acl, byOwner);
    const known = byOwner.get(owner);
    if (known) return known;
    const grants = managedGrants(acl, owner, isManaged);
    byOwner.set(owner, grants);
    return grants;
  };
}

/** A cluster with one declared database need not name it in every line. */
const whereText = (cluster: ClusterFacts, id: Pair<"pg.acl">["id"]): string =>
  id.on.type === "database" || cluster.declared.databases.size < 2 ? "" : ` in ${displayName(id.database)}`;

const foldOf = (id: Pair<"pg.acl">["id"], where: string): Effect["fold"] =>
  "schema" in id.on ? { noun: GRANT_TARGETS[id.on.type].plural, schema: `${displayName(id.on.schema)}${where}`, counted: true } : null;

function aclOperations(pair: Pair<"pg.acl">, facts: Facts): Operation[] {
  const { cluster, database, on } = pair.id;
  const of = clusterOf(facts, cluster);
  const object = of.objects.get(pair.key);
  if (!object) throw new Error(`${objectText(on)} was not read`);
  const base = { change: pair.key, site: { cluster, database }, phase: "change" } as const;
  const delta = facts.grants.delta(object.acl, object.owner, facts.grants.diff(pair.before?.grants, pair.after?.grants));
  const asOwner = actAs(of, database, object.owner, object.owner);
  return [
    ...delta.revokes.map((r): Operation => {
      const args = { on, privileges: r.privileges, from: r.from, optionOnly: r.optionOnly, cascade: r.cascade };
      return { ...base, type: "revoke", as: actAs(of, database, r.grantor, object.owner), rank: 0, args };
    }),
    ...delta.grants.map((g): Operation => {
      const args = { on, privileges: g.privileges, grantable: g.grantable, to: g.to };
      return { ...base, type: "grant", as: asOwner, rank: 1, args };
    }),
  ];
}
