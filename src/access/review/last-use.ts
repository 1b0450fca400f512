import type { Change } from "../../model/change.js";
import { DAY_MS, dayOf } from "../../model/day.js";
import type { Evidence, Interval } from "../../model/evidence.js";
import { type Problem, warningProblem } from "../../model/problem.js";
import type { ClusterSnapshot, Snapshot } from "../../model/snapshot.js";
import { displayName } from "../../privileges/sql.js";
import { indexUse, type UseIndex } from "./use-index.js";

/** Beside what a plan takes from a role: when somebody whom that concerns last logged in, as far as the evidence tells. */
export function lastUses(
  changes: readonly Pick<Change, "delta" | "sources">[],
  snapshot: Snapshot,
  evidence: Evidence,
  window: Interval,
): Problem[] {
  const use = indexUse(evidence, window);
  const losers = new Map<string, { readonly cluster: string; readonly name: string; readonly place: Problem["place"] }>();
  for (const { delta, sources } of changes)
    for (const { effect, who, ...item } of delta) {
      if (effect !== "loses" || who.type !== "role") continue;
      const key = JSON.stringify([who.cluster, who.name]);
      const [source] = [...item.sources, ...sources];
      if (!losers.has(key)) losers.set(key, { cluster: who.cluster, name: who.name, place: source ?? null });
    }
  return [...losers.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { cluster, name, place }]) => {
      const live = snapshot.clusters.get(cluster);
      const users = live ? usersBelow(live, name) : [];
      return users.length === 0 ? [] : [warningProblem("last-use", sentence(use, cluster, name, users, window), { place: placeOf(place) })];
    });
}

const placeOf = (place: Problem["place"]): Problem["place"] => place && { file: place.file, line: place.line, column: place.column };

function sentence(use: UseIndex, cluster: string, name: string, users: readonly string[], { from, to }: Interval): string {
  const seen = users.flatMap((user) => {
    const found = use.login(cluster, user);
    return found ? [{ user, last: found.last }] : [];
  });
  const whose = `What is taken from ${displayName(name)} on cluster ${cluster}`;
  const latest = seen.sort((a, b) => b.last - a.last || (a.user < b.user ? -1 : 1))[0];
  if (latest) {
    const days = Math.floor((to - latest.last) / DAY_MS);
    const by = latest.user === name && users.length === 1 ? "" : ` by ${displayName(latest.user)}`;
    const ago = days < 1 ? "today" : `${days} ${days === 1 ? "day" : "days"} ago`;
    return `${whose}: last login ${ago}${by}, on ${dayOf(latest.last)}.`;
  }
  const cover = use.logCover(cluster);
  const who = users.length === 1 ? displayName(users[0] ?? name) : `any of ${users.length} users`;
  return cover.isWhole
    ? `${whose}: no login of ${who} since ${dayOf(from)}.`
    : `${whose}: whether ${who} logged in is not known: ${cover.why}.`;
}

/** Who may log in and has it as a member: itself first. Whoever may only pass it on, as its maker may, does not use it. */
function usersBelow({ roles, memberships }: ClusterSnapshot, name: string): string[] {
  const found = new Set([name]);
  for (const role of found) for (const row of memberships) if (row.role === role && (row.inherit || row.set)) found.add(row.member);
  return [...found].filter((one) => roles.get(one)?.login === true);
}
