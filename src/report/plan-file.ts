import { errorProblem, type Problem } from "../model/problem.js";
import { checksum } from "./json.js";

/** What an apply needs of a saved plan: its steps are never executed. */
export interface PlanFile {
  readonly digest: string;
  readonly changes: readonly { readonly id: string; readonly title: string }[];
}

const CHECKSUM = /^\{\n([\s\S]*),\n {2}"checksum": "([^"]*)"\n\}\n$/;

/** A problem with code plan-edited when the file is not as it was written. */
export function parsePlanFile(text: string, path: string, hash: (text: string) => string): PlanFile | Problem {
  const [, body, sum] = CHECKSUM.exec(text.replaceAll("\r\n", "\n")) ?? [];
  if (body === undefined) {
    return errorProblem("not-a-plan", `${path} is not a plan that pgaccord saved.`, { hint: "Make one with `pgaccord plan --out FILE`." });
  }
  if (checksum(body, hash) !== sum) {
    return errorProblem("plan-edited", `${path} was changed after it was saved.`, {
      hint: "Run `pgaccord plan --out FILE` again, review it, and apply that.",
    });
  }
  const value: { readonly version?: number; readonly digest: string; readonly changes: PlanFile["changes"] } = JSON.parse(`{${body}}`);
  if (value.version !== 1)
    return errorProblem("plan-version", `${path} has format version ${value.version}; this pgaccord knows 1.`, {
      hint: "Plan again with this version.",
    });
  return { digest: value.digest, changes: value.changes.map(({ id, title }) => ({ id, title })) };
}
