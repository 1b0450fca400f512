import type { Answer, FrontCall } from "./aws-front.js";
import { lookUp } from "./event-history.js";
import type { LocalPostgres } from "./local-postgres.js";
import { answerLog, asRds, RDS_PREFIX, type RefusedToken } from "./rds-log.js";
import type { TrailRecord } from "./trail-records.js";

/** Settings of a server whose logins are to be told. */
export const LOGGED = { log_connections: "on", log_disconnections: "on", log_line_prefix: RDS_PREFIX, log_timezone: "UTC" };

/** What the servers of a world saw, as CloudTrail and the RDS instance tell it. */
export interface DemoEvidence {
  readonly record: (records: readonly TrailRecord[]) => void;
  readonly onRefused: (user: string, database: string) => void;
  /** From now on the log is this server's. */
  readonly serve: (postgres: LocalPostgres) => void;
  /** null: it is no question about evidence. */
  readonly answer: (call: FrontCall, accountOf: () => Promise<string>) => Promise<Answer | null>;
}

export function createEvidence(instance: string): DemoEvidence {
  const records: TrailRecord[] = [];
  const refused: RefusedToken[] = [];
  let log = (): string => "";
  return {
    record: (more) => void records.push(...more),
    onRefused: (user, database) => void refused.push({ at: new Date(), user, database }),
    serve: (postgres) => {
      log = () => asRds(postgres.log(), refused, postgres.superuser);
    },
    answer: async (call, accountOf) =>
      call.action === "CloudTrail_20131101.LookupEvents"
        ? lookUp(records, { account: await accountOf(), region: call.region }, call.body, Date.now())
        : answerLog(call.parameters, instance, log, new Date()),
  };
}
