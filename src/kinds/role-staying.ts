import { type ClusterFacts, clusterOf, type Facts } from "../facts/facts.js";
import { warningProblem } from "../model/problem.js";
import type { Pair } from "../model/resource.js";
import { displayName, quoteIdent } from "../privileges/sql.js";
import { roleDelta } from "./role-delta.js";
import { administerHint, toAdminister } from "./safe-hint.js";
import type { Staying } from "./spec.js";

/** Somebody else made it, or took it away from the admin. */
export function untouched(pair: Pair<"pg.role">, facts: Facts): Staying {
  const { cluster, role } = pair.id;
  const of = clusterOf(facts, cluster);
  const statements = [
    ...(pair.before?.login ? [`ALTER ROLE ${quoteIdent(role)} NOLOGIN`] : []),
    ...(pair.after ? [] : [`DROP ROLE ${quoteIdent(role)}`]),
  ];
  const name = displayName(role);
  const power = powerOf(of, role);
  const why = power === null ? `somebody else made ${name}` : `${name} has ${power}`;
  return {
    delta: roleDelta(pair, facts),
    grantor: null,
    statements,
    problem: warningProblem(
      "role-not-administered",
      `on cluster ${cluster} ${why}, and admin ${displayName(of.powers.admin)} may not change it.`,
      { hint: administerHint(of, role, statements), ...(power === null ? toAdminister(of, role) : { needs: [], cluster }) },
    ),
    names: pair.after ? [] : [role],
    waits: null,
  };
}

/** Up to 15 whoever is no superuser may not alter a role with REPLICATION, CREATEROLE or not (user.c, AlterRole). */
export const mayAlter = (of: ClusterFacts, role: string): boolean => of.powers.administers(role) && powerOf(of, role) === null;

/** What only a superuser may alter, for an admin that is none. */
export function powerOf({ powers, snapshot }: ClusterFacts, role: string): "SUPERUSER" | "REPLICATION" | null {
  const live = snapshot.roles.get(role);
  if (!live || powers.superuser) return null;
  if (live.superuser) return "SUPERUSER";
  return live.replication && !powers.options ? "REPLICATION" : null;
}

/** It is dropped by the first apply that finds nothing of it left. */
export function heldBack({ id: { cluster, role } }: Pair<"pg.role">, of: ClusterFacts): Staying {
  const what = of.snapshot.roles.get(role)?.login ? "It loses LOGIN now" : "It has no LOGIN";
  return {
    delta: [],
    grantor: null,
    statements: [`DROP ROLE ${quoteIdent(role)}`],
    problem: warningProblem(
      "cannot-drop",
      `Role ${displayName(role)} cannot be dropped from cluster ${cluster} while something that stays is held by it, or was given by it. ${what}.`,
      { hint: "The apply after that is taken drops it." },
    ),
    names: [],
    waits: role,
  };
}

/** The file wants it to log in, and it would reach more than the file wants. */
export function withoutLogin(pair: Pair<"pg.role">, keeps: string, facts: Facts): Staying {
  const { cluster, role } = pair.id;
  return {
    delta: roleDelta(pair, facts),
    grantor: null,
    statements: [],
    problem: warningProblem(
      "would-pass-on",
      `on cluster ${cluster} ${displayName(keeps)} keeps what it should lose, and ${displayName(role)} would reach that by logging in.`,
      { hint: "It is given once that is taken: see what else stays different." },
    ),
    names: [],
    waits: null,
  };
}
