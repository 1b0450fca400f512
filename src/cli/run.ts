import picomatch from "picomatch";
import { asOf } from "../config/as-of.js";
import { loadAccessFile } from "../config/load.js";
import { dayOf } from "../model/day.js";
import type { Declared } from "../model/declared.js";
import type { Plan } from "../model/plan.js";
import { errorProblem, isError, type Problem, ProblemsError } from "../model/problem.js";
import type { Target } from "../model/resource.js";
import type { Snapshot, Unread } from "../model/snapshot.js";
import { leaveOut } from "../model/unread.js";
import { type Narrowing, planAccess, planBase, WHOLE } from "../reconcile.js";
import { renderProblems } from "../report/problems.js";
import { createWorld, type World } from "../world.js";
import { type CliIo, checkoutOf, type TargetOptions } from "./io.js";
import { passwordsOf } from "./log-mask.js";
import { createProgress } from "./progress.js";

/** One file with the servers that it names. */
export interface Run {
  /** As of today. */
  readonly declared: Declared;
  readonly world: World;
  /** What is there of these clusters without a look into their databases. */
  readonly heads: (clusters: readonly string[]) => Promise<Snapshot>;
  readonly build: (snapshot: Snapshot) => Plan;
  /** What the run may write to. */
  readonly includes: (target: Target) => boolean;
  /** What the file that was applied last would do to the same servers; null: it cannot be compared. */
  readonly buildBase: (base: Declared, snapshot: Snapshot) => Plan | null;
}

/** null: the file has errors, which were printed. */
export async function openRun(io: CliIo, options: TargetOptions, readAs: "admin" | "reader"): Promise<Run | null> {
  const { declared: written, problems } = await loadAccessFile(options.file, options.fileLabel ?? options.file, checkoutOf(io));
  if (written === null || problems.some(isError)) {
    io.err(renderProblems(problems, { color: io.color }));
    return null;
  }
  // Once: what is asked for at midnight is done as of the day on which it was shown.
  const now = new Date();
  const declared = asOf(written, dayOf(now));
  const narrowing = narrowingOf(declared, options);
  const log = io.log.hiding(passwordsOf(declared, io.env));
  const addresses = addressesOf(declared, options);
  const worldOf = (of: Declared): World =>
    createWorld({ declared: of, env: io.env, addresses, readAs, onProgress: createProgress(io), log });
  const world = worldOf(declared);
  return {
    declared,
    world,
    heads: (clusters) => worldOf(headsOf(declared, clusters)).inspect(),
    includes: narrowing.includes ?? (() => true),
    build: (snapshot) => planAccess({ declared: written, snapshot, problems, narrowing, revokeOnly: options.revokeOnly ?? false, now }),
    buildBase: (base, snapshot) => planBase({ base, head: written, snapshot, now }),
  };
}

const headsOf = (declared: Declared, names: readonly string[]): Declared => ({
  ...declared,
  clusters: new Map(
    [...declared.clusters].filter(([name]) => names.includes(name)).map(([name, one]) => [name, { ...one, databases: new Map() }]),
  ),
});

/** What could not be locked is not written to, though it may be read. */
export function withoutThese(run: Run, unlocked: readonly Unread[]): Run {
  const inspect = async (): Promise<Snapshot> => leaveOut(await run.world.inspect(), unlocked);
  return { ...run, world: { ...run.world, inspect, ports: { ...run.world.ports, inspect } } };
}

/** A glob that names no target is a mistake, not an empty run. */
function narrowingOf(declared: Declared, options: TargetOptions): Narrowing {
  const { cluster, account } = options;
  if (!cluster && !account) return WHOLE;
  const problems = [
    ...unmatched("cluster", cluster, [...declared.clusters.keys()]),
    ...unmatched("account", account, [...declared.accounts.keys()]),
  ];
  if (problems.length > 0) throw new ProblemsError(problems);
  const matches = { cluster: picomatch([...(cluster ?? [])]), account: picomatch([...(account ?? [])]) };
  const scope = { ...(cluster ? { cluster: [...cluster].sort() } : {}), ...(account ? { account: [...account].sort() } : {}) };
  return { scope, includes: (target) => (options[target.type] ? matches[target.type](target.name) : false) };
}

export function unmatched(noun: string, globs: readonly string[] | undefined, names: readonly string[]): Problem[] {
  return (globs ?? [])
    .filter((glob) => !names.some((name) => picomatch.isMatch(name, glob)))
    .map((glob) =>
      errorProblem("no-such-target", `--${noun} ${glob} matches no ${noun} of the file.`, {
        hint: `It has: ${names.join(", ") || "none"}.`,
      }),
    );
}

export function addressesOf(declared: Declared, options: Pick<TargetOptions, "address">): Map<string, { host: string; port: number }> {
  const list = options.address ?? [];
  const unknown = list.filter(([cluster]) => !declared.clusters.has(cluster));
  if (unknown.length > 0) {
    const hint = `The file has: ${[...declared.clusters.keys()].join(", ")}.`;
    throw new ProblemsError(
      unknown.map(([cluster]) => errorProblem("no-such-target", `--address names cluster ${cluster}, which is not in the file.`, { hint })),
    );
  }
  return new Map(
    list.map(([cluster, text]) => {
      const colon = text.lastIndexOf(":");
      return [cluster, { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) }];
    }),
  );
}
