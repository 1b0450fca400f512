import type { Place } from "../model/place.js";

/** A YAML document with the place of every key and value. */
export type YamlNode = YamlMap | YamlList | YamlScalar;

export interface YamlMap {
  readonly type: "map";
  readonly place: Place;
  readonly entries: ReadonlyMap<string, YamlEntry>;
}

export interface YamlEntry {
  /** The key as the user wrote it, without quotes: `123`, `null` and `yes` are names. */
  readonly key: string;
  readonly place: Place;
  readonly value: YamlNode;
}

interface YamlList {
  readonly type: "list";
  readonly place: Place;
  readonly items: readonly YamlNode[];
}

interface YamlScalar {
  readonly type: "scalar";
  readonly place: Place;
  readonly value: string | number | boolean | null;
  /** As written: a number keeps its leading zeros. */
  readonly text: string;
}

/** Plain data for the schema's validator. Objects have no prototype, so a key `__proto__` is a key. */
export function plainValue(node: YamlNode): unknown {
  if (node.type === "scalar") return node.value;
  if (node.type === "list") return node.items.map(plainValue);
  const object: Record<string, unknown> = Object.create(null);
  for (const { key, value } of node.entries.values()) object[key] = plainValue(value);
  return object;
}

export interface Found {
  readonly node: YamlNode;
  /** Of the key that leads to the node; of the node itself in a list and at the root. */
  readonly keyPlace: Place;
}

/** Follows the segments of a path as far as they lead. */
export function nodeAt(root: YamlNode, path: readonly string[]): Found {
  let found: Found = { node: root, keyPlace: root.place };
  for (const segment of path) found = child(found.node, segment) ?? found;
  return found;
}

function child(node: YamlNode, segment: string): Found | null {
  if (node.type === "map") {
    const entry = node.entries.get(segment);
    return entry ? { node: entry.value, keyPlace: entry.place } : null;
  }
  const item = node.type === "list" ? node.items[Number(segment)] : undefined;
  return item ? { node: item, keyPlace: item.place } : null;
}
