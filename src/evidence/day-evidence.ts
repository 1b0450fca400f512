import type { Coverage, Evidence, EvidenceSource, LoginCount } from "../model/evidence.js";
import { groupBy } from "../model/group-by.js";
import { union } from "./intervals.js";
import { type DayRecord, type Observation, totalOf } from "./observation.js";

/** What the days of a folder say together: per day, as they were counted. */
export function evidenceOf(records: readonly DayRecord[]): Evidence {
  const days = grouped(records, ({ cluster, part, day }) => JSON.stringify([cluster, part, day])).map((list) => ({
    cluster: list[0]?.cluster ?? "",
    ...totalOf(list.flatMap(({ observations }) => observations)),
  }));
  return {
    logins: days.flatMap(({ cluster, logins }) => logins.map((one): LoginCount => ({ cluster, ...one }))),
    refused: days.flatMap(({ cluster, refused }) => refused.map((one) => ({ cluster, ...one }))),
    assumed: [],
    roleUses: [],
    coverage: withoutWhole(grouped(records, ({ cluster, part }) => JSON.stringify([cluster, part])).flatMap(coverageOf)),
  };
}

function coverageOf(records: readonly DayRecord[]): Coverage[] {
  const [first] = records;
  const logs = records.flatMap(({ observations }) => observations).filter(({ source }) => source !== "iam-db-auth-error");
  if (first === undefined || logs.length === 0) return [];
  const { seen, gaps } = totalOf(logs);
  const inOrder = [...gaps].sort((a, b) => a.from - b.from || a.to - b.to);
  return [{ source: sourceOf(logs), target: first.cluster, part: first.part, seen: union(seen), gaps: inOrder }];
}

/** That RDS did not list a server is no log of its own. */
function sourceOf(logs: readonly Observation[]): EvidenceSource {
  const named = logs.map(({ source }) => source).filter((source) => source !== "rds-list");
  return named.at(-1) ?? "rds-log";
}

/** When a cluster could not be asked for its servers they were not known; now they are, and each has its own coverage. */
const withoutWhole = (all: readonly Coverage[]): Coverage[] =>
  all.filter(
    ({ target, part, seen }) => part !== null || seen.length > 0 || !all.some((one) => one.target === target && one.part !== null),
  );

/** Sorted by what they are grouped by. */
const grouped = <T>(list: readonly T[], keyOf: (one: T) => string): T[][] =>
  [...groupBy(list, keyOf)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
