import type { Plan } from "../model/plan.js";
import type { Target } from "../model/resource.js";
import { approvalsOf } from "./approval.js";
import type { Hash } from "./digest.js";

/** The pull request that a record speaks for: two of them can share a head commit, and one can be pointed at another branch. */
export interface Binding {
  readonly pull: number;
  /** Name of the base branch. */
  readonly base: string;
  readonly headSha: string;
}

/** What a check run keeps of a plan. More approvals than fit leave the digest alone: then only the very plan counts. */
export interface ApprovalRecord {
  /** null: not the whole plan was approved. */
  readonly digest: string | null;
  /** null: too many. */
  readonly ids: readonly string[] | null;
}

export interface RecordOptions {
  readonly hash: Hash;
  /** Bytes that the text may have. */
  readonly room: number;
  /** Targets of which nothing is approved: without them the plan is not whole, so its digest is not recorded, either. */
  readonly leaveOut: readonly Target[];
}

const HEAD = "pgaccord-approvals 2";
const NO_DIGEST = "none";
const TOO_MANY = "digest-only";

/** @param plan null: there is none that could be approved; said, so that an older record of the same commit does not count. */
export function writeRecord(plan: Plan | null, binding: Binding, { hash, room, leaveOut }: RecordOptions): string {
  const digest = plan === null || leaveOut.length > 0 ? NO_DIGEST : plan.digest;
  const head = `${HEAD}\n${pullLine(binding)}\n${digest}\n`;
  const ids = plan === null ? [] : idsOf(plan, leaveOut, hash);
  const whole = `${head}${ids.map((id) => `${id}\n`).join("")}end\n`;
  return new TextEncoder().encode(whole).length <= room ? whole : `${head}${TOO_MANY}\nend\n`;
}

const pullLine = ({ pull, base, headSha }: Binding): string => `pull ${pull} ${JSON.stringify(base)} ${headSha}`;

function idsOf(plan: Plan, leaveOut: readonly Target[], hash: Hash): string[] {
  const isLeftOut = (target: Target): boolean => leaveOut.some((t) => t.type === target.type && t.name === target.name);
  const rest = { ...plan, changes: plan.changes.filter(({ target }) => !isLeftOut(target)) };
  return [...new Set(approvalsOf(rest, hash).map(({ id }) => id))].sort();
}

/** null: not such a text, not all of it, or the record of another pull request, base branch or commit. */
export function readRecord(text: string, binding: Binding): ApprovalRecord | null {
  const [head, pull, digest = "", ...rest] = text.replaceAll("\r", "").trim().split("\n");
  if (head !== HEAD || pull !== pullLine(binding) || rest.at(-1) !== "end") return null;
  if (digest !== NO_DIGEST && !/^sha256:[0-9a-f]{64}$/.test(digest)) return null;
  const record = { digest: digest === NO_DIGEST ? null : digest };
  const ids = rest.slice(0, -1);
  if (ids.length === 1 && ids[0] === TOO_MANY) return { ...record, ids: null };
  return ids.every((id) => /^[0-9a-f]{24}$/.test(id)) ? { ...record, ids } : null;
}
