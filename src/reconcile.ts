import { createHash } from "node:crypto";
import { asOf } from "./config/as-of.js";
import { baseGives } from "./config/base-gives.js";
import { expiryProblems } from "./config/expiry.js";
import { type Facts, factsOf } from "./facts/facts.js";
import { expiredIn } from "./kinds/expired.js";
import { THINGS } from "./kinds/things.js";
import { dayOf } from "./model/day.js";
import type { Declared } from "./model/declared.js";
import type { Plan, PlanTarget } from "./model/plan.js";
import { type Problem, stopsAll } from "./model/problem.js";
import type { Target } from "./model/resource.js";
import type { Snapshot, Unread } from "./model/snapshot.js";
import type { Things } from "./model/thing.js";
import { buildPlan } from "./plan/build.js";
import { VERSION } from "./version.js";

/** SHA-256, hexadecimal: the hash of ids and digests. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Targets that a run may write to. Narrowed, it deletes nothing, and documents keep their whole contents. */
export interface Narrowing {
  readonly scope: Plan["scope"];
  readonly includes: ((target: Target) => boolean) | null;
}
export const WHOLE: Narrowing = { scope: {}, includes: null };

export interface PlanInput {
  /** As it is written: what of it has expired is left out here. */
  readonly declared: Declared;
  readonly snapshot: Snapshot;
  /** Warnings of loading; those of the snapshot are added. */
  readonly problems?: readonly Problem[];
  readonly narrowing?: Narrowing;
  /** Only what can be taken at once: `apply --revoke-only`. */
  readonly revokeOnly?: boolean;
  readonly now: Date;
  /** The types of grantable objects; left out: all that there are. */
  readonly things?: Things;
}

/** What the file wants against what was read. */
export function planAccess({
  declared,
  snapshot,
  problems = [],
  narrowing = WHOLE,
  revokeOnly = false,
  now,
  things = THINGS,
}: PlanInput): Plan {
  const day = dayOf(now);
  const current = asOf(declared, day);
  const facts = factsOf({ declared: current, snapshot, things, keepOrphans: narrowing.includes !== null, includes: narrowing.includes });
  const leftOut = snapshot.unread.filter((one) => isMissed(one, declared, narrowing));
  return buildPlan({
    declared: current,
    facts,
    problems: [...problems, ...expiryProblems(declared, day), ...unreadProblems(snapshot, leftOut)],
    leftOut,
    scope: narrowing.scope,
    targetsInScope: narrowing.includes,
    targets: targetsOf(facts),
    revokeOnly,
    expired: expiredIn(declared, current, facts),
    now,
    hash: sha256,
    tool: VERSION,
  });
}

/** A target that the run may not write to is not missed, unless it is a cluster whose doors it may change. */
function isMissed({ target }: Unread, { clusters }: Declared, { includes }: Narrowing): boolean {
  const account = target.type === "cluster" ? clusters.get(target.name)?.account : null;
  return includes === null || includes(target) || (!!account && includes({ type: "account", name: account }));
}

/** Wrong credentials meet every call of an account: they are said once. */
function unreadProblems({ unread }: Snapshot, leftOut: readonly Unread[]): Problem[] {
  const first = new Map<string, Problem>();
  for (const one of [...leftOut, ...unread.filter((other) => !leftOut.includes(other))]) {
    for (const problem of one.problems) {
      const key = JSON.stringify([problem.code, problem.message, problem.place]);
      const severity = leftOut.includes(one) ? problem.severity : "warning";
      if (!first.has(key)) first.set(key, { ...problem, severity, leavesOut: one.target });
    }
  }
  return [...first.values()];
}

export interface BaseInput {
  /** The file that was applied last. */
  readonly base: Declared;
  readonly head: Declared;
  /** What was read for `head`. */
  readonly snapshot: Snapshot;
  readonly now: Date;
}

/** What the file that was applied last would do now: what somebody changed by hand since. null: it cannot be said. */
export function planBase({ base, head, snapshot, now }: BaseInput): Plan | null {
  const given = baseGives(base, head, snapshot);
  if (given === null) return null;
  const plan = planAccess({ ...given, now });
  return plan.problems.some(stopsAll) ? null : plan;
}

/** The headings of a plan: what each target is. */
function targetsOf(facts: Facts): PlanTarget[] {
  const clusters = [...facts.clusters.values()].map((cluster): PlanTarget => {
    const { rds, versionNum } = cluster.snapshot;
    const version = `PostgreSQL ${Math.floor(versionNum / 10000)}.${versionNum % 10000}`;
    const about = rds ? `${version}, RDS ${rds.type} ${rds.id}` : version;
    return {
      target: { type: "cluster", name: cluster.name },
      about,
      identity: cluster.snapshot.identity,
      databases: [...cluster.declared.databases.keys()],
    };
  });
  const accounts = [...facts.accounts.values()].map(
    (account): PlanTarget => ({
      target: { type: "account", name: account.name },
      about: `${account.declared.id}, ${account.declared.region}`,
      identity: account.snapshot.id,
      databases: [],
    }),
  );
  const ensured = [...facts.rds.values()].flatMap(({ declared: { name, ...of }, rds, live }): PlanTarget[] =>
    live === null && of.ensure.iamAuth
      ? [{ target: { type: "cluster", name }, about: `RDS ${rds.type} ${rds.id}`, identity: rds.resourceId, databases: [] }]
      : [],
  );
  return [...clusters, ...ensured, ...accounts];
}
