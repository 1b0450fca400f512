import { isFields, parseObject } from "../model/json.js";
import type { Plan } from "../model/plan.js";
import { errorProblem, type Problem } from "../model/problem.js";
import { checksum, type MadeFrom } from "./json.js";

/** What an apply needs of a saved plan: its steps are never executed. */
export interface PlanFile {
  readonly digest: string;
  /** The day as of which it was made, UTC; null: it does not say. */
  readonly day: string | null;
  readonly scope: Plan["scope"];
  /** null: an earlier pgaccord saved it. */
  readonly madeFrom: MadeFrom | null;
  readonly changes: readonly { readonly id: string; readonly title: string }[];
}

const CHECKSUM = /^\{\n([\s\S]*),\n {2}"checksum": "([^"]*)"\n\}\n$/;
const AGAIN = "Run `pgaccord plan --out FILE` again, review it, and apply that.";

/** A problem: not-a-plan, plan-edited when the file is not as it was written, plan-version. */
export function parsePlanFile(text: string, path: string, hash: (text: string) => string): PlanFile | Problem {
  const [, body, sum] = CHECKSUM.exec(text.replaceAll("\r\n", "\n")) ?? [];
  if (body === undefined) return notAPlan(path);
  if (checksum(body, hash) !== sum) return errorProblem("plan-edited", `${path} was changed after it was saved.`, { hint: AGAIN });
  // Whoever edits a file can make a new checksum, too: what is in it is still not to be trusted.
  const value = parseObject(`{${body}}`);
  if (value === null) return notAPlan(path);
  const half = loneSurrogate(body);
  if (half !== null) return halfCharacter(path, body, half);
  if (value["version"] !== 1) {
    const message = `${path} has format version ${JSON.stringify(value["version"])}; this pgaccord knows 1.`;
    return errorProblem("plan-version", message, { hint: "Plan again with this version." });
  }
  const { digest, changes } = value;
  if (typeof digest !== "string" || !Array.isArray(changes) || !changes.every(isChange)) return notAPlan(path);
  return {
    digest,
    day: typeof value["as_of"] === "string" ? value["as_of"].slice(0, 10) : null,
    changes: changes.map(({ id, title }) => ({ id, title })),
    scope: scopeOf(value["scope"]),
    madeFrom: madeFromOf(value["made_from"]),
  };
}

function scopeOf(value: unknown): Plan["scope"] {
  const { cluster, account } = isFields(value) ? value : {};
  return { ...(isTexts(cluster) ? { cluster } : {}), ...(isTexts(account) ? { account } : {}) };
}

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === "string");

function madeFromOf(value: unknown): MadeFrom | null {
  if (!isFields(value)) return null;
  const { file, label, sha256, addresses } = value;
  if (typeof file !== "string" || typeof label !== "string" || typeof sha256 !== "string" || !isFields(addresses)) return null;
  const texts = Object.entries(addresses).flatMap(([name, where]) => (typeof where === "string" ? [[name, where] as const] : []));
  return { file, label, sha256, addresses: Object.fromEntries(texts) };
}

const notAPlan = (path: string): Problem =>
  errorProblem("not-a-plan", `${path} is not a plan that pgaccord saved.`, { hint: "Make one with `pgaccord plan --out FILE`." });

/** JSON's escapes from left to right; two halves that belong together are one. */
const ESCAPES = /\\(?:ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|u[0-9a-f]{4}|.)/gis;

function loneSurrogate(json: string): number | null {
  for (const { 0: text, index } of json.matchAll(ESCAPES)) if (/^\\ud[89a-f]..$/i.test(text)) return index;
  return null;
}

/** A line break stands between the file's first character and its body. */
function halfCharacter(path: string, body: string, at: number): Problem {
  const lines = body.slice(0, at).split("\n");
  const place = { file: path, line: lines.length + 1, column: (lines.at(-1)?.length ?? 0) + 1 };
  return errorProblem("not-a-plan", "The plan holds one half of a character, which nothing can be called.", {
    place,
    hint: "Make one with `pgaccord plan --out FILE`.",
  });
}

const isChange = (value: unknown): value is PlanFile["changes"][number] =>
  isFields(value) && typeof value["id"] === "string" && typeof value["title"] === "string";
