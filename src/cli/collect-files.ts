import { recordsOf } from "../evidence/collect-days.js";
import { readSource, type SourceRead } from "../evidence/read-source.js";
import { DAY_MS } from "../model/day.js";
import type { Interval } from "../model/evidence.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import { fileSource } from "../store/log-files.js";
import type { Collected, CollectOptions } from "./collect-options.js";
import type { CliIo } from "./io.js";
import { namesOf } from "./log-names.js";
import { optionalFile } from "./optional-file.js";
import { sinceTime } from "./since.js";

/** `--log FILE`: the log of one server of any PostgreSQL. */
export async function collectFiles(io: CliIo, options: CollectOptions, now: number): Promise<Collected> {
  const declared = await optionalFile(io, options);
  const cluster = options.logCluster;
  if (cluster === undefined) throw wrong("missing-argument", "It is not said which cluster's log this is.", "Name it: --log-cluster NAME.");
  if (declared !== null && !declared.clusters.has(cluster))
    throw wrong(
      "no-such-target",
      `--log-cluster names cluster ${cluster}, which is not in the file.`,
      `It has: ${[...declared.clusters.keys()].join(", ") || "none"}.`,
    );
  const { logLinePrefix: prefix, logPart: part = null } = options;
  const of = { cluster, part, source: "log-file" } as const;
  const format = prefix === undefined ? ({ type: "detect", otherwise: null } as const) : ({ type: "stderr", prefix } as const);
  const window = { from: options.since === undefined ? 0 : startOfDay(sinceTime(options.since, new Date(now))), to: now };
  const thrown = (error: unknown): never => {
    throw error;
  };
  const timezone = options.logTimezone === undefined ? {} : { timezone: options.logTimezone };
  const read = await readSource(fileSource(options.log ?? [], { ...of, format }), {
    window,
    per: "day",
    problemsOf: thrown,
    ...namesOf(declared),
    ...timezone,
  });
  return { records: recordsOf(read, of, told(read, window)), problems: read.problems, failed: 0 };
}

const startOfDay = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** A file says nothing of what was before its first line. */
function told({ seen, logins }: SourceRead, { from, to }: Interval): Interval {
  const first = Math.min(to, ...seen.slice(0, 1).map((one) => one.from), ...logins.map((one) => one.first));
  return { from: Math.max(from, first), to };
}

const wrong = (code: string, message: string, hint: string): ProblemsError => new ProblemsError([errorProblem(code, message, { hint })]);
