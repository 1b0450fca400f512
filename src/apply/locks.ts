import type { Lock, Ports } from "../model/ports.js";

/** Locks all clusters in the order of their names, so that two applies never wait for each other crosswise. */
export async function lockAll(ports: Ports, clusters: readonly string[]): Promise<Map<string, Lock>> {
  const locks = new Map<string, Lock>();
  try {
    for (const cluster of [...clusters].sort()) locks.set(cluster, await ports.lock(cluster));
  } catch (error) {
    await releaseAll(locks);
    throw error;
  }
  return locks;
}

export async function releaseAll(locks: ReadonlyMap<string, Lock>): Promise<void> {
  await Promise.all([...locks.values()].map((lock) => lock.release()));
}
