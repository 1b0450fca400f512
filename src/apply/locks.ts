import type { Lock, Ports } from "../model/ports.js";
import { ProblemsError } from "../model/problem.js";
import type { Unread } from "../model/snapshot.js";

export interface Locked {
  readonly locks: ReadonlyMap<string, Lock>;
  /** Clusters that do not answer: what cannot be locked is left out. */
  readonly unlocked: readonly Unread[];
}

/**
 * Locks all clusters in the order of their names, so that two applies never wait for each other crosswise. A lock that somebody
 * else holds refuses everything.
 */
export async function lockAll(ports: Ports, clusters: readonly string[]): Promise<Locked> {
  const locks = new Map<string, Lock>();
  const unlocked: Unread[] = [];
  try {
    for (const name of [...clusters].sort()) {
      const lock = await lockOne(ports, name);
      if ("check" in lock) locks.set(name, lock);
      else unlocked.push(lock);
    }
    return { locks, unlocked };
  } catch (error) {
    await releaseAll(locks);
    throw error;
  }
}

const lockOne = (ports: Ports, name: string): Promise<Lock | Unread> =>
  ports.lock(name).catch((error: unknown): Unread => {
    if (!(error instanceof ProblemsError) || error.problems.some((problem) => problem.code === "locked")) throw error;
    return { target: { type: "cluster", name }, problems: error.problems, rds: null };
  });

export async function releaseAll(locks: ReadonlyMap<string, Lock>): Promise<void> {
  await Promise.all([...locks.values()].map((lock) => lock.release()));
}
