import type { AccountFacts, Facts } from "../facts/facts.js";
import { isManaged } from "../facts/iam-things.js";
import { livePartsOf } from "../facts/policy-parts.js";
import type { Declared } from "../model/declared.js";
import { resourceIdsOf } from "../model/rds-ids.js";
import type { Atom } from "../policies/atoms.js";
import { type DoorMap, unreadAtoms } from "../policies/doors-of.js";

/** What of an account's IAM leads to clusters that were not read. It stays as it is until they can be. */
export interface HeldBack {
  /** Names of the clusters, sorted. */
  readonly clusters: readonly string[];
  readonly doors: DoorMap;
  /** Our live policies that speak of them, with what they say; null: it cannot be told, so the whole policy stays. */
  readonly policies: ReadonlyMap<string, readonly Atom[] | null>;
  /** Names of the IAM roles that carry or declare one of these policies. */
  readonly roles: ReadonlySet<string>;
}

/** null: all clusters that have doors in the account were read. */
export function heldBackIn(declared: Declared, facts: Facts, account: AccountFacts): HeldBack | null {
  const clusters = unreadClusters(declared, facts, account.name);
  if (clusters.length === 0) return null;
  const doors = doorMap(declared, facts, account, clusters);
  const live = [...account.snapshot.policies.values()].filter((policy) => isManaged(facts, account, "iam.policy", policy));
  const found = live.map((policy) => ({ policy, atoms: unreadAtoms(policy.document, doors) }));
  const held = found.filter(({ atoms }) => atoms === null || atoms.length > 0);
  const arns = new Set(held.map(({ policy }) => policy.arn));
  const policies = new Map(held.map(({ policy, atoms }) => [policy.name, atoms]));
  const carriers = account.snapshot.attachments.filter((a) => a.principal === "role" && arns.has(a.policyArn)).map((a) => a.name);
  const declaring = [...declared.iamRoles.values()].filter(
    (role) => role.account === account.name && livePartsOf(facts, account, role.policy).some(({ name }) => policies.has(name)),
  );
  return { clusters, doors, policies, roles: new Set([...carriers, ...declaring.map((role) => role.name)]) };
}

/** Clusters of the account, and those that only doors name: a pull request's connection is not followed. */
function unreadClusters(declared: Declared, facts: Facts, account: string): readonly string[] {
  const own = [...declared.clusters.values()].filter((cluster) => cluster.account === account && cluster.rds !== null);
  const carriers = [...declared.iamRoles.values(), ...declared.iamDoors].filter((one) => one.account === account);
  const named = carriers.flatMap((one) => one.connect.flatMap(({ clusters }) => clusters ?? []));
  const unnamed = named.filter((name) => !declared.clusters.has(name));
  return [...new Set([...own.map((cluster) => cluster.name), ...unnamed])].filter((name) => !facts.clusters.has(name)).sort();
}

function doorMap(declared: Declared, facts: Facts, account: AccountFacts, clusters: readonly string[]): DoorMap {
  const { id, partition, region } = account.declared;
  const pattern = (place: string, resource: string): string => `arn:${partition}:rds-db:${place}:${id}:dbuser:${resource}/*`;
  const read = [...facts.clusters.values()].flatMap(({ declared: { account: of, region: place }, snapshot: { rds } }) =>
    of === account.name && rds ? resourceIdsOf(rds).map((one) => pattern(place ?? region, one)) : [],
  );
  const told = clusters.map((name) => {
    const rds = facts.unread.find(({ target }) => target.type === "cluster" && target.name === name)?.rds;
    return rds ? resourceIdsOf(rds).map((one) => pattern(declared.clusters.get(name)?.region ?? region, one)) : null;
  });
  return { read, unread: told.flatMap((list) => list ?? []), unknown: told.includes(null) ? pattern("*", "*") : null };
}
