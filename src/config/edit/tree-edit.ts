import { type Child, childrenOf, type Located, type LocatedCollection } from "./located.js";
import { removeChildren } from "./remove.js";
import type { Splice } from "./splice.js";

/** A change of the tree: children that go, and text that is put elsewhere. */
export interface TreeEdit {
  readonly removed: readonly Child[];
  readonly splices: readonly Splice[];
}

/** The splices of several edits at once. What is emptied goes with its key, where the file would not be one without. */
export function treeSplices(text: string, root: Located, edits: readonly TreeEdit[]): Splice[] {
  const gone = new Set(edits.flatMap(({ removed }) => removed));
  if (root.type !== "scalar" && gone.size > 0) settle(root, [], gone);
  return [...edits.flatMap(({ splices }) => splices), ...removals(text, root, gone)];
}

/** An empty user is a user. */
const STAYS_EMPTY = /^(users|roles)\/[^/]+$/;

/** Whoever has these is nothing without them. */
const NEEDED = /^iam_(roles|users|policies)\/[^/]+\/(account|connect\/\d+\/clusters)$|^iam_(users|policies)\/[^/]+\/connect$/;

const IAM_ROLE = /^iam_roles\/[^/]+$/;

type Rest = "some" | "none" | "useless";

/** Adds to `gone` what goes with the rest; what is left of the collection. A name with a slash is none of the paths above. */
function settle(collection: LocatedCollection, path: readonly string[], gone: Set<Child>): Rest {
  for (const child of collection.children) {
    const { value, key } = child;
    if (gone.has(child) || value.type === "scalar" || value.children.length === 0) continue;
    const inside = [...path, key.replaceAll("/", "\\")];
    const rest = settle(value, inside, gone);
    const name = inside.join("/");
    if (rest === "useless" || (rest === "none" && !STAYS_EMPTY.test(name))) gone.add(child);
    if (gone.has(child) && NEEDED.test(name)) return "useless";
  }
  if (IAM_ROLE.test(path.join("/")) && loosePolicy(collection, gone) === "useless") return "useless";
  return collection.children.every((child) => gone.has(child)) ? "none" : "some";
}

/** A policy that would allow nothing goes; somebody else's IAM role is in the file for its policy alone. */
function loosePolicy({ children }: LocatedCollection, gone: Set<Child>): Rest {
  const doors = children.filter(({ key }) => key === "connect" || key === "assume");
  const isLeft = doors.some((child) => !gone.has(child) && childrenOf(child.value).length > 0);
  if (isLeft || !doors.some((child) => gone.has(child))) return "some";
  for (const child of children.filter(({ key }) => key === "policy")) gone.add(child);
  return children.some(({ key }) => key === "manage") ? "useless" : "some";
}

function removals(text: string, node: Located, gone: ReadonlySet<Child>): Splice[] {
  if (node.type === "scalar" || gone.size === 0) return [];
  const inside = childrenOf(node).filter((child) => !gone.has(child));
  return [...removeChildren(text, node, (child) => gone.has(child)), ...inside.flatMap(({ value }) => removals(text, value, gone))];
}
