import type { Plan, Unmanaged } from "../model/plan.js";
import { type Words, whoText, wordsOf } from "./sentence.js";

/** `role old_app of cluster demo holds select on table crm.notes and more; it is not in the file`. */
export function unmanagedText({ who, rights }: Unmanaged, plan: Pick<Plan, "targets">): string {
  const words = wordsOf(plan);
  const [first] = rights;
  const same = rights.filter((right) => right.on === first?.on);
  const what = first ? words.right({ ...first, verbs: same.map((right) => right.verb), other: null }) : "rights";
  const more = same.length < rights.length ? " and more" : "";
  const verb = who.type === "iam" ? "carries" : "allows";
  const subject =
    who.type === "role" ? `role ${whoText(who)} of cluster ${who.cluster} holds` : `${whoText(who)}${placeOf(who, words)} ${verb}`;
  return `${subject} ${what}${more}; it is not in the file`;
}

const placeOf = (who: Unmanaged["who"], words: Words): string => ("account" in who ? ` of ${words.account(who.account)}` : "");
