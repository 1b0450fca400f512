import type { Place } from "../model/place.js";
import { isObject, type Json, type JsonObject } from "../policies/json.js";
import type { Word } from "./source-file.js";
import type { YamlEntry, YamlNode } from "./yaml-node.js";

// Reading nodes whose shape the schema has accepted: what is not there reads as empty.

export const wordOf = (entry: YamlEntry): Word => ({ text: entry.key, place: entry.place });

export const entriesOf = (node: YamlNode | undefined): readonly YamlEntry[] => (node?.type === "map" ? [...node.entries.values()] : []);

export const itemsOf = (node: YamlNode | undefined): readonly YamlNode[] => (node?.type === "list" ? node.items : []);

export const entryOf = (node: YamlNode | undefined, key: string): YamlEntry | undefined =>
  node?.type === "map" ? node.entries.get(key) : undefined;

export const childOf = (node: YamlNode | undefined, key: string): YamlNode | undefined => entryOf(node, key)?.value;

/** A scalar's text and place; null when there is none. */
export const textOf = (node: YamlNode | undefined): Word | null =>
  node?.type === "scalar" && node.value !== null ? { text: node.text, place: node.place } : null;

export const textAt = (node: YamlNode | undefined, key: string): Word | null => textOf(childOf(node, key));

export const needText = (node: YamlNode, key: string): Word => textAt(node, key) ?? { text: "", place: node.place };

export const flagAt = (node: YamlNode | undefined, key: string, otherwise: boolean): boolean => {
  const value = childOf(node, key);
  return value?.type === "scalar" && typeof value.value === "boolean" ? value.value : otherwise;
};

export const wordsOfList = (node: YamlNode | undefined): readonly Word[] => itemsOf(node).flatMap((item) => textOf(item) ?? []);

export const listAt = (node: YamlNode | undefined, key: string): readonly Word[] | null => {
  const list = childOf(node, key);
  return list?.type === "list" ? wordsOfList(list) : null;
};

export const placeAt = (node: YamlNode, key: string): Place => entryOf(node, key)?.place ?? node.place;

/** A mapping as JSON; null when there is none. A number keeps its leading zeros. */
export function jsonObjectOf(node: YamlNode | undefined): JsonObject | null {
  const json = node && jsonOf(node);
  return isObject(json) ? json : null;
}

function jsonOf(node: YamlNode): Json {
  if (node.type === "scalar") return typeof node.value === "number" ? node.text : node.value;
  if (node.type === "list") return node.items.map(jsonOf);
  return Object.fromEntries([...node.entries.values()].map(({ key, value }) => [key, jsonOf(value)]));
}
