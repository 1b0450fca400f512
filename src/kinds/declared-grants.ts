import { soonest } from "../model/day.js";
import type { Declared } from "../model/declared.js";
import type { WantedGrant } from "./wanted-grants.js";

/** The entries of roles that are on a cluster, for one of its databases. */
export const declaredGrants = ({ roles }: Declared, cluster: string, database: string): WantedGrant[] =>
  [...roles.values()]
    .filter((role) => role.clusters.includes(cluster))
    .flatMap((role) =>
      role.grants
        .filter((grant) => grant.cluster === cluster && grant.database === database)
        .map((grant) => ({ to: { role: role.name }, grant, until: soonest(grant.until, role.until) })),
    );
