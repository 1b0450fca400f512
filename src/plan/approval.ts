import type { Change, ChangeOp, Effect, Plan } from "../model/plan.js";
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
  /** Something that is lost needs an approval only if the file that was applied last gives it. */
  readonly needs: "always" | "if-base-gives";
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
      needs: needsOf(effect.effect === "loses"),
    }));
  });
  // An update is its effects; one without effects, a new mark for example, is itself.
  if (change.op === "update" && effects.length > 0) return effects;
  return [{ id: short(change.key, change.op), text: change.title, needs: needsOf(TAKES.has(change.op)) }, ...effects];
}

const TAKES: ReadonlySet<ChangeOp> = new Set(["release", "delete"]);
const needsOf = (isLoss: boolean): Approval["needs"] => (isLoss ? "if-base-gives" : "always");

const effectText = ({ who, effect, what, preposition, on }: Effect): string => `${who} ${effect} ${what.join(", ")} ${preposition} ${on}`;

function identityOf(plan: Plan, { target }: Change): string {
  const found = plan.targets.find((t) => t.target.type === target.type && t.target.name === target.name);
  return found?.identity ?? "";
}

/**
 * What of a plan nobody has approved, as sentences, each once. What the base file would take away, too, is drift that is repaired, and
 * needs no approval; what anybody gains always does.
 * @param base the plan of the file that was applied last, on the same snapshot; null: there is none, so every loss needs one.
 */
export function unapproved(plan: Plan, approved: ReadonlySet<string>, base: Plan | null, hash: Hash): string[] {
  const drift = new Set(base === null ? [] : approvalsOf(base, hash).flatMap(({ id, needs }) => (needs === "if-base-gives" ? [id] : [])));
  const needed = approvalsOf(plan, hash).filter(({ id }) => !approved.has(id) && !drift.has(id));
  return [...new Set(needed.map(({ text }) => text))];
}
