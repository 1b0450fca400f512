/** Names in a message: none is cut while they fit on a line or two. */
const MOST = 10;

/** `a, b, c and 3 more`. */
export const namesText = (names: readonly string[], most = MOST): string =>
  names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${names.length - most} more`;

/** In the order of first appearance. */
export function listsBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const lists = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const list = lists.get(key);
    if (list) list.push(item);
    else lists.set(key, [item]);
  }
  return lists;
}
