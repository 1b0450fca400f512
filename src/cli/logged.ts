import { since } from "../model/log.js";
import type { UnitOutcome } from "../model/outcome.js";
import { VERSION } from "../version.js";
import { reportCrash } from "./crash.js";
import type { CliIo } from "./io.js";
import { asEvents, createLog, type LogOptions, type LogSetup, levelOf } from "./log.js";

/** Runs a command with the log that its options ask for. What it throws is told, too. */
export async function withLogging(io: CliIo, name: string, options: LogOptions, work: (io: CliIo) => Promise<number>): Promise<number> {
  const format = options.logFormat ?? "text";
  const level = levelOf(options, io.env, name.startsWith("github "));
  const setup: LogSetup = { level, format, env: io.env, write: io.err, now: () => new Date() };
  const log = createLog(setup);
  const inside: CliIo = format === "json" ? { ...io, log, err: asEvents(setup) } : { ...io, log };
  const start = performance.now();
  log.write("info", "start", () => ({ command: name, version: VERSION }));
  const code = await work(inside).catch((error: unknown) => reportCrash(inside, error));
  log.write("info", "exit", () => ({ command: name, code, ms: since(start) }));
  return code;
}

/** A failed unit is told in full by the outcome. */
export const logUnit = ({ log }: Pick<CliIo, "log">, { id, phase, site, status, done, steps, error }: UnitOutcome): void =>
  log.write("info", "unit", () => ({ id, phase, ...site, status, done, steps, code: error?.code }));
