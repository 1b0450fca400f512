import type { Major } from "./binaries.js";

/** The roles of RDS, and an admin and a master user as RDS gives them: no superusers (RDS user guide, "Understanding PostgreSQL roles"). */
export const RDS_ROLES = (major: Major, adminPassword: string): string => `
CREATE ROLE rds_superuser;
CREATE ROLE rds_iam;
CREATE ROLE rds_replication;
CREATE ROLE rds_password;
GRANT rds_iam, rds_replication, rds_password TO rds_superuser WITH ADMIN OPTION;
GRANT pg_monitor, pg_signal_backend, pg_read_all_settings, pg_read_all_stats, pg_stat_scan_tables TO rds_superuser WITH ADMIN OPTION;
${major >= 14 ? "GRANT pg_read_all_data, pg_write_all_data TO rds_superuser WITH ADMIN OPTION;" : ""}
CREATE ROLE postgres LOGIN CREATEROLE CREATEDB PASSWORD '${adminPassword}' IN ROLE rds_superuser;
CREATE ROLE access_admin LOGIN CREATEROLE CREATEDB PASSWORD '${adminPassword}' IN ROLE rds_superuser;
`;
