/**
 * Roles of PostgreSQL and of RDS themselves. The one place that decides it: such a role is never created, altered, dropped, granted a
 * mark or evicted as a member, whatever its comment says. RDS's administrators (rdsadmin, rdsrepladmin, rdsproxyadmin, rdstopmgr) and
 * its roles to grant (rds_iam, rds_superuser …) all begin with rds (RDS user guide, "Understanding the rds_superuser role").
 */
export const isSystemRole = (name: string): boolean => isPredefinedRole(name) || isRdsRole(name);

/** PostgreSQL keeps the prefix for itself: CREATE ROLE refuses it. */
export const isPredefinedRole = (name: string): boolean => name.startsWith("pg_");

export const isRdsRole = (name: string): boolean => name.startsWith("rds");

/** Its members, by whatever path, log in with an IAM token and nothing else. */
export const RDS_IAM = "rds_iam";

/** What membership in one of RDS's roles amounts to, whatever attributes it has; null: nothing that no file could give. */
export const rdsPower = (name: string): string | null => RDS_POWERS.get(name) ?? null;

const ADMINISTRATOR = "the powers of RDS's administrator";
const RDS_POWERS = new Map([
  ["rds_superuser", ADMINISTRATOR],
  ["rdsadmin", ADMINISTRATOR],
  ["rds_replication", "REPLICATION"],
]);

/** As the server's own user on its machine: as good as a superuser (PostgreSQL manual, "Predefined Roles"). */
export const reachesServer = (name: string): boolean => SERVER_ROLES.has(name);
const SERVER_ROLES = new Set(["pg_execute_server_program", "pg_read_server_files", "pg_write_server_files"]);
