import { trustText } from "../facts/trust-text.js";
import { type Day, daysAfter, isOver } from "../model/day.js";
import type { Declared, DeclaredGrant, DeclaredIamDoor, DeclaredIamRole, DeclaredRole, TrustEntry } from "../model/declared.js";
import { type Place, placeText } from "../model/place.js";
import { wordsOf } from "../model/privileges.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { displayName } from "../privileges/sql.js";

/** An entry of the file with an end of its own. */
export interface Ending {
  /** `user bob`, `membership of carol in analyst`. */
  readonly title: string;
  readonly until: Day;
  readonly place: Place;
}

/** So many days before its end a plan says it. */
const SOON_DAYS = 7;

/** `expires-soon`, a line for each day; with `expired`: what of the file gives nothing any more. */
export function expiryProblems(declared: Declared, day: Day): Problem[] {
  const soon = endingsOf(declared).filter(({ until }) => !isOver(until, day) && until <= daysAfter(day, SOON_DAYS));
  const days = [...new Set(soon.map(({ until }) => until))].sort();
  return [
    ...expiredProblems(declared, day),
    ...days.map((until) =>
      soonProblem(
        until,
        soon.filter((one) => one.until === until),
      ),
    ),
  ];
}

/** One line, however many there are: they wait for somebody who tidies up. */
export function expiredProblems(declared: Declared, day: Day): Problem[] {
  const over = endingsOf(declared).filter(({ until }) => isOver(until, day));
  const [first] = over;
  if (!first) return [];
  const those = over.length === 1 ? "This has expired and gives" : `These ${over.length} have expired and give`;
  const message = `${those} nothing any more: ${namesOf(over, ({ until }) => `, ${until}`)}.`;
  const hint = "The next apply takes away what is still there of it; then take it out of the file, or write a later day.";
  return [warningProblem("expired", message, { place: first.place, hint })];
}

function soonProblem(until: Day, endings: readonly Ending[]): Problem {
  const message = `Expires at the end of ${until}, UTC: ${namesOf(endings, () => "")}.`;
  const hint = "The first apply after that takes it away: have one on a schedule (docs/github.md), or write a later day.";
  return warningProblem("expires-soon", message, { ...(endings[0] ? { place: endings[0].place } : {}), hint });
}

const FEW = 5;

const namesOf = (endings: readonly Ending[], more: (one: Ending) => string): string => {
  const named = endings.slice(0, FEW).map((one) => `${one.title} (${placeText(one.place)}${more(one)})`);
  return [...named, ...(endings.length > FEW ? [`and ${endings.length - FEW} more`] : [])].join("; ");
};

/** In the order of the file. What ends with what it stands in is not said by itself. */
function endingsOf({ roles, iamRoles, iamDoors }: Declared): readonly Ending[] {
  const all = [
    ...[...roles.values()].flatMap(endingsOfRole),
    ...[...iamRoles.values()].flatMap(endingsOfIamRole),
    ...iamDoors.flatMap(endingsOfDoor),
  ];
  // A grant in several databases, or an entry for several accounts, is one line.
  const once = new Map(all.map((one) => [JSON.stringify([placeText(one.place), one.until]), one]));
  return [...once.values()].sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
}

interface Inner {
  readonly until: Day | null;
  readonly place: Place;
}

function within<T extends Inner>(outer: string, { until: end, place }: Inner, inner: readonly (readonly [T, string])[]): Ending[] {
  const isEarlier = (until: Day): boolean => end === null || until < end;
  return [
    ...(end === null ? [] : [{ title: outer, until: end, place }]),
    ...inner.flatMap(([{ until, place: at }, title]) => (until !== null && isEarlier(until) ? [{ title, until, place: at }] : [])),
  ];
}

function endingsOfRole(role: DeclaredRole): Ending[] {
  const name = displayName(role.name);
  return within<Inner>(`${role.login === "none" ? "role" : "user"} ${name}`, role, [
    ...role.memberOf.map((of) => [of, `membership of ${name} in ${displayName(of.role)}`] as const),
    ...role.grants.map((grant) => [grant, `${privilegesText(grant)} of ${name} on ${grant.pattern}`] as const),
  ]);
}

const privilegesText = ({ privileges }: DeclaredGrant): string => (privileges === "all" ? "all" : wordsOf(privileges).join(", "));

function endingsOfIamRole(role: DeclaredIamRole): Ending[] {
  return within<Inner>(`IAM role ${role.name}`, role, [
    ...role.trust.map((entry) => [entry, `trust of IAM role ${role.name} in ${trustedText(entry)}`] as const),
    ...role.connect.map((one) => [one, `door of IAM role ${role.name} to ${displayName(one.user)}`] as const),
    ...role.assume.map((one) => [one, `assume of IAM role ${role.name} for ${one.to.type === "role" ? one.to.role : one.to.arn}`] as const),
  ]);
}

function endingsOfDoor(door: DeclaredIamDoor): Ending[] {
  const whose = door.user === null ? `policy ${door.policy}` : `IAM user ${door.user}`;
  return within<Inner>(
    whose,
    door,
    door.connect.map((one) => [one, `door of ${whose} to ${displayName(one.user)}`] as const),
  );
}

function trustedText(entry: TrustEntry): string {
  if (entry.type === "role") return entry.role;
  return entry.type === "statement" ? "whom a statement names" : trustText(entry);
}
