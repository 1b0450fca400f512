import { accountOf, type ClusterFacts, type Facts } from "../facts/facts.js";
import { NO_SOURCES } from "../model/expanded.js";
import type { Operation } from "../model/operation.js";
import { warningProblem } from "../model/problem.js";
import { resourceIdsOf } from "../model/rds-ids.js";
import type { Pair } from "../model/resource.js";
import { atomsOf } from "../policies/atoms.js";
import { CONNECT, withoutDoors } from "../policies/doors-of.js";
import { covers } from "../policies/wildcard.js";
import { displayName } from "../privileges/sql.js";
import { policyDelta } from "./document-rights.js";
import { passesOn } from "./membership-state.js";
import { underNewUsers } from "./renamed-doors.js";
import type { Around, Attained, Staying } from "./spec.js";

type Policy = Pair<"iam.policy">;
type Operate = (pair: Policy, facts: Facts) => readonly Operation[];

/** A new door to a user that keeps what it should lose waits until that is taken; the other doors do not. */
export function attainPolicy(facts: Facts, around: Around, operate: Operate): (pair: Policy) => Attained<"iam.policy"> {
  return (pair) => {
    const { before, after } = pair;
    const had = before ? doorsIn(underNewUsers(facts, accountOf(facts, pair.id.account), before.document)) : [];
    const doors = after ? doorsIn(after.document) : [];
    const shut = doors.flatMap((arn) => {
      const keeps = had.some((old) => covers(old, arn)) ? null : keeperBehind(arn, facts, around);
      return keeps === null ? [] : [{ arn, ...keeps }];
    });
    const [first] = shut;
    if (!after || !first) return { end: after, operations: operate(pair, facts), stays: [] };
    const end = { ...after, document: withoutDoors(after.document, new Set(shut.map(({ arn }) => arn))) };
    const stays = [waiting(pair, end.document, first, facts)];
    return { end, operations: operate({ ...pair, after: end }, facts), stays };
  };
}

const doorsIn = (document: string): string[] =>
  atomsOf(document).flatMap(({ effect, action, resource }) =>
    effect === "Allow" && action === CONNECT && resource !== null ? [resource] : [],
  );

interface Keeper {
  readonly cluster: string;
  readonly user: string;
  readonly keeps: string;
}

/** Behind `dbuser:*` stand all clusters. */
function keeperBehind(arn: string, facts: Facts, around: Around): Keeper | null {
  const [, id, user] = /:dbuser:([^/:]+)\/(.+)$/.exec(arn) ?? [];
  if (id === undefined || user === undefined) return null;
  const isMeant = ({ snapshot: { rds } }: ClusterFacts): boolean => rds !== null && (id === "*" || resourceIdsOf(rds).includes(id));
  for (const cluster of facts.clusters.values()) {
    const keeps = isMeant(cluster) ? passesOn(cluster, around, user) : null;
    if (keeps !== null) return { cluster: cluster.name, user, keeps };
  }
  return null;
}

function waiting({ id, after }: Policy, now: string, { cluster, user, keeps }: Keeper, facts: Facts): Staying {
  return {
    delta: policyDelta(now, after?.document, accountOf(facts, id.account), id.name, NO_SOURCES),
    grantor: null,
    statements: [],
    problem: warningProblem(
      "would-pass-on",
      `on cluster ${cluster} ${displayName(keeps)} keeps what it should lose, and whoever comes through the door would get that as ${displayName(user)}.`,
      { hint: "It is opened once that is taken: see what else stays different." },
    ),
    names: [],
    waits: null,
  };
}
