import type { FileEdit } from "../../src/model/review.js";
import type { Tape } from "./tape.js";

// What an access file says and which edits fit it, drawn from a tape.

export type Tree = string | number | null | readonly Tree[] | { readonly [key: string]: Tree };

const USERS = ["u", "v", "w x", "b/x", "zoë", "null"];
const ROLES = ["r", "s", "t,t", "r]s"];
const CLUSTERS = ["x", "y", "z"];
const IAM_ROLES = ["i", "j", "k"];
const DAYS = ["2026-12-25", "2026-12-01", "2027-01-31"];

const some = <T>(tape: Tape, all: readonly T[]): T[] => all.filter(() => tape.next(2) === 1);
const mapped = (keys: readonly string[], make: (key: string) => Tree): Tree => Object.fromEntries(keys.map((key) => [key, make(key)]));
/** Leaves out what is undefined; in an order of its own. */
function mixed(tape: Tape, entries: readonly (readonly [string, Tree | undefined])[]): Tree {
  const there = entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  const turn = tape.next(Math.max(1, there.length));
  return Object.fromEntries([...there.slice(turn), ...there.slice(0, turn)]);
}
const maybe = <T>(tape: Tape, make: () => T): T | undefined => (tape.next(2) === 1 ? make() : undefined);

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
    ["policy", maybe(tape, () => "access")],
    ["manage", tape.rarely(6) ? "policy" : undefined],
    ["expires", ends(tape)],
  ]);

/** Mostly of what is there. */
export function randomEdits(tape: Tape, tree: Tree): FileEdit[] {
  const there = targetsOf(tree);
  return Array.from({ length: 1 + tape.next(5) }, () => {
    const what = there[tape.next(there.length + 1)] ?? ({ type: "user", name: "nobody" } as const);
    return tape.next(2) === 0 ? { action: "remove", what } : { action: "expire", what, until: DAYS[tape.next(DAYS.length)] ?? "" };
  });
}

const HOLDERS = { iam_roles: "iam-role", iam_users: "iam-user", iam_policies: "iam-policy" } as const;

type Target = FileEdit["what"];

const childOf = (tree: Tree | undefined, key: string): Tree | undefined =>
  typeof tree === "object" && tree !== null && !Array.isArray(tree) ? Object.entries(tree).find(([name]) => name === key)?.[1] : undefined;

const namesOf = (tree: Tree | undefined): string[] => (typeof tree === "object" && tree !== null ? Object.keys(tree) : []);

const itemsOf = (tree: Tree | undefined): readonly Tree[] => (Array.isArray(tree) ? tree : []);

function targetsOf(tree: Tree): Target[] {
  const [users, roles, iamRoles] = ["users", "roles", "iam_roles"].map((section) => childOf(tree, section));
  const principals = [users, roles].flatMap((section) => namesOf(section).map((name) => ({ name, tree: childOf(section, name) })));
  return [
    ...namesOf(users).map((name): Target => ({ type: "user", name })),
    ...namesOf(roles).map((name): Target => ({ type: "role", name })),
    ...namesOf(iamRoles).map((id): Target => ({ type: "iam-role", id })),
    ...principals.flatMap(({ name: member, tree: one }) =>
      itemsOf(childOf(one, "member_of")).map(
        (item): Target => ({ type: "membership", member, role: String(childOf(item, "role") ?? item) }),
      ),
    ),
    ...(["iam_roles", "iam_users", "iam_policies"] as const).flatMap((section) => doorsIn(childOf(tree, section), HOLDERS[section])),
  ];
}

/** Each whole, on some of its clusters, and on some that may not be there. */
const doorsIn = (section: Tree | undefined, holder: (typeof HOLDERS)[keyof typeof HOLDERS]): Target[] =>
  namesOf(section).flatMap((door) =>
    itemsOf(childOf(childOf(section, door), "connect")).flatMap((item) =>
      [null, ["x"], ["x", "y"], ["z"]].map(
        (clusters): Target => ({ type: "connect", holder, door, user: String(childOf(item, "user")), clusters }),
      ),
    ),
  );
