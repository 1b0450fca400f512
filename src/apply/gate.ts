import type { Change, Subject } from "../model/change.js";
import type { Plan, Unit } from "../model/plan.js";
import { nameOfPrincipal, type Principal } from "../model/principal.js";
import type { Target } from "../model/resource.js";
import type { Thing } from "../model/thing.js";

/** Deletions that must wait: something that concerns what they delete is not as it should be. */
export function heldUp(plan: Plan, deletes: readonly Unit[], left: readonly Change[]): Unit[] {
  if (left.length === 0) return [];
  const concerned = new Set(left.flatMap(concerns));
  const changesOf = deletedBy(plan);
  return deletes.filter((unit) => changesOf(unit).some((change) => doomed(change).some((name) => concerned.has(name))));
}

/**
 * Whether what goes before must be seen to have happened. A server's own commit says so, and DROP ROLE refuses what others depend on;
 * IAM answers before it has done so, and is asked.
 */
export function mustSee(plan: Plan, deletes: readonly Unit[]): boolean {
  if (deletes.length === 0) return false;
  const earlier = new Set(plan.steps.filter((step) => step.phase !== "delete").flatMap((step) => step.changes));
  const done = plan.changes.filter((change) => earlier.has(change.key));
  const changesOf = deletedBy(plan);
  const by = (changes: readonly Change[], aws: boolean): Change[] => changes.filter((change) => (change.target.type === "account") === aws);
  const deleted = deletes.flatMap(changesOf);
  return meet(deleted, by(done, true)) || meet(by(deleted, true), done);
}

function meet(deleted: readonly Change[], done: readonly Change[]): boolean {
  const names = new Set(deleted.flatMap(doomed));
  return names.size > 0 && done.some((change) => concerns(change).some((name) => names.has(name)));
}

function deletedBy({ changes, steps }: Plan): (unit: Unit) => Change[] {
  const byKey = new Map(changes.map((change) => [change.key, change]));
  return ({ id }) => steps.filter((step) => step.unit === id).flatMap((step) => step.changes.flatMap((key) => byKey.get(key) ?? []));
}

/** Names are texts here: roles by their cluster, doors by their user alone, and IAM's whatever the account. */
const roleName = (cluster: string, name: string): string => JSON.stringify(["role", cluster, name]);
const userName = (name: string): string => JSON.stringify(["user", name]);
const iamName = (name: string): string => JSON.stringify(["iam", name.toLowerCase()]);

/** What a deletion deletes; a user also has doors. */
function doomed({ subject, target }: Change): string[] {
  return [...ofSubject(subject, target), ...(subject.type === "role" ? [userName(subject.name)] : [])];
}

/** All that a change is about: of many objects that change alike the rights are the same. */
const concerns = ({ subject, target, delta }: Change): string[] => [
  ...ofSubject(subject, target),
  ...delta.flatMap(({ who, on }) => [...ofPrincipal(who), ...(on ? ofThing(on) : [])]),
];

function ofSubject(subject: Subject, { name: cluster }: Target): string[] {
  switch (subject.type) {
    case "role":
      return [roleName(cluster, subject.name)];
    case "membership":
      return [roleName(cluster, subject.role), roleName(cluster, subject.member)];
    case "privileges":
      return ofThing(subject.on);
    case "attachment":
      return [iamName(subject.policy), ...ofPrincipal(subject.to)];
    case "rds-setting":
      return [];
    case "association":
      return [subject.instance, ...subject.profiles].map(iamName);
    default:
      return [iamName(subject.name)];
  }
}

const ofPrincipal = (who: Principal): string[] =>
  who.type === "role" ? [roleName(who.cluster, who.name)] : [iamName(nameOfPrincipal(who))];

function ofThing(on: Thing): string[] {
  switch (on.type) {
    case "membership":
      return [roleName(on.server.cluster, on.role)];
    case "later":
      return [roleName(on.server.cluster, on.creator)];
    case "door":
      return [userName(on.user)];
    case "iam-role":
    case "iam-policy":
      return [iamName(on.name)];
    default:
      return [];
  }
}
