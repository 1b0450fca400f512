import { nearest } from "../../facts/nearest.js";
import type { Problem } from "../../model/problem.js";
import { isPredefinedRole, isRdsRole, RDS_IAM } from "../../privileges/system-roles.js";
import { findCycles } from "../cycles.js";
import { clusterNamesOf, declaredRoleNames, isDeclaredRole, objectOf, rolesByName, saysWhere, subjectOf } from "../lookup.js";
import type { SourceFile, SourceMembership, SourceRole } from "../source-file.js";
import { errorAt, type Rule, unknownAt, warningAt } from "./rule.js";

const eachMembership =
  (check: (membership: SourceMembership, role: SourceRole, file: SourceFile) => Problem[]): Rule =>
  (file) =>
    file.roles.flatMap((role) => role.memberOf.flatMap((membership) => check(membership, role, file)));

/** Roles of this file and PostgreSQL's predefined ones; RDS's own change how a user logs in. */
export const knownRoles = eachMembership(({ role: word }, _role, file) => {
  const refused = REFUSED.find((row) => row.refuses(word.text));
  if (refused) return [errorAt(word, "refused-role", `Membership in ${word.text} cannot be declared: ${refused.reason}.`, refused.hint)];
  if (isDeclaredRole(file, word.text)) return [];
  if (!isPredefinedRole(word.text)) return [unknownAt(word, "role", declaredRoleNames(file), PREDEFINED)];
  if (PREDEFINED.includes(word.text)) return [];
  const near = nearest(word.text, PREDEFINED);
  return [
    warningAt(
      word,
      "unknown-predefined-role",
      `PostgreSQL 13 to 18 have no predefined role "${word.text}".`,
      near === undefined ? "Check its name." : `Did you mean "${near}"?`,
    ),
  ];
});

const REFUSED: readonly { readonly refuses: (role: string) => boolean; readonly reason: string; readonly hint: string }[] = [
  { refuses: (role) => role === RDS_IAM, reason: "it goes with the way a user logs in", hint: "Write login: iam in place of it." },
  {
    refuses: (role) => role === "rds_superuser" || role === "rdsadmin",
    reason: "it is RDS's administrator",
    hint: "Give the privileges that are needed, or a predefined role such as pg_monitor.",
  },
  { refuses: isRdsRole, reason: "RDS's own roles are not supported yet", hint: "Remove it." },
  { refuses: (role) => role === "pg_database_owner", reason: "PostgreSQL lets nobody be its explicit member", hint: "Remove it." },
];

/** PostgreSQL manual, "Predefined Roles", 13 to 18. */
const PREDEFINED: readonly string[] = [
  "pg_monitor",
  "pg_read_all_settings",
  "pg_read_all_stats",
  "pg_stat_scan_tables",
  "pg_signal_backend",
  "pg_read_server_files",
  "pg_write_server_files",
  "pg_execute_server_program",
  "pg_read_all_data",
  "pg_write_all_data",
  "pg_checkpoint",
  "pg_use_reserved_connections",
  "pg_create_subscription",
  "pg_maintain",
  "pg_signal_autovacuum_worker",
];

export const rolesAreWhereMembersAre: Rule = (file) => {
  const roles = rolesByName(file);
  return eachMembership(({ role: word }, member) => {
    const role = roles.get(word.text);
    if (!role) return [];
    const there = clusterNamesOf(file, role);
    const missing = clusterNamesOf(file, member).filter((name) => file.names.clusters.has(name) && !there.includes(name));
    if (missing.length === 0 || !saysWhere(file, role)) return [];
    const where = missing.length === 1 ? `cluster "${missing[0]}"` : `clusters ${missing.join(", ")}`;
    return [
      errorAt(
        word,
        "role-not-on-cluster",
        `${subjectOf(role)} is not on ${where}, and ${objectOf(member)} is.`,
        `Add ${missing.join(", ")} to the clusters of ${word.text}.`,
      ),
    ];
  })(file);
};

/** PostgreSQL refuses circles. */
export const noMembershipCycles: Rule = (file) => {
  const roles = rolesByName(file);
  const edges = new Map([...roles].map(([name, role]) => [name, role.memberOf.map((m) => m.role.text)]));
  return findCycles(edges).flatMap((cycle) => {
    const [first = ""] = cycle;
    const next = cycle[1] ?? first;
    const word = roles.get(first)?.memberOf.find((m) => m.role.text === next)?.role;
    return word
      ? [errorAt(word, "membership-cycle", `Memberships go in a circle: ${[...cycle, first].join(" → ")}.`, "Remove one of them.")]
      : [];
  });
};

/** Any path to rds_iam lets a user in only with a token (pg_hba.conf, +rds_iam). */
export const noIamByMembership: Rule = (file) => {
  const roles = rolesByName(file);
  const iamOnly = reachesIam(file);
  return [...roles.values()]
    .filter((role) => role.login === "external" && iamOnly.has(role.name.text))
    .flatMap((role) => {
      const via = role.memberOf.find((m) => iamOnly.has(m.role.text))?.role;
      return via
        ? [
            errorAt(
              via,
              "iam-by-membership",
              `User "${role.name.text}" would become a member of rds_iam through "${via.text}", and could log in only with an IAM token.`,
              "Write login: iam for it too, or put the rights into a role that both are members of.",
            ),
          ]
        : [];
    });
};

/** Users with login: iam and all that are members of them, at any distance. */
function reachesIam(file: SourceFile): ReadonlySet<string> {
  const pairs = file.roles.flatMap((role) => role.memberOf.map((m) => [m.role.text, role.name.text] as const));
  const members = groupSecond(pairs);
  const found = new Set(file.roles.filter((role) => role.login === "iam").map((role) => role.name.text));
  for (const name of found) for (const member of members.get(name) ?? []) found.add(member);
  return found;
}

function groupSecond(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [first, second] of pairs) {
    const group = groups.get(first);
    if (group) group.push(second);
    else groups.set(first, [second]);
  }
  return groups;
}

/** One membership has one set of options. */
export const membershipsOnce: Rule = (file) =>
  file.roles.flatMap((role) => {
    const first = new Map<string, SourceMembership>();
    return role.memberOf.flatMap((membership) => {
      const other = first.get(membership.role.text);
      if (!other) first.set(membership.role.text, membership);
      return other ? [twice(role, other, membership)] : [];
    });
  });

function twice(role: SourceRole, first: SourceMembership, second: SourceMembership): Problem {
  const same = first.admin === second.admin && first.inherit === second.inherit && first.set === second.set;
  const message = `${subjectOf(role)} is made a member of "${second.role.text}" twice${same ? "" : ", with different options"}.`;
  return same
    ? warningAt(second.role, "duplicate-entry", message, "Remove one.")
    : errorAt(second.role, "duplicate-entry", message, "Keep one of them.");
}
