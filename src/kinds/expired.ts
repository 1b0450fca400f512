import type { Facts } from "../facts/facts.js";
import { livePartsOf } from "../facts/policy-parts.js";
import type { Day } from "../model/day.js";
import type { Declared, DeclaredIamRole, DeclaredRole } from "../model/declared.js";
import { keyOf } from "../model/key.js";
import type { Place } from "../model/place.js";
import type { Key } from "../model/resource.js";
import type { Source } from "../model/right.js";

/**
 * Things and memberships that a file names and that it does not want any more on a day, with the line that says so. Whoever deletes them
 * does what the file says: a tag in AWS, or a mark, says it of nothing else.
 * @param whole the file as it is written; `current`: as of that day
 */
export function expiredIn(whole: Declared, current: Declared, facts: Facts): ReadonlyMap<Key, Source> {
  const found = new Map<Key, Source>();
  for (const role of whole.roles.values()) {
    for (const [key, source] of ofRole(role, current.roles.get(role.name), whole)) found.set(key, source);
  }
  for (const [id, role] of whole.iamRoles)
    for (const [key, source] of ofIamRole(role, current.iamRoles.get(id), facts)) found.set(key, source);
  const doors = new Set(current.iamDoors.map(({ account, policy }) => JSON.stringify([account, policy])));
  for (const { account, policy, ...door } of whole.iamDoors) {
    if (doors.has(JSON.stringify([account, policy]))) continue;
    const source = sourceAt(firstEnding([door, ...door.connect]) ?? door);
    found.set(keyOf("iam.policy", { account, name: policy }), source);
    if (door.user !== null) found.set(keyOf("iam.attachment", { account, principal: "user", name: door.user, policy }), source);
  }
  return found;
}

interface Ends {
  readonly until: Day | null;
  readonly place: Place;
}

const sourceAt = ({ place: { file, line, column }, until }: Ends): Source => ({ file, line, column, pattern: null, until });

const firstEnding = (list: readonly Ends[]): Ends | undefined => list.find(({ until }) => until !== null);

function* ofRole(role: DeclaredRole, left: DeclaredRole | undefined, { roles }: Declared): Generator<readonly [Key, Source]> {
  const kept = new Set(left?.memberOf.map((of) => of.role));
  const gone = role.memberOf.filter((of) => !kept.has(of.role));
  for (const cluster of role.clusters) {
    if (!left) yield [keyOf("pg.role", { cluster, role: role.name }), sourceAt(role)];
    for (const of of gone) {
      const ending = firstEnding([of, role, roles.get(of.role) ?? of]);
      if (ending) yield [keyOf("pg.membership", { cluster, role: of.role, member: role.name }), sourceAt(ending)];
    }
  }
}

function* ofIamRole(role: DeclaredIamRole, left: DeclaredIamRole | undefined, facts: Facts): Generator<readonly [Key, Source]> {
  const { account, name, policy, instanceProfile } = role;
  const source = sourceAt(left ? (firstEnding([...role.connect, ...role.assume]) ?? role) : role);
  if (!left) yield [keyOf("iam.role", { account, name }), source];
  if (!left && instanceProfile !== null) yield [keyOf("iam.instance-profile", { account, name: instanceProfile }), source];
  if (policy === null || left?.policy === policy) return;
  const read = facts.accounts.get(account);
  const parts = read ? livePartsOf(facts, read, policy).map((part) => part.name) : [];
  for (const part of new Set([policy, ...parts])) {
    yield [keyOf("iam.policy", { account, name: part }), source];
    yield [keyOf("iam.attachment", { account, principal: "role", name, policy: part }), source];
  }
}
