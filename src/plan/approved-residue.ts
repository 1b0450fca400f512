import type { Subject } from "../model/change.js";
import { kindOf } from "../model/key.js";
import { openOf, type Residue } from "../model/net.js";
import type { Plan } from "../model/plan.js";
import { nameOfPrincipal } from "../model/principal.js";
import type { Effect } from "../model/right.js";
import { approvalsOf } from "./approval.js";
import type { Hash } from "./digest.js";

/** Losses that were approved and stay: somebody believes that they are done. Accepted or not does not matter, what stays to be accepted does. */
export const approvedButStaying = (plan: Plan, approved: ReadonlySet<string>, hash: Hash): Residue[] =>
  openOf(plan.residue).filter((one) => idsOf(plan, one, hash).some((id) => approved.has(id)));

/** As the change that it would be: by its very object, and by its place where nothing of it would be kept there. */
function idsOf(plan: Plan, { target, key, effects }: Residue, hash: Hash): string[] {
  const losses = effects.filter(({ effect }) => effect === "loses");
  return losses.flatMap((effect) => {
    const change = { id: "", op: "update", kind: kindOf(key), target, key, subject: subjectOf(effect), risk: [], delta: [effect] } as const;
    const changes = [{ ...change, sources: [], attributes: null }];
    return [ALL, NOTHING].flatMap((kept) => approvalsOf({ ...plan, changes, kept }, hash).map(({ id }) => id));
  });
}

const NOTHING: ReadonlySet<string> = new Set();
const ALL: ReadonlySet<string> = Object.assign(new Set<string>(), { has: () => true });

function subjectOf({ who, on }: Effect): Subject {
  if (on.type === "membership") return { type: "membership", role: on.role, member: nameOfPrincipal(who) };
  if (on.type === "login") return { type: "role", name: nameOfPrincipal(who), login: false };
  return { type: "privileges", on };
}
