import type { Plan } from "../model/plan.js";
import { approvalsOf } from "./approval.js";
import type { Hash } from "./digest.js";

/** What a check run keeps of a plan. More approvals than fit leave the digest alone: then only the very plan counts. */
export interface ApprovalRecord {
  readonly digest: string;
  /** null: too many. */
  readonly ids: readonly string[] | null;
}

const HEAD = "pgaccord-approvals 1";

/** @param room bytes that the text may have. */
export function writeApprovals(plan: Plan, hash: Hash, room: number): string {
  const ids = [...new Set(approvalsOf(plan, hash).map(({ id }) => id))].sort();
  const head = `${HEAD}\n${plan.digest}\n`;
  const whole = `${head}${ids.join("\n")}\nend\n`;
  return whole.length <= room ? whole : `${head}digest-only\nend\n`;
}

/** null: not such a text, or not all of it. */
export function readApprovals(text: string): ApprovalRecord | null {
  const lines = text.replaceAll("\r", "").trim().split("\n");
  const [head, digest = "", ...rest] = lines;
  if (head !== HEAD || !/^sha256:[0-9a-f]{64}$/.test(digest) || rest.at(-1) !== "end") return null;
  const ids = rest.slice(0, -1).filter((line) => line !== "");
  if (ids.length === 1 && ids[0] === "digest-only") return { digest, ids: null };
  return ids.every((id) => /^[0-9a-f]{24}$/.test(id)) ? { digest, ids } : null;
}
