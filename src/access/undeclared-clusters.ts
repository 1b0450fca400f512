import type { AccountFacts, Facts } from "../facts/facts.js";
import type { RdsServer } from "../model/aws-things.js";
import type { Declared, DeclaredCluster, DeclaredIamRole } from "../model/declared.js";
import type { Place } from "../model/place.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { displayName } from "../privileges/sql.js";
import { namesText } from "./few.js";

/** What a door to any cluster opens beyond what the file names: meant, and one day a surprise. */
export const undeclaredClusters = (declared: Declared, facts: Facts): Problem[] =>
  [...facts.accounts.values()].flatMap((account) => {
    const doors = carriersIn(declared)
      .filter((one) => one.account === account.name)
      .flatMap(({ connect, ...one }) => connect.flatMap(({ clusters, user }): AnyDoor[] => (clusters === null ? [{ ...one, user }] : [])));
    const [first] = doors;
    if (!first) return [];
    const others = (account.snapshot.rdsServers ?? []).filter((server) => !isDeclared(declared, account, server));
    return others.map((server) => problemOf(account, server, doors, first.place));
  });

interface AnyDoor {
  /** Of the IAM role, the IAM user or the policy. */
  readonly name: string;
  readonly user: string;
  readonly place: Place;
}

const carriersIn = ({ iamRoles, iamDoors }: Declared): (Omit<AnyDoor, "user"> & Pick<DeclaredIamRole, "account" | "connect">)[] => [
  ...iamRoles.values(),
  ...iamDoors.map((door) => ({ ...door, name: door.user ?? door.policy })),
];

/** RDS's identifiers are lower case whatever is asked for. */
function isDeclared({ clusters }: Declared, { name, declared: { region } }: AccountFacts, { type, id }: RdsServer): boolean {
  const isIt = ({ account, rds, region: own }: DeclaredCluster): boolean =>
    account === name &&
    (own ?? region) === region &&
    rds?.type === type &&
    [rds.id, ...rds.also].some((one) => one.toLowerCase() === id.toLowerCase());
  return [...clusters.values()].some(isIt);
}

function problemOf({ name: account, declared }: AccountFacts, { type, id }: RdsServer, doors: readonly AnyDoor[], place: Place): Problem {
  const ways = namesText([...new Set(doors.map(({ name, user }) => `${name} as ${displayName(user)}`))]);
  const message = `RDS ${type} ${id} of account ${account} (${declared.region}) is not in the file, and any_cluster opens it, too: ${ways}.`;
  const hint = "Declare it, or name the clusters in connect instead of any_cluster.";
  return warningProblem("undeclared-cluster", message, { place, attention: true, hint });
}
