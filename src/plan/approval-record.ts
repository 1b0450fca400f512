import type { Plan } from "../model/plan.js";
import type { Principal } from "../model/principal.js";
import type { Target } from "../model/resource.js";
import { approvalsOf } from "./approval.js";
import type { Hash } from "./digest.js";
import { netGains } from "./net-record.js";

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
  /** What its plan let anybody reach in the end (plan/net-record.ts). null: too many, or a record of version 2, which kept none. */
  readonly net: readonly string[] | null;
}

export interface RecordOptions {
  readonly hash: Hash;
  /** Bytes that the text may have. */
  readonly room: number;
  /** Targets of which nothing is approved: without them the plan is not whole, so its digest is not recorded, either. */
  readonly leaveOut: readonly Target[];
}

const HEAD = "pgaccord-approvals 3";
/** Without the net. */
const HEAD_BEFORE = "pgaccord-approvals 2";
const NO_DIGEST = "none";
const TOO_MANY = "digest-only";
/** In front of each hash of the net, and of what stands for too many. */
const NET = "net ";
const NET_TOO_MANY = `${NET}left-out`;

/** @param plan null: there is none that could be approved; said, so that an older record of the same commit does not count. */
export function writeRecord(plan: Plan | null, binding: Binding, { hash, room, leaveOut }: RecordOptions): string {
  const digest = plan === null || leaveOut.length > 0 ? NO_DIGEST : plan.digest;
  const head = `${HEAD}\n${pullLine(binding)}\n${digest}\n`;
  const ids = plan === null ? [] : idsOf(plan, leaveOut, hash);
  const net = plan === null ? [] : netGains(withoutTargets(plan, leaveOut), hash).map((gain) => gain.id);
  const fitting = [
    [...ids, ...[...new Set(net)].sort().map((id) => `${NET}${id}`)],
    [...ids, NET_TOO_MANY],
    [TOO_MANY, NET_TOO_MANY],
  ].map((lines) => `${head}${lines.map((line) => `${line}\n`).join("")}end\n`);
  return fitting.find((text) => new TextEncoder().encode(text).length <= room) ?? fitting.at(-1) ?? "";
}

const pullLine = ({ pull, base, headSha }: Binding): string => `pull ${pull} ${JSON.stringify(base)} ${headSha}`;

const idsOf = (plan: Plan, leaveOut: readonly Target[], hash: Hash): string[] =>
  [...new Set(approvalsOf(withoutTargets(plan, leaveOut), hash).map(({ id }) => id))].sort();

/** What is reached at a target of which nothing is approved was not reviewed, either. */
function withoutTargets(plan: Plan, leaveOut: readonly Target[]): Plan {
  const isLeftOut = (target: Target): boolean => leaveOut.some((t) => t.type === target.type && t.name === target.name);
  return {
    ...plan,
    changes: plan.changes.filter(({ target }) => !isLeftOut(target)),
    net: plan.net.filter(({ who }) => !targetsOfPrincipal(plan, who).some(isLeftOut)),
  };
}

const targetsOfPrincipal = ({ targets }: Plan, who: Principal): Target[] =>
  "cluster" in who
    ? [{ type: "cluster", name: who.cluster }]
    : targets.flatMap(({ target, identity }) =>
        "account" in who && target.type === "account" && identity === who.account ? [target] : [],
      );

/** null: not such a text, not all of it, or the record of another pull request, base branch or commit. */
export function readRecord(text: string, binding: Binding): ApprovalRecord | null {
  const [head, pull, digest = "", ...rest] = text.replaceAll("\r", "").trim().split("\n");
  if ((head !== HEAD && head !== HEAD_BEFORE) || pull !== pullLine(binding) || rest.at(-1) !== "end") return null;
  if (digest !== NO_DIGEST && !/^sha256:[0-9a-f]{64}$/.test(digest)) return null;
  const lines = rest.slice(0, -1);
  const ids = lines.filter((line) => !line.startsWith(NET));
  const net = netIn(head, lines);
  const record = { digest: digest === NO_DIGEST ? null : digest, net };
  if (net?.some((id) => !ID.test(id))) return null;
  if (ids.length === 1 && ids[0] === TOO_MANY) return { ...record, ids: null };
  return ids.every((id) => ID.test(id)) ? { ...record, ids } : null;
}

const ID = /^[0-9a-f]{24}$/;

function netIn(head: string, lines: readonly string[]): string[] | null {
  const net = lines.filter((line) => line.startsWith(NET));
  if (head === HEAD_BEFORE) return net.length === 0 ? null : ["a line that version 2 had not"];
  return net.includes(NET_TOO_MANY) ? null : net.map((line) => line.slice(NET.length));
}
