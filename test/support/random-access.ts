import type { FileEdit } from "../../src/model/review.js";
import type { Tape } from "./tape.js";

// What an access file says and which edits fit it, drawn from a tape.

export type Tree = string | number | null | readonly Tree[] | { readonly [key: string]: Tree };

const USERS = ["u", "v", "w x", "b/x", "zoë", "null"];
const ROLES = ["r", "s", "t,t", "r]s"];
const CLUSTERS = ["x", "y", "z"];
const IAM_ROLES = ["i", "j", "k"];
const DAYS = ["2026-12-25", "2026-12-01", "2027-01-31"];

const some = <T>(tape: Tape, all: readonly T[]): T[] => all.filter(() => tape.next(2) === 0);
const mapped = (keys: readonly string[], make: (key: string) => Tree): Tree => Object.fromEntries(keys.map((key) => [key, make(key)]));
/** Leaves out what is undefined; in an order of its own. */
function mixed(tape: Tape, entries: readonly (readonly [string, Tree | undefined])[]): Tree {
  const there = entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  const turn = tape.next(Math.max(1, there.length));
  return Object.fromEntries([...there.slice(turn), ...there.slice(0, turn)]);
}
const maybe = <T>(tape: Tape, make: () => T): T | undefined => (tape.next(2) === 0 ? make() : undefined);

export function randomTree(tape: Tape): Tree {
  const users = some(tape, USERS);
  const roles = some(tape, ROLES);
  const iamRoles = some(tape, IAM_ROLES);
  const section = (names: readonly string[], make: (name: string) => Tree): Tree | undefined =>
    names.length === 0 ? maybe(tape, () => tape.pick<Tree>(null, {})) : mapped(names, make);
  const doors = (): Tree | undefined => maybe(tape, () => connects(tape, users));
  return mixed(tape, [
    ["version", 1],
    ["roles", section(roles, () => principal(tape, [...roles, ...users]))],
    ["users", section(users, () => principal(tape, roles))],
    ["iam_roles", section(iamRoles, () => iamRole(tape, iamRoles, doors()))],
    ["iam_users", section(some(tape, ["m"]), () => ({ account: "db", connect: connects(tape, users) }))],
    ["iam_policies", section(some(tape, ["p", "q"]), () => ({ account: ["db", "ops"], connect: connects(tape, users) }))],
    ["safety", { protect: some(tape, USERS) }],
  ]);
}

const ends = (tape: Tape): Tree | undefined => (tape.rarely(6) ? tape.pick<Tree>(...(["2026-12-10", "2027-06-30"] as const)) : undefined);

function principal(tape: Tape, roles: readonly string[]): Tree {
  if (tape.rarely(5)) return tape.pick<Tree>(null, {});
  return mixed(tape, [
    ["login", maybe(tape, () => "iam")],
    ["member_of", maybe(tape, () => some(tape, roles).map((role) => membership(tape, role)))],
    ["grants", maybe(tape, () => ({ shop: { tables: { "s.*": ["select"], "s.t": ["insert", "update"] } } }))],
    ["expires", ends(tape)],
  ]);
}

const membership = (tape: Tape, role: string): Tree =>
  tape.next(3) < 2
    ? role
    : mixed(tape, [
        ["role", role],
        ["admin", maybe(tape, () => "yes")],
        ["expires", ends(tape)],
      ]);

const connects = (tape: Tape, users: readonly string[]): Tree =>
  (users.length === 0 ? ["u"] : some(tape, users)).map((user) =>
    mixed(tape, [
      ["user", user],
      tape.rarely(4) ? ["any_cluster", "true"] : ["clusters", [...some(tape, CLUSTERS.slice(1)), "x"]],
      ["via", maybe(tape, () => "proxy")],
      ["expires", ends(tape)],
    ]),
  );

const iamRole = (tape: Tape, others: readonly string[], connect: Tree | undefined): Tree =>
  mixed(tape, [
    ["account", "db"],
    ["description", maybe(tape, () => "Line one.\nLine two.\n")],
    ["trust", [{ service: "ec2.amazonaws.com" }, ...some(tape, others).map((role) => ({ role }))]],
    ["connect", connect],
    ["assume", maybe(tape, () => some(tape, others).map((role) => tape.pick(role, `db/${role}`)))],
    ["expires", ends(tape)],
  ]);

/** Some of what is there, and sometimes what is not. */
export const randomEdits = (tape: Tape): FileEdit[] => Array.from({ length: 1 + tape.next(4) }, () => randomEdit(tape));

function randomEdit(tape: Tape): FileEdit {
  const what = randomTarget(tape);
  return tape.next(2) === 0 ? { action: "remove", what } : { action: "expire", what, until: tape.pick("", ...DAYS) || "2026-12-25" };
}

const pickOf = (tape: Tape, all: readonly string[]): string => all[tape.next(all.length)] ?? "";

function randomTarget(tape: Tape): FileEdit["what"] {
  const type = tape.pick("user", "connect", "membership", "role", "iam-role", "connect", "membership");
  if (type === "user") return { type, name: pickOf(tape, USERS) };
  if (type === "role") return { type, name: pickOf(tape, ROLES) };
  if (type === "iam-role") return { type, id: pickOf(tape, IAM_ROLES) };
  if (type === "membership") return { type, member: pickOf(tape, [...USERS, ...ROLES]), role: pickOf(tape, [...ROLES, "u"]) };
  const holder = tape.pick("iam-role", "iam-user", "iam-policy");
  const door = pickOf(tape, { "iam-role": IAM_ROLES, "iam-user": ["m"], "iam-policy": ["p", "q"] }[holder]);
  return { type: "connect", holder, door, user: pickOf(tape, USERS), clusters: tape.next(2) === 0 ? null : ["x", ...some(tape, ["y"])] };
}
