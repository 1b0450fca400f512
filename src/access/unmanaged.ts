import type { AccountFacts, ClusterFacts, Facts } from "../facts/facts.js";
import { carriedBy, isManaged, isMarkedForUs } from "../facts/iam-things.js";
import { policyDelta } from "../kinds/document-rights.js";
import { isForeign } from "../kinds/foreign-attachments.js";
import { type Cell, objectOf } from "../model/cell.js";
import { NO_SOURCES } from "../model/expanded.js";
import { keyOf } from "../model/key.js";
import type { Unmanaged } from "../model/plan.js";
import { wordsOf } from "../model/privileges.js";
import type { Right } from "../model/right.js";
import type { IamPolicySnapshot } from "../model/snapshot.js";
import { localName, type ObjectRef, type Thing } from "../model/thing.js";
import { isSystemRole } from "../privileges/system-roles.js";

/** Who reaches the declared databases without being in the file: reported, never changed. */
export const unmanagedOf = (facts: Facts): Unmanaged[] => [
  ...[...facts.clusters.values()].flatMap((cluster) => strangers(facts, cluster)),
  ...[...facts.accounts.values()].flatMap((account) => [...foreignDoors(facts, account), ...foreignOnRoles(facts, account)]),
];

/** So many of the rights of each are named. */
const FEW = 3;

/** A cell, and the name of the first of its objects: the server gives both in any order. */
interface Held {
  readonly cell: Cell;
  readonly first: ObjectRef;
  readonly name: string;
}

/** Roles outside the file that hold privileges on objects of the declared databases. */
function strangers(facts: Facts, cluster: ClusterFacts): Unmanaged[] {
  const held = new Map<string, Held[]>();
  for (const one of heldByStrangers(cluster)) {
    for (const role of strangersIn(cluster, one.cell)) {
      const list = held.get(role) ?? [];
      held.set(role, list);
      if (list.length < FEW) list.push(one);
    }
  }
  return [...held]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([role, list]) => ({
      key: keyOf("pg.role", { cluster: cluster.name, role }),
      who: { type: "role", cluster: cluster.name, name: role },
      rights: list.flatMap((one) => rightsOn(facts, cluster, one, role)).slice(0, FEW),
    }));
}

const strangersIn = (cluster: ClusterFacts, { acl, owner }: Cell): Set<string> =>
  new Set(
    acl.flatMap(({ grantee }) =>
      grantee === "PUBLIC" || grantee.role === owner || !isStranger(cluster, grantee.role) ? [] : [grantee.role],
    ),
  );

function heldByStrangers(cluster: ClusterFacts): Held[] {
  const held = cluster.cells.filter((cell) => cell.objects.length > 0 && strangersIn(cluster, cell).size > 0);
  return held.map(firstOf).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function firstOf(cell: Cell): Held {
  const names = cell.objects.map((object) => localName(object));
  const least = names.reduce((best, name, i) => (name < (names[best] ?? name) ? i : best), 0);
  const first = objectOf(cell, cell.objects[least] ?? { name: "" });
  return { cell, first, name: JSON.stringify([cell.database, first]) };
}

const isStranger = ({ managed, untouchable }: ClusterFacts, role: string): boolean =>
  !managed.has(role) && !untouchable.has(role) && !isSystemRole(role);

function rightsOn(facts: Facts, { name, server }: ClusterFacts, { cell, first }: Held, role: string): Right[] {
  const site = facts.things[cell.type].scope === "cluster" ? "cluster" : { database: cell.database };
  const on: Thing = { type: "object", server, site, of: first };
  const rows = cell.acl.filter(({ grantee }) => grantee !== "PUBLIC" && grantee.role === role);
  return wordsOf(rows.reduce((set, row) => set | row.privileges, 0)).map((verb) => ({
    who: { type: "role", cluster: name, name: role },
    verb,
    on,
    terms: {},
  }));
}

/** What somebody else attached to declared IAM roles, or wrote into them: left alone without `exclusive`. */
const foreignOnRoles = (facts: Facts, account: AccountFacts): Unmanaged[] =>
  [...account.iamRoles.values()].flatMap(({ name, manage, exclusive }) => {
    const live = account.snapshot.roles.get(name);
    if (!live || manage === "policy" || exclusive || !isManaged(facts, account, "iam.role", live)) return [];
    const rights = foreignRights(facts, account, name);
    const key = keyOf("iam.role", { account: account.name, name });
    return rights.length === 0 ? [] : [{ key, who: { type: "iam", account: account.snapshot.id, kind: "role", name }, rights }];
  });

function foreignRights(facts: Facts, account: AccountFacts, name: string): Right[] {
  const { snapshot } = account;
  const who = { type: "iam", account: snapshot.id, kind: "role", name } as const;
  const own = new Set(
    [...snapshot.policies.values()].filter((policy) => isManaged(facts, account, "iam.policy", policy)).map(({ arn }) => arn),
  );
  const attached = carriedBy(snapshot, "role", name)
    .filter((arn) => !own.has(arn) && isForeign(account, { account: account.name, principal: "role", name, policy: arn }))
    .map((arn): Right => ({ who, verb: "attached", on: { type: "arn", arn }, terms: {} }));
  const inline = (snapshot.foreign.get(`role/${name}`)?.inline ?? []).map(
    (one): Right => ({ who, verb: "inline", on: { type: "iam-policy", account: snapshot.id, name: one.name }, terms: {} }),
  );
  return [...attached, ...inline].slice(0, FEW);
}

/** Customer-managed policies that pgaccord did not make and that let somebody connect to a database. */
const foreignDoors = (facts: Facts, account: AccountFacts): Unmanaged[] =>
  [...account.snapshot.policies.values()]
    .filter((policy) => !isMarkedForUs(facts, account, "iam.policy", policy) && policy.document.includes("rds-db:"))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((policy) => {
      const rights = doorsIn(account, policy);
      const who = { type: "policy", account: account.snapshot.id, name: policy.name } as const;
      return rights.length === 0 ? [] : [{ key: keyOf("iam.policy", { account: account.name, name: policy.name }), who, rights }];
    });

/** Of what it allows, what is about connecting: a Deny opens nothing. */
function doorsIn(account: AccountFacts, { name, document }: IamPolicySnapshot): Right[] {
  const allowed = policyDelta(undefined, document, account, name, NO_SOURCES).filter(({ effect }) => effect === "gains");
  const doors = allowed.filter(({ verbs, on, terms }) =>
    [...verbs, on?.type === "arn" ? on.arn : "", terms.statement ?? ""].some((text) => text.includes("rds-db:")),
  );
  return doors.slice(0, FEW).flatMap(({ who, verbs, on, terms }) => (on ? verbs.map((verb) => ({ who, verb, on, terms })) : []));
}
