import type { Aws } from "../aws/client.js";
import { missing } from "../evidence/intervals.js";
import { type Observation, totalOf } from "../evidence/observation.js";
import { DAY_MS } from "../model/day.js";
import type { Declared } from "../model/declared.js";
import type { Coverage, LoginCount } from "../model/evidence.js";
import { clustersNamed, type PartRead, readClusterLogs } from "./cluster-logs.js";
import type { CliIo } from "./io.js";
import type { LoginsRead } from "./logins-read.js";
import { createProgress } from "./progress.js";

/** Hosts keep their logs for three days unless told otherwise. */
const BACK = 3 * DAY_MS;

export interface RdsLoginsAsked {
  readonly declared: Declared;
  /** null: as long as hosts keep their logs. */
  readonly since: number | null;
  /** Globs; left out: all clusters of the file. */
  readonly cluster?: readonly string[] | undefined;
  readonly aws: Aws;
}

/** Reads the logs of every server of the file's RDS clusters. */
export async function readRdsLogins(io: CliIo, { declared, since, cluster, aws }: RdsLoginsAsked): Promise<LoginsRead> {
  const now = Date.now();
  const window = { from: since ?? now - BACK, to: now };
  const clusters = clustersNamed(declared, cluster);
  const over = createProgress(io)("Reading the logs");
  const read = await readClusterLogs(clusters, { aws, declared, window, per: "run" });
  over();
  const parts = read.flatMap((one) => byPart(one.parts).map(partOf));
  return {
    logins: parts.flatMap(({ logins }) => logins),
    refused: read.flatMap((one) => one.parts.flatMap((part) => part.read.refused)),
    coverage: [
      ...parts.flatMap(({ coverage }) => coverage),
      ...read.flatMap(({ unread }) =>
        unread.map(
          ({ cluster, part, why }): Coverage => ({ source: "rds-log", target: cluster, part, seen: [], gaps: [{ ...window, why }] }),
        ),
      ),
    ],
    problems: read.flatMap(({ problems }) => problems),
  };
}

const byPart = (parts: readonly PartRead[]): PartRead[][] =>
  [...new Set(parts.map(({ source }) => source.part))].map((name) => parts.filter(({ source }) => source.part === name));

/** A server may write its log in two forms, which tell the same. */
function partOf(parts: readonly PartRead[]): { readonly logins: LoginCount[]; readonly coverage: Coverage[] } {
  const logs = parts.filter(({ source }) => source.source !== "iam-db-auth-error");
  const [first] = logs;
  if (first === undefined) return { logins: [], coverage: [] };
  const { cluster, part, source } = first.source;
  const observations = logs.map(
    ({ source: { source: from }, read }): Observation => ({
      source: from,
      seen: read.seen,
      gaps: read.gaps,
      logins: read.logins,
      refused: [],
    }),
  );
  const { seen, gaps, logins } = totalOf(observations);
  const shown = gaps.filter((gap) => missing(gap, seen).length > 0);
  return { logins: logins.map((one) => ({ ...one, cluster })), coverage: [{ source, target: cluster, part, seen, gaps: shown }] };
}
