import type { EditTarget, FileEdit } from "../../model/review.js";
import { flowText, setKey } from "./insert.js";
import { type Child, childAt, childrenOf, type Located, type LocatedScalar, scalarAt } from "./located.js";
import type { Splice } from "./splice.js";
import { splitEntry } from "./split.js";
import type { TreeEdit } from "./tree-edit.js";

/** Why an edit is none: a clause that ends the sentence `… is not edited:`. */
export interface Refusal {
  readonly why: string;
  /** Where in the text. */
  readonly at: number | null;
  /** What would let it be made. */
  readonly hint?: string;
}

/** Where in the tree an edit of the file acts. May throw NotEditable. */
export function treeEdit(text: string, root: Located, edit: FileEdit): TreeEdit | Refusal {
  const { what } = edit;
  const found = FIND[what.type](root, what);
  if ("why" in found) return found;
  if (edit.action === "remove") return { removed: [...found.children.flatMap(gone), ...found.alongside], splices: [] };
  return { removed: [], splices: found.children.flatMap((one) => expire(text, one, edit.until)) };
}

/** A child that is meant, or some items of the list `clusters` in it. */
interface Meant {
  readonly child: Child;
  /** The list that holds it, where a part of it becomes an item of its own. */
  readonly list: Child | null;
  /** Empty: all of it. */
  readonly part: readonly Child[];
}

interface Found {
  readonly children: readonly Meant[];
  /** What goes with it. */
  readonly alongside: readonly Child[];
}

const gone = ({ child, part }: Meant): readonly Child[] => (part.length > 0 ? part : [child]);

const whole = (child: Child): Meant => ({ child, list: null, part: [] });

export const NOT_THERE: Refusal = { why: "it is not in the file", at: null };

type Finder = (root: Located, what: EditTarget) => Found | Refusal;

const FIND: Readonly<Record<EditTarget["type"], Finder>> = {
  connect: (root, what) => (what.type === "connect" ? findConnect(root, what) : NOT_THERE),
  membership: (root, what) => (what.type === "membership" ? findMembership(root, what) : NOT_THERE),
  user: (root, what) => (what.type === "user" ? findPrincipal(root, "users", what.name) : NOT_THERE),
  role: (root, what) => (what.type === "role" ? findPrincipal(root, "roles", what.name) : NOT_THERE),
  "iam-role": (root, what) => (what.type === "iam-role" ? findIamRole(root, what.id) : NOT_THERE),
};

/** With it go its memberships, those in it, and every door to it. */
function findPrincipal(root: Located, section: "users" | "roles", name: string): Found | Refusal {
  const child = childAt(root, section, name);
  if (!child) return NOT_THERE;
  const inIt = principalsOf(root).flatMap(({ value }) => membershipsIn(value, name));
  const doors = section === "users" ? carriersOf(root).flatMap((carrier) => connectsOf(carrier, name)) : [];
  return { children: [whole(child)], alongside: [...inIt, ...doors] };
}

function findMembership(root: Located, { member, role }: EditTarget & { type: "membership" }): Found | Refusal {
  const found = ["users", "roles"].flatMap((section) => membershipsIn(childAt(root, section, member)?.value, role));
  return found.length === 0 ? NOT_THERE : { children: found.map(whole), alongside: [] };
}

const principalsOf = (root: Located): Child[] => ["users", "roles"].flatMap((section) => childrenOf(childAt(root, section)?.value));

const membershipsIn = (node: Located | undefined, role: string): Child[] =>
  childrenOf(childAt(node, "member_of")?.value).filter(({ value }) => textOf(value, "role") === role);

const textOf = (node: Located, key: string): string | null =>
  node.type === "scalar" ? (node.style === "absent" ? null : node.text) : (scalarAt(node, key)?.text ?? null);

const CARRIERS = { "iam-role": "iam_roles", "iam-user": "iam_users", "iam-policy": "iam_policies" } as const;

const carriersOf = (root: Located): Child[] => Object.values(CARRIERS).flatMap((section) => childrenOf(childAt(root, section)?.value));

