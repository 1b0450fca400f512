import type { ClusterFacts, Facts } from "../kinds/facts.js";
import { renderBatch } from "../kinds/operations.js";
import { cannotActAs, setRole } from "../kinds/run-as.js";
import type { Operation } from "../model/plan.js";
import { type Problem, warningProblem } from "../model/problem.js";
import type { Difference } from "./difference.js";

/** What the admin can do, and problems for the rest. */
export interface Reachable {
  readonly kept: readonly Difference[];
  readonly problems: readonly Problem[];
}

/**
 * A statement must run as a role that the admin can never be. To give something is then an error. To take something that somebody
 * else gave is left out, with a warning that holds the statement: it must not keep everything else from being applied.
 */
export function splitReachable(differences: readonly Difference[], facts: Facts): Reachable {
  const kept: Difference[] = [];
  const problems: Problem[] = [];
  const blocked = new Map<string, { cluster: ClusterFacts; role: string; titles: string[] }>();
  for (const difference of differences) {
    const out = difference.operations.flatMap((o) => unreachable(o, facts));
    const first = out[0];
    if (!first) kept.push(difference);
    else if (mayStay(difference, first.cluster))
      problems.push(...out.map(({ operation, cluster }) => cannotTake(difference, operation, cluster)));
    else {
      kept.push(difference);
      for (const { operation, cluster } of out) note(blocked, cluster, operation.as ?? "", difference.change.title);
    }
  }
  const errors = [...blocked.values()].map(({ cluster, role, titles }) =>
    cannotActAs(cluster.name, cluster.powers, role, titles[0] ?? "", titles.length),
  );
  return { kept, problems: [...errors, ...problems] };
}

function unreachable(operation: Operation, facts: Facts): { readonly operation: Operation; readonly cluster: ClusterFacts }[] {
  if (operation.as === null || !("cluster" in operation.site)) return [];
  const cluster = facts.clusters.get(operation.site.cluster);
  return cluster && cluster.powers.reach(operation.as) === null ? [{ operation, cluster }] : [];
}

/** A role that is to be dropped cannot be dropped while it holds a privilege; memberships go with it. */
function mayStay({ change, operations }: Difference, cluster: ClusterFacts): boolean {
  if (change.effects.some((e) => e.effect === "gains")) return false;
  const holdsBack = operations.some((o) => o.type !== "revoke-membership");
  return !(holdsBack && change.effects.some((e) => cluster.orphans.has(e.who)));
}

function cannotTake({ change }: Difference, operation: Operation, cluster: ClusterFacts): Problem {
  const statements = operation.type === "aws" ? [] : renderBatch([operation]);
  const lines =
    operation.type === "revoke-membership" || operation.as === null
      ? statements
      : [setRole(operation.as).replace("LOCAL ", ""), ...statements];
  const effects = change.effects.map((e) => `${e.who} should lose ${e.what.join(", ")} ${e.preposition} ${e.on}`).join("; ");
  return warningProblem(
    "cannot-revoke",
    `Cluster ${cluster.name}: ${effects}, but ${operation.as} gave it, and admin ${cluster.powers.admin} may not act as that.`,
    {
      key: change.key,
      hint: `Let a superuser run once: ${lines.join("; ")};`,
    },
  );
}

function note(
  blocked: Map<string, { cluster: ClusterFacts; role: string; titles: string[] }>,
  cluster: ClusterFacts,
  role: string,
  title: string,
): void {
  const key = JSON.stringify([cluster.name, role]);
  const entry = blocked.get(key) ?? { cluster, role, titles: [] };
  blocked.set(key, entry);
  if (!entry.titles.includes(title)) entry.titles.push(title);
}
