import type { AccountFacts, Facts } from "../facts/facts.js";
import type { Declared, DeclaredCluster, DeclaredIamRole } from "../model/declared.js";
import { type Problem, warningProblem } from "../model/problem.js";
import type { RdsServer } from "../model/snapshot.js";
import { displayName } from "../privileges/sql.js";
import { namesText } from "./few.js";

/** What a door to any cluster opens beyond what the file names: meant, and one day a surprise. */
export const undeclaredClusters = (declared: Declared, facts: Facts): Problem[] =>
  [...facts.accounts.values()].flatMap((account) => {
    const doors = [...declared.iamRoles.values()].filter((role) => role.account === account.name).flatMap(anyClusterDoors);
    const [first] = doors;
    if (!first) return [];
    const others = (account.snapshot.rdsServers ?? []).filter((server) => !isDeclared(declared, account, server));
    return others.map((server) => problemOf(account, server, doors, first.role));
  });

interface AnyDoor {
  readonly role: DeclaredIamRole;
  readonly user: string;
}

const anyClusterDoors = (role: DeclaredIamRole): AnyDoor[] =>
  role.connect.flatMap(({ clusters, user }) => (clusters === null ? [{ role, user }] : []));

/** RDS's identifiers are lower case whatever is asked for. */
function isDeclared({ clusters }: Declared, { name, declared: { region } }: AccountFacts, { type, id }: RdsServer): boolean {
  const isIt = ({ account, rds, region: own }: DeclaredCluster): boolean =>
    account === name && (own ?? region) === region && rds?.type === type && rds.id.toLowerCase() === id.toLowerCase();
  return [...clusters.values()].some(isIt);
}

function problemOf(
  { name, declared }: AccountFacts,
  { type, id }: RdsServer,
  doors: readonly AnyDoor[],
  { place }: DeclaredIamRole,
): Problem {
  const ways = namesText([...new Set(doors.map(({ role, user }) => `${role.name} as ${displayName(user)}`))]);
  const message = `RDS ${type} ${id} of account ${name} (${declared.region}) is not in the file, and any_cluster opens it, too: ${ways}.`;
  const hint = "Declare it, or name the clusters in connect instead of any_cluster.";
  return warningProblem("undeclared-cluster", message, { place, attention: true, hint });
}
