import type { AccountFacts, Facts } from "../facts/facts.js";
import { isManaged } from "../facts/iam-things.js";
import { livePartsOf } from "../facts/policy-parts.js";
import type { Declared, DeclaredConnect } from "../model/declared.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { resourceIdsOf } from "../model/rds-ids.js";
import { atomsOf } from "../policies/atoms.js";
import { namesText } from "./few.js";

/** Doors of ours that still name a resource id which no cluster has any more: RDS gives a new one to whatever it restores or makes anew. */
export function movedIds(declared: Declared, facts: Facts): Problem[] {
  // What could not be read may be where they lead.
  if (facts.unread.some(({ target, rds }) => target.type === "cluster" && rds === null)) return [];
  const known = new Set([...facts.rds.values()].flatMap(({ rds }) => resourceIdsOf(rds)));
  const stale = [...facts.accounts.values()].flatMap((account) => staleIn(declared, facts, account, known));
  return [...facts.clusters.values()].flatMap(({ name, declared: { place }, snapshot: { rds } }) => {
    const own = stale.filter(({ cluster }) => cluster === name);
    if (!rds || own.length === 0) return [];
    const ids = namesText([...new Set(own.map(({ id }) => id))].sort());
    const message = `RDS ${rds.type} ${rds.id} (cluster ${name}) has the resource id ${rds.resourceId}, and live doors to it name ${ids}: it was restored, made anew or switched over, or the file names another server than before.`;
    const hint = "The doors get the new id with this plan. Where another server has its name now, mend rds in the file first.";
    return [warningProblem("resource-id-moved", message, { place, attention: true, hint })];
  });
}

interface Stale {
  readonly cluster: string;
  readonly id: string;
}

const DOOR = /:rds-db:[^:]*:[^:]*:dbuser:([^/*?]+)\/([^*?]+)$/;

function staleIn({ iamRoles, iamDoors }: Declared, facts: Facts, account: AccountFacts, known: ReadonlySet<string>): Stale[] {
  const carriers = [...iamRoles.values(), ...iamDoors].filter((one) => one.account === account.name);
  return carriers.flatMap(({ policy, connect }) => {
    const live = livePartsOf(facts, account, policy).filter((one) => isManaged(facts, account, "iam.policy", one));
    const atoms = live.flatMap(({ document }) => atomsOf(document));
    const doors = atoms.flatMap(({ effect, resource }) => {
      const [, id, user] = DOOR.exec(resource ?? "") ?? [];
      return effect === "Allow" && id && user ? [{ id, user }] : [];
    });
    const lost = doors.filter(({ id }) => !known.has(id));
    return lost.flatMap(({ id, user }) => {
      const isOpen = (cluster: string): boolean => doors.some((door) => door.user === user && idsOf(facts, cluster).includes(door.id));
      return clustersOf(connect, user)
        .filter((cluster) => idsOf(facts, cluster).length > 0 && !isOpen(cluster))
        .map((cluster) => ({ cluster, id }));
    });
  });
}

const clustersOf = (connect: readonly DeclaredConnect[], user: string): string[] =>
  connect.flatMap((one) => (one.user === user ? (one.clusters ?? []) : []));

function idsOf({ clusters }: Facts, cluster: string): readonly string[] {
  const rds = clusters.get(cluster)?.snapshot.rds;
  return rds ? resourceIdsOf(rds) : [];
}
