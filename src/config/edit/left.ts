import type { FileEdit } from "../../model/review.js";
import { at, entriesAt, isList, isMap, itemsAt, type Plain } from "./plain.js";

/** What edits leave without a purpose, and what still names what is gone: sentences. `before`, `after`: what the file says. */
export function leftBehind(before: Plain, after: Plain, edits: readonly FileEdit[]): string[] {
  return [
    ...goneWith(before, after, edits),
    ...rolesWithoutMembers(before, after),
    ...usersWithoutDoors(before, after),
    ...withoutPurpose(before, after),
    ...untaken(before, after),
    ...edits.flatMap(({ action, what }) => {
      if (action !== "remove") return [];
      if (what.type === "user" || what.type === "role") return stillNamed(after, what.name);
      return what.type === "iam-role" ? stillNamed(after, iamName(before, what.id)) : [];
    }),
  ];
}

/** What goes with the last entry of its `connect`. */
const goneWith = (before: Plain, after: Plain, edits: readonly FileEdit[]): string[] =>
  [
    ["iam_roles", "IAM role"],
    ["iam_users", "IAM user"],
    ["iam_policies", "IAM policy"],
  ].flatMap(([section = "", noun]) =>
    entriesAt(before, section)
      .filter(([id]) => at(after, section, id) === undefined && !edits.some((edit) => isRemoval(edit, section, id)))
      .map(([id]) => `${noun} "${id}" leads to nobody any more: its entry under ${section} goes, too.`),
  );

const isRemoval = ({ action, what }: FileEdit, section: string, id: string): boolean =>
  action === "remove" && what.type === "iam-role" && section === "iam_roles" && (what.id === id || what.id.endsWith(`/${id}`));

const nameOf = (membership: Plain): Plain | undefined => (isMap(membership) ? membership.get("role") : membership);

const membersOf = (file: Plain, role: string): string[] =>
  ["users", "roles"].flatMap((section) =>
    entriesAt(file, section)
      .filter(([, one]) => itemsAt(one, "member_of").some((membership) => nameOf(membership) === role))
      .map(([name]) => name),
  );

const rolesWithoutMembers = (before: Plain, after: Plain): string[] =>
  entriesAt(after, "roles")
    .map(([name]) => name)
    .filter((name) => membersOf(before, name).length > 0 && membersOf(after, name).length === 0)
    .map((name) => `Role "${name}" has no member of the file any more.`);

const SECTIONS = ["iam_roles", "iam_users", "iam_policies"];

const hasDoor = (file: Plain, user: string): boolean =>
  SECTIONS.some((section) =>
    entriesAt(file, section).some(([, one]) => itemsAt(one, "connect").some((entry) => at(entry, "user") === user)),
  );

const usersWithoutDoors = (before: Plain, after: Plain): string[] =>
  entriesAt(after, "users")
    .map(([name]) => name)
    .filter((name) => hasDoor(before, name) && !hasDoor(after, name))
    .map((name) => `User "${name}" has no door any more: no IAM role, user or policy of the file connects as it.`);

const doesSomething = (one: Plain | undefined): boolean => itemsAt(one, "connect").length + itemsAt(one, "assume").length > 0;

const withoutPurpose = (before: Plain, after: Plain): string[] =>
  entriesAt(after, "iam_roles")
    .filter(([id, one]) => doesSomething(at(before, "iam_roles", id)) && !doesSomething(one))
    .map(([id]) => `IAM role "${id}" is left without a purpose: it connects as nobody and takes no other IAM role.`);

/** Keys that the IAM roles of a file take; ACCOUNT/KEY is the key. */
const taken = (file: Plain): Set<string> =>
  new Set(
    entriesAt(file, "iam_roles")
      .flatMap(([, one]) => itemsAt(one, "assume").map(nameOf))
      .map((name) => String(name).replace(/^[^/]*\//, "")),
  );

function untaken(before: Plain, after: Plain): string[] {
  const [was, is] = [taken(before), taken(after)];
  return entriesAt(after, "iam_roles")
    .filter(([id]) => was.has(id) && !is.has(id))
    .map(([id]) => `IAM role "${id}" is taken by no IAM role of the file any more.`);
}

function iamName(before: Plain, id: string): string {
  const key = at(before, "iam_roles", id) === undefined ? id.slice(id.indexOf("/") + 1) : id;
  const name = at(before, "iam_roles", key, "name");
  return typeof name === "string" ? name : key;
}

/** Where a name may stand without being a part of the thing. */
const PLACES =
  /^(safety\/.*|clusters\/[^/]*\/(databases\/[^/]*\/creators|admin\/user|reader\/user)|(users|roles)\/[^/]*\/was|iam_roles\/[^/]*\/(trust\/arn|assume)|accounts\/[^/]*\/(plan|apply)_role)$/;

const stillNamed = (after: Plain, name: string): string[] =>
  [...new Set(namedAt(after, name, []))].map((path) => `${path} still names "${name}": look whether it should.`);

function namedAt(value: Plain, name: string, path: readonly string[]): string[] {
  if (isMap(value)) return [...value].flatMap(([key, inner]) => namedAt(inner, name, [...path, key.replaceAll("/", "\\")]));
  if (isList(value)) return value.flatMap((item) => namedAt(item, name, path));
  const names = value === name || (typeof value === "string" && value.startsWith("arn:") && value.endsWith(`/${name}`));
  return names && PLACES.test(path.join("/")) ? [path.join(".")] : [];
}
