import { isFields, parseObject } from "../model/json.js";
import type { Problem } from "../model/problem.js";

/** What `pgaccord validate --format json` wrote in a run of a fork. Whoever made the pull request may have written it by hand. */
export interface ForkResult {
  readonly valid: boolean;
  readonly problems: readonly Problem[];
}

const MAX_BYTES = 1_000_000;
const MAX_PROBLEMS = 50;
const MAX_TEXT = 500;

/** null: it is not of that shape. Codes and texts are cut and checked; whoever shows them escapes them. */
export function parseForkResult(text: string): ForkResult | null {
  if (text.length > MAX_BYTES) return null;
  const value = parseObject(text);
  if (value === null || typeof value["valid"] !== "boolean" || !Array.isArray(value["problems"])) return null;
  const problems = value["problems"].slice(0, MAX_PROBLEMS).map(toProblem);
  if (problems.some((p) => p === null)) return null;
  return { valid: value["valid"], problems: problems.flatMap((p) => p ?? []) };
}

function toProblem(value: unknown): Problem | null {
  if (!isFields(value)) return null;
  const { code, severity, message, hint, place } = value;
  if (typeof code !== "string" || !/^[a-z0-9-]{1,40}$/.test(code) || typeof message !== "string") return null;
  const known = isFields(place) && Number.isSafeInteger(place["line"]) && Number.isSafeInteger(place["column"]);
  return {
    code,
    severity: severity === "warning" ? "warning" : "error",
    // The file's name is the workflow's to say, not the artefact's.
    place: known ? { file: "", line: Number(place["line"]), column: Number(place["column"]) } : null,
    key: null,
    message: message.slice(0, MAX_TEXT),
    ...(typeof hint === "string" ? { hint: hint.slice(0, MAX_TEXT) } : {}),
  };
}
