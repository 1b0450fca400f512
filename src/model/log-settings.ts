/** Where RDS keeps the log of a cluster or instance, and for how long. */
export interface LogSettings {
  readonly type: "cluster" | "instance";
  readonly id: string;
  readonly region: string;
  /** Logs that are exported to CloudWatch. */
  readonly exports: readonly string[];
  /** In CloudWatch; Infinity: for ever; null: not exported, or not known. */
  readonly keptDays: number | null;
  /** On the hosts (rds.log_retention_period); null: not asked, or not known. */
  readonly hostDays: number | null;
  /** Its parameter group; null: not known, or AWS's own, which nobody can change. */
  readonly parameters: string | null;
}
