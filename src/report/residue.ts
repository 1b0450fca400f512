import { openOf, type Residue } from "../model/net.js";
import type { Plan } from "../model/plan.js";
import type { Problem } from "../model/problem.js";
import { messageOf } from "./messages.js";
import { whoText } from "./sentence.js";
import { counted } from "./visible.js";

/** Things that stay alike: one sentence for all of them. */
export interface StayingLine {
  readonly text: string;
  readonly hint: string | null;
  /** null: nobody has accepted it. */
  readonly accepted: string | null;
}

export const STAYS = "Stays different:";

/** What is not accepted first. Names are raw: each renderer makes them visible in its own way. */
export function stayingLines(residue: readonly Residue[]): StayingLine[] {
  const groups = new Map<string, { first: Residue; count: number }>();
  for (const one of residue) {
    const group = groups.get(alikeKey(one));
    if (group) group.count++;
    else groups.set(alikeKey(one), { first: one, count: 1 });
  }
  const lines = [...groups.values()].map(({ first, count }): StayingLine => {
    const more = count > 1 ? ` And ${counted(count - 1, "more", "more")} alike.` : "";
    const accepted = first.accepted && `Accepted until ${first.accepted.until}: ${first.accepted.reason}.`;
    return { text: `${messageOf(first.problem)}${more}`, hint: first.problem.hint ?? null, accepted };
  });
  return [...lines.filter((line) => line.accepted === null), ...lines.filter((line) => line.accepted !== null)];
}

/** All but the objects. */
const alikeKey = ({ target, grantor, effects, problem, accepted, key }: Residue): string =>
  JSON.stringify([
    target,
    grantor,
    problem.code,
    accepted,
    effects.length === 0 ? key : effects.map(({ effect, who, verbs, on, terms }) => [effect, whoText(who), verbs, on.type, terms]),
  ]);

/** Those that have no place of their own among what stays. */
export function otherProblems({ problems, residue }: Plan): readonly Problem[] {
  const staying = new Set(openOf(residue).map(({ problem }) => problem));
  return staying.size === 0 ? problems : problems.filter((problem) => !staying.has(problem));
}
