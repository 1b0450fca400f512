import type { DeclaredCluster } from "../model/declared.js";
import type { LogSettings } from "../model/log-settings.js";
import { type Problem, warningProblem } from "../model/problem.js";

/** As far as a review looks back by itself. */
const WINDOW_DAYS = 90;

/** What a review of 90 days would not know, and the setting for it: to be known, nothing missing. */
export function logKeepingProblems({ name, place }: DeclaredCluster, settings: LogSettings): Problem[] {
  const { type, id, region, exports, keptDays, hostDays } = settings;
  const modify = `aws rds modify-db-${type} --region ${region} --db-${type}-identifier ${id} --cloudwatch-logs-export-configuration`;
  const collect = "keep it with pgaccord evidence collect on a schedule (docs/evidence.md)";
  const of = { place, cluster: name };
  if (!exports.includes("postgresql"))
    return [
      warningProblem(
        "log-not-exported",
        `The log of RDS ${type} ${id} (cluster ${name}) stays on its hosts, which keep it for ${daysText(hostDays)}, and a review looks back ${WINDOW_DAYS}.`,
        { ...of, hint: `Export it: ${modify} EnableLogTypes=postgresql,iam-db-auth-error. Or ${collect}${longer(settings)}.` },
      ),
    ];
  const short =
    keptDays === null || keptDays >= WINDOW_DAYS
      ? []
      : [
          warningProblem(
            "log-kept-briefly",
            `CloudWatch keeps the log of RDS ${type} ${id} (cluster ${name}) for ${keptDays} days, and a review looks back ${WINDOW_DAYS}.`,
            {
              ...of,
              hint: `aws logs put-retention-policy --region ${region} --log-group-name /aws/rds/${type}/${id}/postgresql --retention-in-days ${WINDOW_DAYS}; or ${collect}.`,
            },
          ),
        ];
  if (exports.includes("iam-db-auth-error")) return short;
  return [
    ...short,
    warningProblem(
      "refusals-not-exported",
      `RDS ${type} ${id} (cluster ${name}) does not export iam-db-auth-error: which IAM principal it refused cannot be told later.`,
      { ...of, hint: `${modify} EnableLogTypes=iam-db-auth-error.` },
    ),
  ];
}

const daysText = (days: number | null): string => (days === null ? "days" : `${Math.round(days * 10) / 10} days`);

/** As long as hosts can keep it, in minutes: a schedule may then miss some days. */
const MOST_MINUTES = 10_080;

function longer({ type, region, parameters, hostDays }: LogSettings): string {
  if (parameters === null || hostDays === null || hostDays * 24 * 60 >= MOST_MINUTES) return "";
  const noun = type === "cluster" ? "db-cluster-parameter-group" : "db-parameter-group";
  const set = `ParameterName=rds.log_retention_period,ParameterValue=${MOST_MINUTES},ApplyMethod=immediate`;
  return `, and have hosts keep it for a week: aws rds modify-${noun} --region ${region} --${noun}-name ${parameters} --parameters ${set}`;
}
