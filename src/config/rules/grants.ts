import type { Problem } from "../../model/problem.js";
import { faultProblem } from "../fault.js";
import { resolveScope } from "../grant-scope.js";
import { parseObjectName } from "../object-name.js";
import { privilegeFault } from "../privilege-list.js";
import type { SourceGrant, SourceRole } from "../source-file.js";
import { errorAt, type Rule } from "./rule.js";

const eachGrant =
  (check: (grant: SourceGrant, role: SourceRole) => Problem[]): Rule =>
  (file) =>
    file.roles.flatMap((role) => role.grants.flatMap((grant) => check(grant, role)));

/** Keys under `grants` name databases that the role's clusters declare. */
export const databasesOfGrants: Rule = (file) =>
  file.roles.flatMap((role) =>
    role.scopes.flatMap((scope) => {
      const found = resolveScope(file, role, scope.text);
      return found.ok ? [] : [faultProblem(found.fault, scope.place)];
    }),
  );

export const objectNames = eachGrant(({ object, type }) => {
  const found = parseObjectName(object.text, type);
  if (!found.ok) return [faultProblem(found.fault, object.place)];
  const on = found.value;
  const schema = on.type === "schema" ? on.name : on.schema;
  if (schema === null || !/^(pg_|information_schema$)/.test(schema)) return [];
  return [errorAt(object, "reserved-name", `"${schema}" is a system schema, which is never touched.`, "Remove the entry.")];
});

export const privileges = eachGrant((grant) =>
  grant.privileges.flatMap((word) => {
    const found = privilegeFault(word.text, grant.type, new Set(grant.privileges.map((p) => p.text)).size === 1);
    return found ? [faultProblem(found, word.place)] : [];
  }),
);

/** IAM tokens are checked by RDS alone. */
export const iamUsersAreOnRds: Rule = (file) =>
  file.roles
    .filter((role) => role.login === "iam")
    .flatMap((role) => {
      const names = [...new Set((role.clusters ?? file.defaultClusters ?? []).map((word) => word.text))];
      const without = names.filter((name) => file.clusters.get(name)?.rds === null);
      if (without.length === 0) return [];
      return [
        errorAt(
          { place: role.loginPlace },
          "iam-login-needs-rds",
          `User "${role.name.text}" logs in by IAM, but cluster "${without.join('", "')}" has no rds.`,
          "Add rds to the cluster, take the user off it, or use login: external.",
        ),
      ];
    });
