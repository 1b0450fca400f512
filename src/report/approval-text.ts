import type { ApprovalAbout } from "../model/approval.js";
import type { Plan } from "../model/plan.js";
import { sentence } from "./fold.js";
import { wordsOf } from "./sentence.js";
import { createdWith, titleOf } from "./title.js";

/** What an approval stands for: `a gains select on tables of s`, `delete role b`, `update IAM role c: its tags`. */
export function approvalText(about: ApprovalAbout, plan: Pick<Plan, "targets">): string {
  if (about.type === "thing") return `${titleOf(about.change)}${createdWith(about.creation)}`;
  if (about.type === "attribute") return `${titleOf(about.change)}: its ${about.name}`;
  const words = wordsOf(plan);
  const { on, ...item } = about.effect;
  if (!about.folded || on.type !== "object") return sentence([{ item, on: [on] }], words);
  return sentence([{ item, on: [on] }], { ...words, thing: () => `${on.of.type}s of ${words.schema(on)}` });
}
