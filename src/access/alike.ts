import type { ClusterState, Group } from "./state.js";

/**
 * The first user of whom the same is true as of this one, but for the name: it holds nothing itself, and is a member of the same roles with the
 * same options, now and in the end. A thousand users of a few roles are a few cases.
 */
export function createAlike(
  { edges, logins, names, facts }: ClusterState,
  groupsOf: (role: number) => readonly Group[],
): (user: number) => number {
  const firsts = new Map<string, number>();
  const known = new Map<number, number>();
  const caseOf = (user: number): string => {
    const attributes = facts.snapshot.roles.get(names[user] ?? "");
    if (groupsOf(user).length > 0 || attributes?.createRole) return String(user);
    const own = (edges[user] ?? []).map(({ role, before, after }) => `${role} ${before} ${after}`).sort();
    return JSON.stringify([logins[user]?.before, logins[user]?.after, own]);
  };
  return (user) => {
    const found = known.get(user);
    if (found !== undefined) return found;
    const text = caseOf(user);
    const first = firsts.get(text) ?? user;
    firsts.set(text, first);
    known.set(user, first);
    return first;
  };
}

/** Groups of which the same is true but for their names and places: schema by schema a database is granted in the same way. */
export function createKind(): (group: Group) => number {
  const ids = new Map<string, number>();
  const known = new Map<Group, number>();
  const kindOf = (group: Group): number => {
    const found = known.get(group);
    if (found !== undefined) return found;
    const rows = [...group.holdings].map(([role, { before, after, take, give }]) => `${role} ${before} ${after} ${take} ${give}`).sort();
    const gates = [group.schema, group.table].map((gate) => (gate ? kindOf(gate) : null));
    const text = JSON.stringify([group.of.database, group.of.type, group.owner, gates, rows]);
    const id = ids.get(text) ?? ids.size;
    ids.set(text, id);
    known.set(group, id);
    return id;
  };
  return kindOf;
}
