import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Run {
  readonly milliseconds: number;
  /** Peak resident memory in MB; null where the system does not say. */
  readonly megabytes: number | null;
  readonly out: string;
}

/** Runs a whole process and measures it from outside. */
export function measure(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  codes: readonly number[] = [0],
): Promise<Run> {
  const [file = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    let peak: number | null = null;
    const watch = setInterval(() => (peak = peakOf(child.pid) ?? peak), 20);
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("close", (code) => {
      clearInterval(watch);
      if (codes.includes(code ?? -1)) resolve({ milliseconds: performance.now() - start, megabytes: peak, out });
      else reject(new Error(`${command.join(" ")} ended with ${code}:\n${err}${out.slice(-2000)}`));
    });
  });
}

/** Linux keeps the peak of a running process; elsewhere nothing is said. */
function peakOf(pid: number | undefined): number | null {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
  } catch {
    return null;
  }
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};
