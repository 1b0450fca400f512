import picomatch from "picomatch";
import type { Declared } from "../../model/declared.js";
import { groupBy } from "../../model/group-by.js";
import type { Subject } from "../../model/review.js";
import { doorsOfFile } from "./door-list.js";

export interface KeptInput {
  readonly file: Declared;
  /** The file as it was when the window began; null: not known. */
  readonly was: Declared | null;
  /** 2026-11-25 */
  readonly today: string;
  /** Whether somebody said that it is needed. */
  readonly isAsked: (subject: Subject) => boolean;
}

/**
 * What may not be proposed, however silent it is: it is protected, asked to be kept, or younger than the window; or it would take such a
 * thing along: a user its doors and memberships, an IAM role its doors and those who come in by taking it.
 */
export function keptBy(input: KeptInput): (subject: Subject) => boolean {
  const { file } = input;
  const isKept = remembered(keptByItself(input));
  const subjects = subjectsOf(file);
  const doors = subjects.filter((one) => one.type === "door");
  const ofUser = groupBy(subjects, (one) =>
    one.type === "door" || one.type === "login" ? one.user : one.type === "membership" ? one.member : null,
  );
  const isUserKept = remembered((user: string) => (ofUser.get(user) ?? []).some(isKept));
  const ofRole = groupBy(doors, (one) => (one.holder === "iam-role" ? one.door : null));
  const isRoleKept = (id: string, seen: readonly string[] = []): boolean => {
    if (seen.includes(id)) return false;
    const taken = (file.iamRoles.get(id)?.assume ?? []).flatMap(({ to }) => (to.type === "role" ? [to.role] : []));
    const own = ofRole.get(id) ?? [];
    return (
      isKept({ type: "iam-role", id }) ||
      own.some(isKept) ||
      own.some(({ user }) => isLoginKept(user)) ||
      taken.some((one) => isRoleKept(one, [...seen, id]))
    );
  };
  const isLoginKept = (user: string): boolean => (ofUser.get(user) ?? []).some((one) => one.type !== "door" && isKept(one));
  return (subject) => {
    if (subject.type === "login") return isUserKept(subject.user);
    if (subject.type === "iam-role") return isRoleKept(subject.id);
    if (subject.type === "membership") return isKept(subject) || isLoginKept(subject.member);
    const isOfKept = subject.holder === "iam-role" && isKept({ type: "iam-role", id: subject.door });
    return isKept(subject) || isLoginKept(subject.user) || isOfKept;
  };
}

function keptByItself({ file, was, today, isAsked }: KeptInput): (subject: Subject) => boolean {
  const { protect } = file.safety;
  const isProtected = protect.length === 0 ? () => false : picomatch([...protect], { bash: true, dot: true, nocase: true });
  const old = new Set(was === null ? [] : subjectsOf(was).map(subjectText));
  const asks = (name: string): boolean => (file.roles.get(name)?.keep?.until ?? "") >= today;
  const nameOf = (id: string): string => file.iamRoles.get(id)?.name ?? id;
  const names = (subject: Subject): readonly string[] => {
    if (subject.type === "login") return [subject.user];
    if (subject.type === "membership") return [subject.member, subject.role];
    return subject.type === "door" ? [subject.user, nameOf(subject.door)] : [nameOf(subject.id)];
  };
  return (subject) =>
    isAsked(subject) ||
    !old.has(subjectText(subject)) ||
    names(subject).some((name) => isProtected(name)) ||
    (subject.type === "login" && asks(subject.user));
}

/** Every thing of the file that a review judges. */
function subjectsOf(file: Declared): Subject[] {
  return [
    ...doorsOfFile(file).map(({ subject }) => subject),
    ...[...file.iamRoles.keys()].map((id): Subject => ({ type: "iam-role", id })),
    ...[...file.roles.values()].flatMap(({ name, login, clusters, memberOf }) =>
      clusters.flatMap((cluster): Subject[] => [
        ...(login === "none" ? [] : [{ type: "login", user: name, cluster } as const]),
        ...memberOf.map(({ role }) => ({ type: "membership", member: name, role, cluster }) as const),
      ]),
    ),
  ];
}

function subjectText(subject: Subject): string {
  if (subject.type === "door") return JSON.stringify([subject.type, subject.holder, subject.door, subject.user, subject.cluster]);
  if (subject.type === "membership") return JSON.stringify([subject.type, subject.member, subject.role, subject.cluster]);
  return JSON.stringify(subject.type === "login" ? [subject.type, subject.user, subject.cluster] : [subject.type, subject.id]);
}

/** Asked often, answered once: the key is the value itself. */
function remembered<T>(answer: (one: T) => boolean): (one: T) => boolean {
  const known = new Map<T | string, boolean>();
  return (one) => {
    const key = typeof one === "object" ? JSON.stringify(one) : one;
    const found = known.get(key) ?? answer(one);
    known.set(key, found);
    return found;
  };
}
