import type { ClusterFacts } from "../facts/facts.js";
import type { Operation } from "../model/operation.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { closure } from "../privileges/powers.js";
import { displayName, quoteIdent } from "../privileges/sql.js";
import { RDS_IAM } from "../privileges/system-roles.js";

/** An operation that may lock the admin out: it is committed alone, proved by a second login, and undone when that is refused. */
export interface Probe {
  readonly operation: Operation;
  readonly undo: readonly string[];
  readonly problem: Problem;
}

/**
 * From 16 on, whoever creates a role is a member of it, so a password admin that creates an IAM user becomes an indirect
 * member of rds_iam, whose members RDS lets in by token only (RDS user guide, "IAM database authentication").
 */
export function lockoutProbe(cluster: ClusterFacts, operations: readonly Operation[]): Probe | null {
  const { powers, declared, snapshot } = cluster;
  if (!powers.options || powers.superuser || declared.admin.auth.type !== "password") return null;
  // rds_superuser may grant rds_iam; where that is written as a membership, it is not one that RDS counts.
  const reached = closure(snapshot, powers.admin, (row) => !(row.role === RDS_IAM && row.member === "rds_superuser"));
  if (reached.has(RDS_IAM)) return null;
  const operation = operations.find(
    (o) => o.type === "grant-membership" && o.args.role === RDS_IAM && (reached.has(o.args.member) || !snapshot.roles.has(o.args.member)),
  );
  if (operation?.type !== "grant-membership") return null;
  const user = operation.args.member;
  const problem = warningProblem(
    "admin-lockout-risk",
    `Admin ${displayName(powers.admin)} of cluster ${cluster.name} logs in with a password and becomes an indirect member of rds_iam by creating ${displayName(user)}; RDS may refuse its password from then on.`,
    {
      place: declared.place,
      hint: "apply gives rds_iam to this user first, proves that the admin can still log in, and undoes it if not. An admin with auth: iam has no such risk.",
    },
  );
  return { operation, undo: [`REVOKE ${quoteIdent(RDS_IAM)} FROM ${quoteIdent(user)}`], problem };
}
