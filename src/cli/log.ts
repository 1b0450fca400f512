import { stripVTControlCharacters } from "node:util";
import { LOG_LEVELS, type Log, type LogFields, type LogLevel } from "../model/log.js";
import { maskerOf, secretsIn } from "./log-mask.js";

export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LogOptions {
  readonly logLevel?: LogLevel;
  readonly logFormat?: LogFormat;
}

export interface LogSetup {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly write: (text: string) => void;
  readonly now: () => Date;
}

/** The flag; inside GitHub the runner's own switch for debug logs ("Enable debug logging" of a re-run); else warnings. */
export const levelOf = ({ logLevel }: LogOptions, env: LogSetup["env"], inGithub: boolean): LogLevel =>
  logLevel ?? (inGithub && env["RUNNER_DEBUG"] === "1" ? "debug" : "warn");

export function createLog(setup: LogSetup): Log {
  return logHiding(setup, secretsIn(setup.env));
}

function logHiding(setup: LogSetup, secrets: readonly string[]): Log {
  const { level, format, write, now } = setup;
  const shown = LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level) + 1);
  const mask = maskerOf(secrets);
  return {
    write: (of, event, fields) => {
      if (!shown.includes(of)) return;
      const given = Object.entries(fields()).filter(([, value]) => value !== undefined && value !== null);
      const masked = Object.fromEntries(given.map(([key, value]) => [key, typeof value === "string" ? mask(value) : value]));
      write(`${lineOf(format, now(), of, event, masked)}\n`);
    },
    hiding: (more) => logHiding(setup, [...secrets, ...more]),
  };
}

function lineOf(format: LogFormat, time: Date, level: LogLevel, event: string, fields: LogFields): string {
  const at = time.toISOString();
  if (format === "json") return escaped(JSON.stringify({ time: at, level, event, ...fields }));
  const words = Object.entries(fields).map(([key, value]) => `${key}=${valueText(value)}`);
  return [at, level.toUpperCase().padEnd(5), event, ...words].join(" ");
}

const valueText = (value: LogFields[string]): string => {
  const text = String(value);
  return /^[\w.:/@+-]+$/.test(text) ? text : escaped(JSON.stringify(text));
};

/** What a terminal acts on, or shows as nothing or in another order. */
const escaped = (json: string): string =>
  json.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, (char) =>
    Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`).join(""),
  );

/** What goes to standard error besides the log, as lines of it: whoever reads JSON there gets nothing else. */
export const asEvents =
  (setup: LogSetup): ((text: string) => void) =>
  (text) => {
    const masked = maskerOf(secretsIn(setup.env))(stripVTControlCharacters(text));
    for (const message of masked.split("\n"))
      if (message.trim() !== "") setup.write(`${lineOf("json", setup.now(), "info", "message", { message })}\n`);
  };
