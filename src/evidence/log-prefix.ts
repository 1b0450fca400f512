import { errorProblem, ProblemsError } from "../model/problem.js";
import type { LogClock } from "./log-time.js";
import { type PrefixParts, type Step, severityAt, stepOf, type Token } from "./prefix-steps.js";

export interface PrefixMatcher {
  readonly parts: PrefixParts;
  /** Where `LOG:  ` or another severity begins; -1: no line with this prefix begins there. It may be behind the end of the line. */
  readonly match: (text: string, from: number) => number;
}

/**
 * A matcher of a log_line_prefix, made once. User, database and application name may hold anything: the shortest that fits the
 * rest counts. Throws ProblemsError for a prefix without a time or without a process.
 */
export function compilePrefix(prefix: string, clock: LogClock): PrefixMatcher {
  const tokens = tokensOf(Buffer.from(prefix, "utf8").toString("latin1"));
  refuse(prefix, tokens);
  const parts: PrefixParts = {
    at: Number.NaN,
    session: 0,
    userFrom: -1,
    userTo: -1,
    databaseFrom: -1,
    databaseTo: -1,
    applicationFrom: -1,
    applicationTo: -1,
  };
  const hasProcess = tokens.some(({ field }) => field === "p");
  const start = tokens.reduceRight<Step>(
    (next, token, i) => stepOf(token, { parts, clock, next, mark: markOf(tokens[i + 1]), hasProcess }),
    severityAt,
  );
  return { parts, match: start };
}

/** What a name of any characters can end before. */
const markOf = (token: Token | undefined): string => (token?.field === null ? token.text : "");

/** `%-10u` is padded with spaces behind, `%10u` in front. What cannot be told (`%q`) is left out. */
function tokensOf(prefix: string): Token[] {
  return [...prefix.matchAll(/%(-?\d*)(.)|[^%]+|%$/gsu)].flatMap(([whole, padding = "", field]): Token[] => {
    if (field === undefined) return [{ field: null, text: whole }];
    if (field === "%") return [{ field: null, text: "%" }];
    if (!FIELDS.includes(field)) return [];
    const spaces = { field: " ", text: "" };
    if (padding === "") return [{ field, text: "" }];
    return padding.startsWith("-") ? [{ field, text: "" }, spaces] : [spaces, { field, text: "" }];
  });
}

const FIELDS = "aubdrhLpPtmnicelsvxQ";

function refuse(prefix: string, tokens: readonly Token[]): void {
  const has = (fields: string): boolean => tokens.some(({ field }) => field !== null && fields.includes(field));
  if (!has("tmn")) throw unusable(prefix, "no time", "%t or %m");
  if (!has("pc")) throw unusable(prefix, "no process", "%p");
}

const unusable = (prefix: string, lacks: string, add: string): ProblemsError =>
  new ProblemsError([
    errorProblem("log-prefix", `Lines with the prefix "${prefix}" say ${lacks}, so logins cannot be told from them.`, {
      hint: `Add ${add} to log_line_prefix of the server, or name the prefix that the log was written with: --log-line-prefix.`,
    }),
  ]);
