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
