import { createHash } from "node:crypto";

/** What happens to a call hangs on the seed, what is called and how often that was: not on which of two calls comes first. */
export interface Dice {
  /** Below 1, for the next call of that name. */
  readonly next: (name: string) => number;
  readonly between: (name: string, least: number, most: number) => number;
}

export function createDice(seed: number): Dice {
  const counts = new Map<string, number>();
  const next = (name: string): number => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return createHash("sha256").update(`${seed} ${name} ${count}`).digest().readUInt32BE(0) / 2 ** 32;
  };
  return { next, between: (name, least, most) => least + Math.floor(next(name) * (most - least + 1)) };
}
