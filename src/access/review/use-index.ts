import { common, missing, union } from "../../evidence/intervals.js";
import type { AssumedRole, Coverage, Evidence, EvidenceSource, Interval, LoginCount } from "../../model/evidence.js";
import { groupBy } from "../../model/group-by.js";

/** Logs name the user of every login: where one covers a time, nobody came in unseen. */
const LOGS: readonly EvidenceSource[] = ["rds-log", "cloudwatch-log", "log-file"];
const TRAILS: readonly EvidenceSource[] = ["cloudtrail", "athena"];

/** A log is read up to its last line: what is younger than this at the end of a window is no gap, nor the younger half of a short one. */
const YOUNGEST = 6 * 3_600_000;
/** So long a log may be silent by itself. */
const MINUTE = 60_000;

/** When a thing was last used in the window; null: not, as far as is known. */
export interface Use {
  readonly last: number;
  readonly sources: readonly EvidenceSource[];
}

/** Of the whole window, or why not. `until`: where what was read ends. */
export type Cover =
  | { readonly isWhole: true; readonly until: number; readonly sources: readonly EvidenceSource[] }
  | { readonly isWhole: false; readonly why: string };

/** Evidence by what is asked of it. */
export interface UseIndex {
  readonly login: (cluster: string, user: string) => Use | null;
  readonly logCover: (cluster: string) => Cover;
  /** Whether anybody took the IAM role of that account and name. */
  readonly assumed: (account: string, name: string) => Use | null;
  readonly takers: (account: string, name: string) => readonly AssumedRole[];
  readonly trailCover: (account: string, name: string) => Cover;
}

export function indexUse(evidence: Evidence, window: Interval): UseIndex {
  const logins = lastLogins(evidence.logins, window);
  const takers = groupBy(evidence.assumed, ({ role }) => nameKey(role));
  const uses = groupBy(evidence.roleUses, ({ role }) => nameKey(role));
  const logs = groupBy(
    evidence.coverage.filter(({ source }) => LOGS.includes(source)),
    ({ target }) => target,
  );
  const trails = groupBy(
    evidence.coverage.filter(({ source }) => TRAILS.includes(source)),
    ({ target }) => nameKey(target),
  );
  const sourcesOf = (list: readonly Coverage[] = []): EvidenceSource[] => [...new Set(list.map(({ source }) => source))].sort();
  const covers = new Map<string, Cover>();
  const coverOf = (key: string, list: readonly Coverage[] | undefined, nothing: string): Cover => {
    const known = covers.get(key) ?? cover(list ?? [], window, nothing);
    covers.set(key, known);
    return known;
  };
  return {
    login: (cluster, user) => {
      const last = logins.get(JSON.stringify([cluster, user]));
      if (last === undefined) return null;
      const sources = sourcesOf(logs.get(cluster));
      // What no log told was seen in the server itself.
      return { last, sources: sources.length > 0 ? sources : ["pg-stat-activity"] };
    },
    logCover: (cluster) => coverOf(`log ${cluster}`, logs.get(cluster), "no log of it was read"),
    assumed: (account, name) => {
      const key = JSON.stringify([account, name]);
      const seen = [
        ...(takers.get(key) ?? []).map(({ last }) => ({ last, sources: sourcesOf(trails.get(key)) })),
        ...(uses.get(key) ?? []).map(({ at, source }) => ({ last: at, sources: [source] })),
      ].filter(({ last }) => last >= window.from);
      return seen.length === 0
        ? null
        : { last: Math.max(...seen.map(({ last }) => last)), sources: [...new Set(seen.flatMap(({ sources }) => sources))].sort() };
    },
    takers: (account, name) => takers.get(JSON.stringify([account, name])) ?? [],
    trailCover: (account, name) =>
      coverOf(`trail ${account} ${name}`, trails.get(JSON.stringify([account, name])), "CloudTrail was not asked who took it"),
  };
}

/** The path of an ARN counts for nothing: names are unique in an account. */
const nameKey = (arn: string): string => JSON.stringify([arn.split(":")[4] ?? "", arn.split("/").at(-1) ?? ""]);

function lastLogins(logins: readonly LoginCount[], { from }: Interval): Map<string, number> {
  const last = new Map<string, number>();
  for (const one of logins) {
    if (one.outcome !== "ok" || one.last < from) continue;
    const key = JSON.stringify([one.cluster, one.user]);
    last.set(key, Math.max(last.get(key) ?? 0, one.last));
  }
  return last;
}

/** Each part by itself: what one server did not write another cannot tell. */
function cover(list: readonly Coverage[], window: Interval, nothing: string): Cover {
  if (list.length === 0) return { isWhole: false, why: nothing };
  const parts = [...groupBy(list, ({ part }) => part ?? "").entries()];
  const open = parts.flatMap(([part, of]) => gapsOf(part, of, window));
  if (open.length > 0) return { isWhole: false, why: open.sort().join("; ") };
  const until = Math.min(...parts.map(([, of]) => Math.min(window.to, endOf(of))));
  return { isWhole: true, until, sources: [...new Set(list.map(({ source }) => source))].sort() };
}

const seenBy = (list: readonly Coverage[]): Interval[] => union(list.flatMap(({ seen }) => seen));
const endOf = (list: readonly Coverage[]): number => seenBy(list).at(-1)?.to ?? 0;

function gapsOf(part: string, list: readonly Coverage[], window: Interval): string[] {
  const seen = seenBy(list);
  const youngest = Math.max(MINUTE, Math.min(YOUNGEST, (window.to - window.from) / 2));
  const isTail = ({ from, to }: Interval): boolean => from > window.from && to === window.to && to - from < youngest;
  const open = missing(window, seen).filter((gap) => !isTail(gap));
  const where = part === "" ? "" : `${part}: `;
  return open
    .slice(0, 1)
    .map(
      (gap) =>
        `${where}nothing is known of ${timeText(gap.from)} to ${timeText(gap.to)}${reasonOf(list, gap)}${open.length > 1 ? `, nor of ${open.length - 1} other times` : ""}`,
    );
}

function reasonOf(list: readonly Coverage[], gap: Interval): string {
  const why = list.flatMap(({ gaps }) => gaps).find((one) => common([one], [gap]).length > 0)?.why;
  return why === undefined ? "" : ` (${why})`;
}

export const timeText = (at: number): string => new Date(at).toISOString().slice(0, 16).replace("T", " ");
