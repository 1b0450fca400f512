import type { ClusterFacts, Facts } from "../facts/facts.js";
import { renderBatch } from "../kinds/operations.js";
import { type Change, effectsOf } from "../model/change.js";
import type { Operation } from "../model/operation.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { cannotActAs, setSessionRole } from "../privileges/run-as.js";
import type { Analysed } from "./analysed.js";

/** What the admin can do, and problems for the rest. */
export interface Reachable {
  readonly kept: readonly Analysed[];
  readonly problems: readonly Problem[];
}

/**
 * A statement must run as a role that the admin can never be. To give something is then an error. To take something that somebody
 * else gave is left out, with a warning that holds the statement: it must not keep everything else from being applied.
 */
export function splitReachable(differences: readonly Analysed[], facts: Facts): Reachable {
  const kept: Analysed[] = [];
  const problems: Problem[] = [];
  const blocked = new Map<string, { cluster: ClusterFacts; role: string; changes: Pick<Change, "op" | "subject">[] }>();
  for (const difference of differences) {
    const out = difference.operations.flatMap((o) => unreachable(o, facts));
    const first = out[0];
    if (!first) kept.push(difference);
    else if (goesWithRole(difference, first.cluster)) kept.push(without(difference, out));
    else if (mayStay(difference, first.cluster))
      problems.push(...out.map(({ operation, cluster }) => cannotTake(difference, operation, cluster, facts)));
    else {
      kept.push(difference);
      for (const { operation, cluster } of out) note(blocked, cluster, operation.as ?? "", difference.change);
    }
  }
  const errors = [...blocked.values()].map(({ cluster, role, changes }) =>
    cannotActAs(cluster.name, cluster.powers, role, { example: changes[0], count: changes.length }),
  );
  return { kept, problems: [...errors, ...problems] };
}

function unreachable(operation: Operation, facts: Facts): { readonly operation: Operation; readonly cluster: ClusterFacts }[] {
  if (operation.as === null || !("cluster" in operation.site)) return [];
  const cluster = facts.clusters.get(operation.site.cluster);
  return cluster && cluster.powers.reach(operation.as) === null ? [{ operation, cluster }] : [];
}

/** DROP ROLE takes every membership in the role, and of the role, whoever gave it. */
const goesWithRole = ({ change: { subject } }: Analysed, { orphans }: ClusterFacts): boolean =>
  subject.type === "membership" && (orphans.has(subject.role) || orphans.has(subject.member));

const without = (difference: Analysed, out: readonly { readonly operation: Operation }[]): Analysed => ({
  ...difference,
  operations: difference.operations.filter((operation) => !out.some((one) => one.operation === operation)),
});

/** A role that is to be dropped cannot be dropped while it holds a privilege. */
function mayStay({ change, operations }: Analysed, cluster: ClusterFacts): boolean {
  if (change.delta.some((e) => e.effect === "gains")) return false;
  const holdsBack = operations.some((o) => o.type !== "revoke-membership");
  return !(holdsBack && change.delta.some(({ who }) => who.type === "role" && cluster.orphans.has(who.name)));
}

function cannotTake({ change }: Analysed, operation: Operation, cluster: ClusterFacts, { things }: Facts): Problem {
  const statements = operation.type === "aws" ? [] : renderBatch([operation], things);
  const as = operation.type === "revoke-membership" ? null : operation.as;
  const lines = as === null ? statements : [setSessionRole(as), ...statements];
  return warningProblem(
    "cannot-revoke",
    `on cluster ${cluster.name} ${operation.as} gave it, and admin ${cluster.powers.admin} may not act as that.`,
    { key: change.key, effects: effectsOf(change), hint: `Let a superuser run once: ${lines.join("; ")};` },
  );
}

function note(
  blocked: Map<string, { cluster: ClusterFacts; role: string; changes: Pick<Change, "op" | "subject">[] }>,
  cluster: ClusterFacts,
  role: string,
  change: Analysed["change"],
): void {
  const key = JSON.stringify([cluster.name, role]);
  const entry = blocked.get(key) ?? { cluster, role, changes: [] };
  blocked.set(key, entry);
  if (!entry.changes.includes(change)) entry.changes.push(change);
}