const connectsOf = ({ value }: Child, user: string): Child[] =>
  childrenOf(childAt(value, "connect")?.value).filter((item) => scalarAt(item.value, "user")?.text === user);

function findConnect(root: Located, what: EditTarget & { type: "connect" }): Found | Refusal {
  const carrier = what.holder === "iam-role" ? iamRole(root, what.door) : childAt(root, CARRIERS[what.holder], what.door);
  if (!carrier) return NOT_THERE;
  if ("why" in carrier) return carrier;
  const entries = connectsOf(carrier, what.user);
  const { clusters } = what;
  if (entries.length === 0) return NOT_THERE;
  if (clusters === null) return { children: entries.map(whole), alongside: [] };
  const list = childAt(carrier.value, "connect") ?? null;
  const meant = entries.flatMap((child) => partOf(child, list, new Set(clusters)));
  if (meant.length > 0) return { children: meant, alongside: [] };
  const everywhere = entries.find(({ value }) => childAt(value, "any_cluster"));
  if (!everywhere) return NOT_THERE;
  return { why: "the entry says any_cluster, and one cluster of any cannot be taken out", at: everywhere.from };
}

function partOf(child: Child, list: Child | null, clusters: ReadonlySet<string>): Meant[] {
  const all = childrenOf(childAt(child.value, "clusters")?.value);
  const part = all.filter(({ value }) => value.type === "scalar" && clusters.has(value.text));
  if (part.length === 0) return [];
  return [part.length === all.length ? whole(child) : { child, list, part }];
}

/** `ACCOUNT/KEY` is one of several that an entry stands for; of a single account it is the entry. */
function iamRole(root: Located, id: string): Child | Refusal | undefined {
  const slash = id.indexOf("/");
  const child = childAt(root, "iam_roles", id) ?? (slash < 0 ? undefined : childAt(root, "iam_roles", id.slice(slash + 1)));
  if (!child || child.key === id) return child;
  const accounts = childrenOf(childAt(child.value, "account")?.value);
  if (!accounts.some(({ value }) => isText(value, id.slice(0, slash)))) return undefined;
  if (accounts.length === 1) return child;
  return { why: "its entry stands for one IAM role in each of several accounts; give this account an entry of its own", at: child.from };
}

const isText = (node: Located, text: string): boolean => node.type === "scalar" && node.text === text;

/** With it go the trusts in it, and that others take it. */
function findIamRole(root: Located, id: string): Found | Refusal {
  const child = iamRole(root, id);
  if (!child) return NOT_THERE;
  if ("why" in child) return child;
  const account = childAt(child.value, "account")?.value;
  const accounts = account?.type === "scalar" ? [account.text] : childrenOf(account).map(({ value }) => textOf(value, "") ?? "");
  const names = new Set([child.key, ...accounts.map((one) => `${one}/${child.key}`)]);
  const others = childrenOf(childAt(root, "iam_roles")?.value).filter((other) => other !== child);
  const trusts = others.flatMap(({ value }) => childrenOf(childAt(value, "trust")?.value).filter((one) => isNamed(one, "role", names)));
  const assumed = others.flatMap(({ value }) => childrenOf(childAt(value, "assume")?.value).filter((one) => isNamed(one, "role", names)));
  return { children: [whole(child)], alongside: [...trusts, ...assumed] };
}

const isNamed = ({ value }: Child, key: string, names: ReadonlySet<string>): boolean => names.has(textOf(value, key) ?? "");

/** An earlier end stays. A name in a list becomes a mapping. */
function expire(text: string, { child, list, part }: Meant, until: string): Splice[] {
  const { value } = child;
  const existing = scalarAt(value, "expires");
  if (existing && existing.style !== "absent" && existing.text <= until) return [];
  if (list && part.length > 0) return splitEntry(text, list, child, part, until);
  if (value.type !== "scalar" || isNothing(value)) return setKey(text, child, "expires", until);
  return [{ from: value.from, to: value.to, text: `{ role: ${flowText(text, value)}, expires: ${until} }` }];
}

const isNothing = ({ style, text }: LocatedScalar): boolean =>
  style === "absent" || (style === "plain" && /^(null|Null|NULL|~)$/.test(text));
