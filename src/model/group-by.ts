/** Groups in the order of first appearance; what has no group is left out. */
export function groupBy<T, G extends string>(items: readonly T[], groupOf: (item: T) => G | null): Map<G, T[]> {
  const groups = new Map<G, T[]>();
  for (const item of items) {
    const group = groupOf(item);
    if (group === null) continue;
    const list = groups.get(group);
    if (list) list.push(item);
    else groups.set(group, [item]);
  }
  return groups;
}
