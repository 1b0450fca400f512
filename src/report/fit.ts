/** Gives each demand its fair part of `room`: small ones are met whole, large ones share the rest, none gets nothing. */
export function fairShares(demands: readonly number[], room: number): number[] {
  const shares = demands.map(() => 0);
  const smallestFirst = demands.map((demand, at) => ({ demand, at })).sort((a, b) => a.demand - b.demand);
  let left = room;
  for (const [done, { demand, at }] of smallestFirst.entries()) {
    const share = Math.min(demand, Math.max(1, Math.floor(left / (demands.length - done))));
    shares[at] = share;
    left -= share;
  }
  return shares;
}

/** The first items of every group, so that no group is cut off whole because it comes last. Keeps the order. */
export function fairCut<T>(items: readonly T[], groupOf: (item: T) => string, room: number): readonly T[] {
  if (items.length <= room) return items;
  const sizes = new Map<string, number>();
  for (const item of items) sizes.set(groupOf(item), (sizes.get(groupOf(item)) ?? 0) + 1);
  const shares = fairShares([...sizes.values()], room);
  const left = new Map([...sizes.keys()].map((group, i) => [group, shares[i] ?? 0]));
  return items.filter((item) => {
    const rest = left.get(groupOf(item)) ?? 0;
    left.set(groupOf(item), rest - 1);
    return rest > 0;
  });
}
