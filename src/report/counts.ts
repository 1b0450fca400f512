import type { Plan } from "../model/plan.js";
import { isTitled } from "./title.js";
import { counted, digits } from "./visible.js";

type Counted = Pick<Plan, "changes" | "counts">;

/** `1 to create, 1 to delete; 2 rights gained, 1 lost.`: what the lines show, things that come or go and rights, each once. */
export function countsText(plan: Counted, done = false): string {
  const things = thingsOf(plan);
  const words = [
    [things.create, "create", "created"],
    [things.adopt, "adopt", "adopted"],
    [things.rename, "rename", "renamed"],
    [things.update, "change", "changed"],
    [things.replace, "replace", "replaced"],
    [things.release, "release", "released"],
    [things.delete, "delete", "deleted"],
  ] as const;
  const list = words.filter(([n]) => n > 0).map(([n, verb, past]) => `${digits(n)} ${done ? past : `to ${verb}`}`);
  const rights = `${counted(plan.counts.gains, "right")} gained, ${digits(plan.counts.loses)} lost.`;
  return list.length === 0 ? rights : `${list.join(", ")}; ${rights}`;
}

/** Things that are deleted: a membership or a privilege that goes is a right that is lost. */
export const destroyed = (plan: Counted): number => thingsOf(plan).delete;

function thingsOf({ changes }: Counted) {
  const counts = { create: 0, adopt: 0, rename: 0, update: 0, replace: 0, release: 0, delete: 0 };
  for (const change of changes) if (isTitled(change)) counts[change.op] += 1;
  return counts;
}
