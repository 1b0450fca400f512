import type { Declared } from "../model/declared.js";
import type { LoginCount } from "../model/evidence.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { displayName } from "../privileges/sql.js";
import { counted } from "./visible.js";

/** Methods that a password of PostgreSQL's own goes through. */
const PASSWORD_METHODS = ["password", "md5", "scram-sha-256"];

/** What of the logins is at odds with the file. */
export function loginFindings(logins: readonly LoginCount[], declared: Declared | null): Problem[] {
  return logins.flatMap(({ cluster, user, method, outcome, count }) => {
    const role = declared?.roles.get(user);
    if (role?.login !== "iam" || outcome !== "ok" || method === null || !PASSWORD_METHODS.includes(method)) return [];
    const message = `${displayName(user)} logged in to cluster ${cluster} by a password (${method}) ${counted(count, "time")}, and has login: iam in the file.`;
    const hint =
      "Something in front of rds_iam in pg_hba.conf lets passwords in, or it is not a member yet: pgaccord plan says the latter.";
    return [warningProblem("password-login", message, { place: role.place, hint })];
  });
}
