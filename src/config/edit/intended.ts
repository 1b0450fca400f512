import type { EditTarget, FileEdit } from "../../model/review.js";
import { at, isList, isMap, itemsAt, type Plain, type PlainMap } from "./plain.js";

/** What the file should say after an edit, made of what it says: no text, no range. The splices must come to the same. */
export function intended(file: Plain, edit: FileEdit): Plain {
  const { what } = edit;
  const change: Change = edit.action === "remove" ? () => [] : (value) => [ended(value, edit.until)];
  if (what.type === "connect") return inConnect(file, what, edit);
  if (what.type === "membership") return inMembers(file, [what.member], (one) => (roleOf(one) === what.role ? change(one) : [one]));
  if (what.type === "iam-role") return inIamRoles(file, what.id, edit.action === "remove", change);
  const [section, name] = [what.type === "user" ? "users" : "roles", what.name];
  const changed = atKey(file, section, (all) => someOrNone(all, atKey(all, name, change)));
  if (edit.action === "expire") return changed;
  const apart = inMembers(changed, null, (one) => (roleOf(one) === name ? [] : [one]));
  return section === "roles" ? apart : inCarriers(apart, null, null, (one) => (inside(one, "user") === name ? [] : [one]));
}

/** What takes the place of a value: none, one or several. */
type Change = (value: Plain) => readonly Plain[];

const atKey = (map: Plain, key: string, change: Change): Plain => atAll(map, [key], change);

/** `keys` null: all. */
const atAll = (map: Plain, keys: readonly string[] | null, change: Change): Plain =>
  isMap(map)
    ? new Map([...map].flatMap(([k, v]) => (keys?.includes(k) === false ? [[k, v] as const] : change(v).map((one) => [k, one] as const))))
    : map;

const inside = (value: Plain, key: string): Plain | undefined => (isMap(value) ? value.get(key) : undefined);

const roleOf = (membership: Plain): Plain | undefined => (isMap(membership) ? membership.get("role") : membership);

/** What is emptied goes. */
const someOrNone = (before: Plain, after: Plain): readonly Plain[] => (sizeOf(before) > 0 && sizeOf(after) === 0 ? [] : [after]);

const sizeOf = (value: Plain): number => (isMap(value) ? value.size : isList(value) ? value.length : 1);

const inList = (value: Plain, change: Change): readonly Plain[] => (isList(value) ? someOrNone(value, value.flatMap(change)) : [value]);

function ended(value: Plain, until: string): Plain {
  if (!isMap(value))
    return new Map(
      value === null
        ? [["expires", until]]
        : [
            ["role", value],
            ["expires", until],
          ],
    );
  const was = value.get("expires");
  return typeof was === "string" && was <= until ? value : new Map([...value, ["expires", until]]);
}

const inMembers = (file: Plain, members: readonly string[] | null, change: Change): Plain =>
  atAll(file, ["users", "roles"], (all) => [atAll(all, members, (one) => [atKey(one, "member_of", (list) => inList(list, change))])]);

const SECTIONS = { "iam-role": "iam_roles", "iam-user": "iam_users", "iam-policy": "iam_policies" } as const;

/** A policy that allows nothing goes; so does an IAM role that is somebody else's, which is there for its policy. */
function withPolicy(before: Plain, after: Plain): readonly Plain[] {
  const doesNothing = (one: Plain): boolean => itemsAt(one, "connect").length + itemsAt(one, "assume").length === 0;
  if (doesNothing(before) || !doesNothing(after)) return [after];
  return inside(after, "manage") === undefined ? [atKey(after, "policy", () => [])] : [];
}

/** IAM users and policies that lead nowhere go. */
function inCarriers(file: Plain, section: string | null, id: string | null, change: Change): Plain {
  const carrier = (one: Plain, needed: boolean): readonly Plain[] => {
    const changed = atKey(one, "connect", (list) => inList(list, change));
    return needed && inside(one, "connect") !== undefined && inside(changed, "connect") === undefined ? [] : withPolicy(one, changed);
  };
  return Object.values(SECTIONS)
    .filter((one) => section === null || one === section)
    .reduce<Plain>(
      (all, one) =>
        atKey(all, one, (map) =>
          someOrNone(
            map,
            atAll(map, id === null ? null : [id], (value) => carrier(value, one !== SECTIONS["iam-role"])),
          ),
        ),
      file,
    );
}

function inConnect(file: Plain, what: EditTarget & { type: "connect" }, edit: FileEdit): Plain {
  const section = SECTIONS[what.holder];
  return inCarriers(file, section, keyOf(file, section, what.door), (one) =>
    inside(one, "user") !== what.user ? [one] : what.clusters === null ? inWhole(one, edit) : inPart(one, what.clusters, edit),
  );
}

const inWhole = (entry: Plain, edit: FileEdit): readonly Plain[] => (edit.action === "remove" ? [] : [ended(entry, edit.until)]);

function inPart(entry: Plain, clusters: readonly string[], edit: FileEdit): readonly Plain[] {
  const all = itemsAt(entry, "clusters");
  const isMeant = (cluster: Plain): boolean => typeof cluster === "string" && clusters.includes(cluster);
  const [part, rest] = [all.filter(isMeant), all.filter((one) => !isMeant(one))];
  if (!isMap(entry) || part.length === 0) return [entry];
  if (rest.length === 0) return inWhole(entry, edit);
  const stays: PlainMap = new Map([...entry, ["clusters", rest]]);
  if (edit.action === "remove") return [stays];
  const alone = ended(entry, edit.until);
  return alone === entry ? [entry] : [stays, new Map([...(isMap(alone) ? alone : []), ["clusters", part]])];
}

/** The entry that an id stands for. */
const keyOf = (file: Plain, section: string, id: string): string => {
  const entries = inside(file, section);
  return isMap(entries) && !entries.has(id) ? id.slice(id.indexOf("/") + 1) : id;
};

function inIamRoles(file: Plain, id: string, removed: boolean, change: Change): Plain {
  const key = keyOf(file, "iam_roles", id);
  const account = at(file, "iam_roles", key, "account") ?? null;
  const names = [key, ...(isList(account) ? account : [account]).map((one) => `${one}/${key}`)];
  const isOther: Change = (each) => (names.includes(String(roleOf(each))) ? [] : [each]);
  const others: Change = (one) =>
    withPolicy(
      one,
      ["trust", "assume"].reduce<Plain>((value, list) => atKey(value, list, (all) => inList(all, isOther)), one),
    );
  return atKey(file, "iam_roles", (all) => {
    const changed = atKey(all, key, change);
    return someOrNone(all, removed ? atAll(changed, null, others) : changed);
  });
}
