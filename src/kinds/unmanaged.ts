import type { Unmanaged } from "../model/plan.js";
import { isSystemRole } from "../privileges/system-roles.js";
import type { AccountFacts, ClusterFacts, Facts } from "./facts.js";
import { isOurs } from "./iam.js";
import { keyOf } from "./key.js";
import { describeAllows } from "./policy-document.js";
import { displayName } from "./sql.js";

/** Who reaches the declared databases without being in the file: reported, never changed. */
export const unmanagedOf = (facts: Facts): Unmanaged[] =>
  [...facts.clusters.values()].flatMap(strangers).concat([...facts.accounts.values()].flatMap((account) => foreignDoors(facts, account)));

/** Roles outside the file that hold privileges on objects of the declared databases. */
function strangers(cluster: ClusterFacts): Unmanaged[] {
  const acls = new Map([...cluster.objects.values()].map((o) => [o.acl, o.owner]));
  const names = new Set<string>();
  for (const [acl, owner] of acls) {
    for (const row of acl) if (row.grantee !== "PUBLIC" && row.grantee.role !== owner) names.add(row.grantee.role);
  }
  return [...names]
    .filter((name) => !cluster.managed.has(name) && !cluster.untouchable.has(name) && !isSystemRole(name))
    .sort()
    .map((role) => ({
      key: keyOf("pg.role", { cluster: cluster.name, role }),
      title: `role ${displayName(role)} has privileges in cluster ${cluster.name} and is not in the file`,
    }));
}

/** Customer-managed policies that pgaccord did not make and that let somebody connect to a database. */
function foreignDoors(facts: Facts, account: AccountFacts): Unmanaged[] {
  return [...account.snapshot.policies.values()]
    .filter((policy) => !isOurs(facts, policy.tags) && policy.document.includes("rds-db:"))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((policy) => ({
      key: keyOf("iam.policy", { account: account.name, name: policy.name }),
      title: `IAM policy ${policy.name} of account ${account.name} allows ${describeAllows(policy.document)
        .map((a) => `${a.action} on ${a.resource}`)
        .join(", ")} and is not in the file`,
    }));
}
