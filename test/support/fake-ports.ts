import { RunError } from "../../src/model/failure.js";
import type { Lock, Ports } from "../../src/model/ports.js";
import type { Snapshot } from "../../src/model/snapshot.js";

/** Ports that do nothing and remember it: what was done stands in `log`. */
export interface FakePorts {
  readonly ports: Ports;
  readonly log: string[];
  readonly count: (what: string) => number;
}

/** @param reads what is read, one after the other; the last of them again and again */
export function fakePorts(reads: readonly Snapshot[], onLog: (line: string) => void = () => undefined): FakePorts {
  const log: string[] = [];
  const say = async (line: string): Promise<void> => {
    log.push(line);
    onLog(line);
  };
  const count = (what: string): number => log.filter((line) => line.startsWith(what)).length;
  return {
    log,
    count,
    ports: {
      inspect: async () => {
        await say("read");
        const snapshot = reads[Math.min(count("read"), reads.length) - 1];
        if (!snapshot) throw new Error("nothing to read");
        return snapshot;
      },
      lock: async () => fakeLock(),
      begin: async ({ cluster, database }) => {
        await say(`begin ${cluster}/${database}`);
        return { run: (sql) => say(sql), commit: () => say("commit"), rollback: () => say("rollback") };
      },
      proveLogin: () => say("prove"),
      callAws: ({ action }) => say(action),
      awaitSeen: (calls) => say(`see ${calls.map(({ action }) => action).join(", ")}`),
      sleep: async () => undefined,
    },
  };
}

export const fakeLock = (isHeld: () => boolean = () => true): Lock => ({
  check: async () => {
    if (!isHeld()) throw new RunError("failed", "The lock was lost.", { hint: "Nothing more was begun." });
  },
  release: async () => undefined,
});
