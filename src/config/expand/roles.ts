import type { ClusterFacts } from "../../kinds/facts.js";
import { keyOf } from "../../kinds/key.js";
import { ownMark, parseMark, withMark } from "../../kinds/mark.js";
import { RDS_IAM } from "../../kinds/pg-membership.js";
import { displayName, quoteIdent, quoteLiteral } from "../../kinds/sql.js";
import type { Declared, DeclaredRole } from "../../model/declared.js";
import { errorProblem, warningProblem } from "../../model/problem.js";
import type { Mark } from "../../model/resource.js";
import { isSystemRole } from "../../privileges/system-roles.js";
import { type Collector, whole } from "./collector.js";

export function expandRoles(collector: Collector, declared: Declared, cluster: ClusterFacts, roles: readonly DeclaredRole[]): void {
  const iamUsers = roles.filter((role) => role.login === "iam");
  if (iamUsers.length > 0) checkIamLogin(collector, cluster, iamUsers);
  for (const name of cluster.wronglyMarked) collector.problem(wrongMark(declared, cluster, name));
  for (const role of roles) {
    if (isRefused(collector, declared, cluster, role)) continue;
    const id = { cluster: cluster.name, role: role.name };
    collector.want("pg.role", id, { login: role.login !== "none", mark: markFor(declared, cluster, role) }, whole(role.place));
    expandMemberships(collector, cluster, role);
  }
}

/** A mark counts for nothing on a role that is never ours; somebody should take it off, or it misleads the next reader. */
function wrongMark(declared: Declared, cluster: ClusterFacts, name: string) {
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

function markFor(declared: Declared, cluster: ClusterFacts, role: DeclaredRole): Mark {
  const live = cluster.snapshot.roles.get(role.name);
  if (!live) return "created";
  return ownMark(live.comment, declared.owner, cluster.name) ?? "adopted";
}

function isRefused(collector: Collector, declared: Declared, cluster: ClusterFacts, role: DeclaredRole): boolean {
  const name = displayName(role.name);
  const key = keyOf("pg.role", { cluster: cluster.name, role: role.name });
  if (cluster.untouchable.has(role.name)) {
    collector.leaveOut(key);
    collector.problem(
      errorProblem(
        "protected-role",
        `${name} is the admin, the master user or the bootstrap superuser of cluster ${cluster.name}: pgaccord never manages it.`,
        {
          place: role.place,
          hint: "Take it out of the file, or declare a role of another name.",
        },
      ),
    );
    return true;
  }
  const mark = parseMark(cluster.snapshot.roles.get(role.name)?.comment ?? null);
  if (!mark || (mark.owner === declared.owner && mark.cluster === cluster.name)) return false;
  if (mark.owner === declared.owner) {
    collector.problem(
      warningProblem(
        "other-cluster-mark",
        `Role ${name} on cluster ${cluster.name} carries the mark of cluster ${mark.cluster}: this looks like a restored copy. It is adopted.`,
        {
          place: role.place,
          hint: "An adopted role is released, not dropped, when it leaves the file.",
        },
      ),
    );
    return false;
  }
  collector.leaveOut(key);
  collector.problem(
    errorProblem("other-owner", `Role ${name} on cluster ${cluster.name} is managed by ${mark.owner}, not by ${declared.owner}.`, {
      place: role.place,
      hint: `Take it out of this file, or take it out of the file of ${mark.owner} first.`,
    }),
  );
  return true;
}

function expandMemberships(collector: Collector, cluster: ClusterFacts, role: DeclaredRole): void {
  const member = role.name;
  const memberships = [...role.memberOf];
  if (role.login === "iam") memberships.push({ role: RDS_IAM, admin: false, inherit: true, set: true, place: role.place });
  for (const m of memberships) {
    if (!cluster.snapshot.roles.has(m.role) && !cluster.declaredRoles.has(m.role)) {
      // The missing rds_iam has a message of its own.
      if (m.role !== RDS_IAM) collector.problem(missingRole(cluster, m.role, m.place));
      continue;
    }
    if (!cluster.powers.options && (!m.inherit || !m.set)) {
      collector.problem(
        errorProblem(
          "option-needs-16",
          `Membership of ${displayName(member)} in ${displayName(m.role)}: "inherit" and "set" exist from PostgreSQL 16 on; cluster ${cluster.name} is older.`,
          {
            place: m.place,
            hint: "Leave the options out on this cluster.",
          },
        ),
      );
      continue;
    }
    collector.want(
      "pg.membership",
      { cluster: cluster.name, role: m.role, member },
      { admin: m.admin, inherit: m.inherit, set: m.set },
      whole(m.place),
    );
  }
}

const missingRole = (cluster: ClusterFacts, name: string, place: DeclaredRole["place"]) =>
  errorProblem(
    "missing-role",
    `Role ${displayName(name)} does not exist on cluster ${cluster.name} (PostgreSQL ${Math.floor(cluster.snapshot.versionNum / 10000)}).`,
    {
      place,
      hint: "Predefined roles differ by version; other roles must be declared in the file.",
    },
  );

function checkIamLogin(collector: Collector, cluster: ClusterFacts, users: readonly DeclaredRole[]): void {
  const place = users[0]?.place ?? null;
  const { rds } = cluster.snapshot;
  if (rds && !rds.iamAuth) {
    const modify =
      rds.type === "cluster"
        ? `modify-db-cluster --db-cluster-identifier ${rds.id}`
        : `modify-db-instance --db-instance-identifier ${rds.id}`;
    collector.problem(
      errorProblem(
        "iam-auth-off",
        `IAM authentication is off on ${rds.type} ${rds.id} (cluster ${cluster.name}), so ${users.length} users with "login: iam" could not log in.`,
        {
          place,
          hint: `Turn it on: aws rds ${modify} --enable-iam-database-authentication --apply-immediately`,
        },
      ),
    );
  }
  if (!cluster.snapshot.roles.has(RDS_IAM)) {
    collector.problem(
      errorProblem("rds-iam-missing", `Cluster ${cluster.name} has no role rds_iam, so nobody can log in with "login: iam".`, {
        place,
        hint: "RDS makes rds_iam by itself; a server that has none is not RDS's: use login: external there.",
      }),
    );
  }
}
