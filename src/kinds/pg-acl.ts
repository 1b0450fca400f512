import type { Effect, Operation } from "../model/plan.js";
import { wordsOf } from "../model/privileges.js";
import type { Acl, Grants, Pair, Resource } from "../model/resource.js";
import { aclDelta, diffGrants, type GrantDiff, managedGrants, sameGrants } from "./acl-delta.js";
import { actAs, type ClusterFacts, clusterOf, type Facts } from "./facts.js";
import { GRANT_TARGETS } from "./grant-targets.js";
import { objectText } from "./key.js";
import { type KindSpec, none } from "./spec.js";
import { displayName } from "./sql.js";

export const PG_ACL: KindSpec<"pg.acl"> = {
  live: liveAcls,
  equal: (desired, live) => sameGrants(desired.grants, live.grants),
  op: () => "update",
  target: (id) => ({ type: "cluster", name: id.cluster }),
  title: (pair) => `change privileges on ${objectText(pair.id.on)} in ${displayName(pair.id.database)}`,
  effects: (pair, facts) => {
    const where = whereText(clusterOf(facts, pair.id.cluster), pair.id);
    return grantEffects(pair.before?.grants, pair.after?.grants, `${objectText(pair.id.on)}${where}`, foldOf(pair.id, where));
  },
  operations: aclOperations,
  show: (pair) => showGrants(pair.before?.grants, pair.after?.grants),
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
      if (grants.length > 0) yield { id: object.id, attrs: { grants } };
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
  "schema" in id.on ? { noun: GRANT_TARGETS[id.on.type].plural, schema: `${displayName(id.on.schema)}${where}` } : null;

/** One effect for all privileges that a role gains on a thing, one for all that it loses. */
export function grantEffects(before: Grants | undefined, after: Grants | undefined, on: string, fold: Effect["fold"]): Effect[] {
  return diffGrants(before, after).flatMap((d) => effectsOf(d, on, fold));
}

function effectsOf(d: GrantDiff, on: string, fold: Effect["fold"]): Effect[] {
  const gains = [...wordsOf(d.gained), ...wordsOf(d.gainedOption).map((w) => `grant option for ${w}`)];
  const loses = [...wordsOf(d.lost), ...wordsOf(d.lostOption).map((w) => `grant option for ${w}`)];
  return [
    ...(gains.length > 0 ? [{ effect: "gains", who: d.role, what: gains, preposition: "on", on, fold } as const] : []),
    ...(loses.length > 0 ? [{ effect: "loses", who: d.role, what: loses, preposition: "on", on, fold } as const] : []),
  ];
}

/** What is taken and what is given, in words. */
export function showGrants(before: Grants | undefined, after: Grants | undefined): { before: unknown; after: unknown } {
  const part = (role: string, privileges: number, option: number) =>
    privileges | option ? [{ role, privileges: wordsOf(privileges), grant_option: wordsOf(option) }] : [];
  const diffs = diffGrants(before, after);
  return {
    before: { remove: diffs.flatMap((d) => part(d.role, d.lost, d.lostOption)) },
    after: { add: diffs.flatMap((d) => part(d.role, d.gained, d.gainedOption)) },
  };
}

function aclOperations(pair: Pair<"pg.acl">, facts: Facts): Operation[] {
  const { cluster, database, on } = pair.id;
  const of = clusterOf(facts, cluster);
  const object = of.objects.get(pair.key);
  if (!object) throw new Error(`${objectText(on)} was not read`);
  const base = { change: pair.key, site: { cluster, database }, phase: "change" } as const;
  const delta = aclDelta(object.acl, object.owner, diffGrants(pair.before?.grants, pair.after?.grants));
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
