import type { Facts } from "../../kinds/facts.js";
import type { Declared } from "../../model/declared.js";
import type { Expanded } from "../../model/expanded.js";
import { expandAcls } from "./acls.js";
import { createCollector } from "./collector.js";
import { expandDefaultAcls } from "./default-acls.js";
import { expandIam } from "./iam.js";
import { expandRoles } from "./roles.js";

/** Declared, expanded with the facts: wildcards, `all`, resource ids. Pure. */
export function expand(declared: Declared, facts: Facts): Expanded {
  const collector = createCollector();
  for (const cluster of facts.clusters.values()) {
    const roles = [...declared.roles.values()].filter((role) => role.clusters.includes(cluster.name));
    expandRoles(collector, declared, cluster, roles);
    const grants = roles.flatMap((role) =>
      role.grants.filter((g) => g.cluster === cluster.name).map((grant) => ({ role: role.name, grant })),
    );
    for (const database of cluster.declared.databases.values()) {
      if (!cluster.snapshot.inspected.has(database.name)) continue;
      const here = grants.filter((g) => g.grant.database === database.name);
      expandAcls(collector, cluster, database.name, here);
      expandDefaultAcls(collector, cluster, database, here);
    }
  }
  for (const account of facts.accounts.values()) expandIam(collector, declared, facts, account);
  return collector.result();
}
