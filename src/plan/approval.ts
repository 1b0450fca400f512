import type { Change, Effect, Plan } from "../model/plan.js";
import type { Hash } from "./digest.js";

/**
 * What a reviewer has seen, as hashes: one for each thing that comes or goes, one for each right that somebody gains or loses. A
 * right that a wildcard gives is one hash for all its objects, so that a table made after the review stands under what was
 * reviewed. Unlike the digest, a part of what was approved is approved, too: two pull requests merge, a half-done apply goes on.
 */
export function approvalsOf(plan: Plan, hash: Hash): Approval[] {
  return plan.changes.flatMap((change) => approvalsOfChange(change, identityOf(plan, change), hash));
}

export interface Approval {
  /** 24 hexadecimal digits: 96 bits of a SHA-256. */
  readonly id: string;
  /** What it stands for, as a sentence. */
  readonly text: string;
}

const DIGITS = 24;

function approvalsOfChange(change: Change, identity: string, hash: Hash): Approval[] {
  const short = (...parts: readonly unknown[]): string => hash(JSON.stringify([identity, ...parts])).slice(0, DIGITS);
  const effects = change.effects.flatMap((effect, i) => {
    const wildcard = effect.effect === "gains" && (change.sources[i] ?? []).some((source) => source.pattern?.endsWith(".*"));
    const on = wildcard && effect.fold ? `${effect.fold.noun} of ${effect.fold.schema}` : effect.on;
    return effect.what.map((what) => ({
      id: short(effect.effect, effect.who, what, effect.preposition, on),
      text: effectText({ ...effect, what: [what], on }),
    }));
  });
  // An update is its effects; one without effects, a new mark for example, is itself.
  if (change.op === "update" && effects.length > 0) return effects;
  return [{ id: short(change.key, change.op), text: change.title }, ...effects];
}

const effectText = ({ who, effect, what, preposition, on }: Effect): string => `${who} ${effect} ${what.join(", ")} ${preposition} ${on}`;

function identityOf(plan: Plan, { target }: Change): string {
  const found = plan.targets.find((t) => t.target.type === target.type && t.target.name === target.name);
  return found?.identity ?? "";
}

/** What of a plan nobody has approved, as sentences, each once. */
export function unapproved(plan: Plan, approved: ReadonlySet<string>, hash: Hash): string[] {
  return [
    ...new Set(
      approvalsOf(plan, hash)
        .filter(({ id }) => !approved.has(id))
        .map(({ text }) => text),
    ),
  ];
}

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
