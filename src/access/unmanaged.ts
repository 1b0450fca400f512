import type { AccountFacts, ClusterFacts, Facts } from "../facts/facts.js";
import { isOurs } from "../facts/iam-things.js";
import { policyDelta } from "../kinds/document-rights.js";
import { type Cell, objectOf } from "../model/cell.js";
import { NO_SOURCES } from "../model/expanded.js";
import { keyOf } from "../model/key.js";
import type { Unmanaged } from "../model/plan.js";
import { wordsOf } from "../model/privileges.js";
import type { Right } from "../model/right.js";
import type { Thing } from "../model/thing.js";
import { isSystemRole } from "../privileges/system-roles.js";

/** Who reaches the declared databases without being in the file: reported, never changed. */
export const unmanagedOf = (facts: Facts): Unmanaged[] => [
  ...[...facts.clusters.values()].flatMap((cluster) => strangers(facts, cluster)),
  ...[...facts.accounts.values()].flatMap((account) => foreignDoors(facts, account)),
];

/** So many of the rights of each are named. */
const FEW = 3;

/** Roles outside the file that hold privileges on objects of the declared databases. */
function strangers(facts: Facts, cluster: ClusterFacts): Unmanaged[] {
  const cells = new Map<string, Cell[]>();
  for (const cell of cluster.cells) {
    for (const { grantee } of cell.acl) {
      if (grantee === "PUBLIC" || grantee.role === cell.owner || !isStranger(cluster, grantee.role)) continue;
      const list = cells.get(grantee.role) ?? [];
      cells.set(grantee.role, list);
      if (list.length < FEW && list.at(-1) !== cell) list.push(cell);
    }
  }
  return [...cells]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([role, held]) => ({
      key: keyOf("pg.role", { cluster: cluster.name, role }),
      who: { type: "role", cluster: cluster.name, name: role },
      rights: held.flatMap((cell) => rightsOn(facts, cluster, cell, role)).slice(0, FEW),
    }));
}

const isStranger = ({ managed, untouchable }: ClusterFacts, role: string): boolean =>
  !managed.has(role) && !untouchable.has(role) && !isSystemRole(role);

function rightsOn(facts: Facts, { name, server }: ClusterFacts, cell: Cell, role: string): Right[] {
  const [first] = cell.objects;
  if (!first) return [];
  const site = facts.things[cell.type].scope === "cluster" ? "cluster" : { database: cell.database };
  const on: Thing = { type: "object", server, site, of: objectOf(cell, first) };
  const rows = cell.acl.filter(({ grantee }) => grantee !== "PUBLIC" && grantee.role === role);
  return wordsOf(rows.reduce((set, row) => set | row.privileges, 0)).map((verb) => ({
    who: { type: "role", cluster: name, name: role },
    verb,
    on,
    terms: {},
  }));
}

/** Customer-managed policies that pgaccord did not make and that let somebody connect to a database. */
function foreignDoors(facts: Facts, account: AccountFacts): Unmanaged[] {
  return [...account.snapshot.policies.values()]
    .filter((policy) => !isOurs(facts, policy.tags) && policy.document.includes("rds-db:"))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((policy) => ({
      key: keyOf("iam.policy", { account: account.name, name: policy.name }),
      who: { type: "policy", account: account.snapshot.id, name: policy.name },
      rights: policyDelta(undefined, policy.document, account, policy.name, NO_SOURCES)
        .flatMap(({ who, verbs, on, terms }) => (on ? verbs.map((verb) => ({ who, verb, on, terms })) : []))
        .slice(0, FEW),
    }));
}
