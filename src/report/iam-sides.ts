import { effectsOf } from "../model/change.js";
import type { Plan } from "../model/plan.js";
import type { Effect } from "../model/right.js";
import { whoText } from "./sentence.js";

/** Who gains and who loses a right in AWS, where nobody's net tells of it: a service that may take an IAM role, a policy for others. */
export interface IamSides {
  readonly gains: readonly string[];
  readonly loses: readonly string[];
}

const OF_AWS: ReadonlySet<Effect["on"]["type"]> = new Set(["iam-role", "door", "arn"]);

/** What one policy gives and another takes is the same right for whoever carries them: only a trust says who. So is a renamed user's door. */
export function iamSides({ changes }: Pick<Plan, "changes">): IamSides {
  const sides = { gains: new Map<string, string>(), loses: new Map<string, string>() };
  const names = new Map(
    changes.flatMap(({ subject }) => (subject.type === "role" && subject.was !== undefined ? [[subject.was, subject.name] as const] : [])),
  );
  for (const change of changes) {
    if (change.target.type !== "account") continue;
    for (const effect of effectsOf(change))
      if (OF_AWS.has(effect.on.type)) sides[effect.effect].set(keyOf(effect, names), whoText(effect.who));
  }
  const only = (own: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] => [
    ...new Set([...own].flatMap(([key, who]) => (other.has(key) ? [] : [who]))),
  ];
  return { gains: only(sides.gains, sides.loses), loses: only(sides.loses, sides.gains) };
}

function keyOf({ who, verbs, on, terms }: Effect, names: ReadonlyMap<string, string>): string {
  const to = on.type === "door" ? { ...on, user: names.get(on.user) ?? on.user } : on;
  return JSON.stringify([who.type === "policy" ? null : who, verbs, to, terms]);
}
