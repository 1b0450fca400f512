import type { ClusterFacts } from "../facts/facts.js";
import type { DeclaredRole } from "../model/declared.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { displayName, quoteIdent } from "../privileges/sql.js";

/** PostgreSQL looks at it where it checks a password itself: PAM, and so a token, lets in who expired long ago. */
export function validUntil({ name, snapshot }: ClusterFacts, user: DeclaredRole): Problem[] {
  const day = snapshot.roles.get(user.name)?.validUntil;
  if (!day) return [];
  const message = `${displayName(user.name)} on cluster ${name} has VALID UNTIL ${day}, which does not end logins by IAM.`;
  const hint = `Write expires: ${day} in the file, and run once: ALTER ROLE ${quoteIdent(user.name)} VALID UNTIL 'infinity';`;
  return [warningProblem("valid-until-iam", message, { place: user.place, hint })];
}
