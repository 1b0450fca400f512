import type { YamlNode } from "../yaml-node.js";

/** What a file says, without its form. */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainMap;
export type PlainMap = ReadonlyMap<string, Plain>;

export function toPlain(node: YamlNode): Plain {
  if (node.type === "scalar") return node.value;
  if (node.type === "list") return node.items.map(toPlain);
  return new Map([...node.entries.values()].map(({ key, value }) => [key, toPlain(value)]));
}

export const isMap = (value: Plain | undefined): value is PlainMap => value instanceof Map;

export const isList = (value: Plain | undefined): value is readonly Plain[] => Array.isArray(value);

/** What stands at a path of keys. */
export const at = (value: Plain | undefined, ...path: readonly string[]): Plain | undefined =>
  path.reduce<Plain | undefined>((found, key) => (isMap(found) ? found.get(key) : undefined), value);

export const entriesAt = (value: Plain | undefined, ...path: readonly string[]): (readonly [string, Plain])[] => {
  const found = at(value, ...path);
  return isMap(found) ? [...found] : [];
};

export const itemsAt = (value: Plain | undefined, ...path: readonly string[]): readonly Plain[] => {
  const found = at(value, ...path);
  return isList(found) ? found : [];
};

/** Lists in order, mappings in any; nothing, and a mapping with nothing in it, mean the same. */
export function isSame(a: Plain, b: Plain): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i] ?? null));
  if (isMap(a)) return isMap(b) && a.size === b.size && [...a].every(([key, value]) => b.has(key) && isSame(value, b.get(key) ?? null));
  return a === b;
}

const isEmpty = (value: Plain): boolean => value === null || (isMap(value) && value.size === 0);
