import type { ClusterFacts, Facts } from "../facts/facts.js";
import type { Declared, DeclaredRole } from "../model/declared.js";
import { keyOf } from "../model/key.js";
import type { Place } from "../model/place.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";
import { parseMark, withMark } from "../privileges/mark.js";
import { displayName, quoteIdent, quoteLiteral } from "../privileges/sql.js";
import { isSystemRole, RDS_IAM } from "../privileges/system-roles.js";
import { strangerOf } from "./other-owner.js";

/** Why a declared role is not managed as it stands. */
export interface Refusal {
  /** null: said once for all that one other owner manages. */
  readonly problem: Problem | null;
  /** false: it is managed all the same, with a warning. */
  readonly leaveOut: boolean;
}

export function refusalOf(facts: Facts, cluster: ClusterFacts, role: DeclaredRole): Refusal | null {
  const name = displayName(role.name);
  const { place } = role;
  if (cluster.untouchable.has(role.name)) {
    const message = `${name} is the admin, the master user or the bootstrap superuser of cluster ${cluster.name}: pgaccord never manages it.`;
    const hint = "Take it out of the file, or declare a role of another name.";
    return { leaveOut: true, problem: errorProblem("protected-role", message, { place, hint }) };
  }
  const renaming = cluster.renames.refused.get(role.name);
  if (renaming) return { leaveOut: true, problem: renaming.problem };
  const mark = parseMark(cluster.snapshot.roles.get(role.name)?.comment ?? null);
  if (!mark) return null;
  if (strangerOf(facts, mark.owner) !== null) return { leaveOut: true, problem: null };
  if (mark.cluster !== cluster.name) {
    const message = `Role ${name} on cluster ${cluster.name} carries the mark of cluster ${mark.cluster}: this looks like a restored copy. It is adopted.`;
    const hint = "An adopted role is released, not dropped, when it leaves the file.";
    return { leaveOut: false, problem: warningProblem("other-cluster-mark", message, { place, hint }) };
  }
  return null;
}

/** Nothing of such a role is managed. */
export const isRefused = (facts: Facts, cluster: ClusterFacts, role: DeclaredRole): boolean =>
  refusalOf(facts, cluster, role)?.leaveOut ?? false;

/** A mark counts for nothing on a role that is never ours; somebody should take it off, or it misleads the next reader. */
export function wrongMark(declared: Declared, cluster: ClusterFacts, name: string): Problem {
  const comment = withMark(cluster.snapshot.roles.get(name)?.comment ?? null, declared.owner, cluster.name, null);
  const role = displayName(name);
  const statement = `COMMENT ON ROLE ${quoteIdent(name)} IS ${comment === null ? "NULL" : quoteLiteral(comment)};`;
  return warningProblem(
    "mark-left-alone",
    `${role} on cluster ${cluster.name} carries the mark of ${declared.owner} and is not in the file, but it is ${whatItIs(cluster, name)}: it is left alone.`,
    {
      key: keyOf("pg.role", { cluster: cluster.name, role: name }),
      hint: `To take the mark off, let a superuser or whoever has ADMIN OPTION on it run: ${statement}`,
    },
  );
}

function whatItIs({ declared, snapshot, untouchable }: ClusterFacts, name: string): string {
  if (name === declared.admin.user) return "the admin";
  if (name === declared.reader?.user) return "the reader";
  if (name === snapshot.rds?.masterUser) return "RDS's master user";
  if (untouchable.has(name)) return "the bootstrap superuser";
  return isSystemRole(name) ? "a role of PostgreSQL or RDS" : "named by safety.protect";
}

/** @param who cannot log in therefore */
export function iamAuthOff(cluster: string, { id, type }: RdsSnapshot, who: string, place: Place | null): Problem {
  const modify =
    type === "cluster" ? `modify-db-cluster --db-cluster-identifier ${id}` : `modify-db-instance --db-instance-identifier ${id}`;
  const message = `IAM authentication is off on ${type} ${id} (cluster ${cluster}), so ${who} could not log in.`;
  const hint = `Write ensure: { iam_auth: true } for cluster ${cluster}, or turn it on: aws rds ${modify} --enable-iam-database-authentication --apply-immediately`;
  return errorProblem("iam-auth-off", message, { place, hint, cluster });
}

/** What keeps every user with `login: iam` from logging in. */
export function iamLoginProblems({ name, declared, snapshot }: ClusterFacts, users: readonly DeclaredRole[]): Problem[] {
  if (users.length === 0) return [];
  const place = users[0]?.place ?? null;
  const { rds, roles } = snapshot;
  const problems: Problem[] = [];
  if (rds && !rds.iamAuth && !declared.ensure.iamAuth)
    problems.push(iamAuthOff(name, rds, `${users.length} users with "login: iam"`, place));
  if (!roles.has(RDS_IAM)) {
    const message = `Cluster ${name} has no role rds_iam, so nobody can log in with "login: iam".`;
    const hint = "RDS makes rds_iam by itself; a server that has none is not RDS's: use login: external there.";
    problems.push(errorProblem("rds-iam-missing", message, { place, hint, cluster: name }));
  }
  return problems;
}
