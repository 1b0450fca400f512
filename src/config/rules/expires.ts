import type { Word } from "../source-file.js";
import type { Rule } from "./rule.js";
import { dayProblem } from "./safety.js";

/** The schema sees the form of a day, not the calendar. */
export const daysOfTheCalendar: Rule = ({ roles, iamRoles, iamDoors }) => {
  const all: readonly { readonly expires: Word | null }[] = [
    ...roles.flatMap((role) => [role, ...role.memberOf, ...role.grants]),
    ...[...iamRoles.values()].flatMap((role) => [role, ...role.trust, ...role.connect, ...role.assume]),
    ...iamDoors.flatMap((door) => [door, ...door.connect]),
  ];
  return all.flatMap(({ expires }) => (expires ? dayProblem(expires) : []));
};
