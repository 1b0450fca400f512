import { join } from "node:path";
import { median, type Run } from "./process.js";

/** One figure: whole processes of ours, and of what they are compared with, pair by pair. */
export interface Row {
  readonly what: string;
  readonly ours: readonly Run[];
  readonly plain: readonly Run[];
  readonly target: Target;
}

export interface Target {
  /** Of the times, at most. */
  readonly ratio: number;
  /** Peak of ours, at most. */
  readonly megabytes?: number;
}

export const ROOT = join(import.meta.dirname, "..");
export const CLI: readonly string[] = [process.execPath, join(ROOT, "dist/main.js")];
export const PLAIN: readonly string[] = [process.execPath, join(ROOT, "bench/plain-client.mjs")];

/** Each once to warm up, then in turn: what the machine does meanwhile slows both. */
export async function pairs(times: number, ours: () => Promise<Run>, plain: () => Promise<Run>): Promise<Pick<Row, "ours" | "plain">> {
  const result = { ours: [] as Run[], plain: [] as Run[] };
  await ours();
  await plain();
  for (let i = 0; i < times; i++) {
    result.ours.push(await ours());
    result.plain.push(await plain());
  }
  return result;
}

export function rowText({ what, ours, plain, target }: Row): string {
  const ms = (runs: readonly Run[]): string => `${median(runs.map((r) => r.milliseconds)).toFixed(0)} ms`;
  const ratio = median(ours.map((run, i) => run.milliseconds / (plain[i]?.milliseconds ?? Number.NaN)));
  const memory = median(ours.map((r) => r.megabytes ?? Number.NaN));
  const time = `${ms(ours).padStart(9)} : ${ms(plain).padStart(9)} = ${ratio.toFixed(2)} (${verdict(ratio, target.ratio, target.ratio.toFixed(2))})`;
  const peak = Number.isNaN(memory)
    ? ""
    : `  ${memory} MB${target.megabytes ? ` (${verdict(memory, target.megabytes, `${target.megabytes} MB`)})` : ""}`;
  return `  ${what.padEnd(37)} ${time}${peak}`;
}

const verdict = (value: number, target: number, words: string): string =>
  `target ${words}, ${value <= target ? "met" : `missed by ${((value / target - 1) * 100).toFixed(0)} %`}`;
