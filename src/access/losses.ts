import type { PrivilegeSet } from "../model/privileges.js";
import { AFTER, BEFORE, groupsByHolder } from "./net.js";
import type { Reacher } from "./reach.js";
import { ADMIN, type Group } from "./state.js";

/** Rights that somebody will miss. */
export interface Losses {
  readonly all: number;
  /** What a role loses, and what its members lose of it. */
  readonly of: (role: string) => number;
}

/**
 * A right that goes counts unless all who come by it keep what it gave by other ways: a team that moves to a role loses nothing, and
 * must not teach anybody to let losses pass. Where nobody comes by it now, it counts: who would is not known.
 */
export function lossesOf(reacher: Reacher): Losses {
  const { state } = reacher;
  const downstream = usersBelow(reacher);
  const lost = [...lostHoldings(reacher, downstream), ...lostMemberships(reacher, downstream), ...lostLogins(reacher)];
  const byRole = new Map<number, number>();
  for (const { count, roles } of lost) for (const role of roles) byRole.set(role, (byRole.get(role) ?? 0) + count);
  return { all: lost.reduce((n, { count }) => n + count, 0), of: (role) => byRole.get(state.indexOf(role)) ?? 0 };
}

interface Loss {
  readonly count: number;
  readonly roles: readonly number[];
}
type Below = (role: number) => readonly number[];

const lostHoldings = (reacher: Reacher, below: Below): Loss[] =>
  reacher.state.groups
    .filter(({ varies }) => varies)
    .flatMap((group) =>
      [...group.holdings].flatMap(([role, { before, after }]): Loss[] => {
        const lost = before & ~after;
        return lost === 0 || isKept(reacher, below(role), group, lost) ? [] : [{ count: bitCount(lost) * group.of.count, roles: [role] }];
      }),
    );

/** Missed when somebody below the member reaches less of what the role and those above it hold; ADMIN is missed anyhow. */
function lostMemberships(reacher: Reacher, below: Below): Loss[] {
  const groupsOf = groupsByHolder(reacher);
  const isMissed = (member: number, role: number): boolean => {
    const users = below(member);
    if (users.length === 0) return true;
    const groups = new Set([...reacher.closure(role, BEFORE).now].flatMap((holder) => groupsOf(holder)));
    const reached = [...groups].filter((group) => users.some((user) => reacher.reach(user, group, BEFORE)[1]));
    return !reached.every((group) => isKept(reacher, users, group, -1));
  };
  return reacher.state.edges.flatMap((edges, member) =>
    edges.flatMap(({ role, before, after }): Loss[] => {
      const lost = before & ~after;
      return lost & ADMIN || (lost !== 0 && isMissed(member, role)) ? [{ count: 1, roles: [member, role] }] : [];
    }),
  );
}

const lostLogins = ({ state }: Reacher): Loss[] =>
  state.logins.flatMap(({ before, after }, role) => (before && !after ? [{ count: 1, roles: [role] }] : []));

function bitCount(set: PrivilegeSet): number {
  let count = 0;
  for (let bits = set; bits !== 0; bits &= bits - 1) count++;
  return count;
}

/** Who logs in and has the rights of a role, now. */
function usersBelow({ state, closure }: Reacher): Below {
  let below: Map<number, number[]> | null = null;
  const index = (): Map<number, number[]> => {
    const found = new Map<number, number[]>();
    for (const [user, { before }] of state.logins.entries()) {
      if (!before) continue;
      const { now, afterSet } = closure(user, BEFORE);
      for (const role of new Set([...now, ...afterSet.flatMap((roles) => [...roles])])) found.set(role, [...(found.get(role) ?? []), user]);
    }
    return found;
  };
  return (role) => {
    below ??= index();
    return below.get(role) ?? [];
  };
}

/** Whether somebody comes by it, and all who do keep it. */
function isKept(reacher: Reacher, users: readonly number[], group: Group, bits: PrivilegeSet): boolean {
  const reached = users.map((user) => [reacher.reach(user, group, BEFORE), reacher.reach(user, group, AFTER)] as const);
  const own = reached.filter(([before]) => before[1] & bits);
  return own.length > 0 && own.every(([before, after]) => !(((before[1] & ~after[1]) | (before[2] & ~after[2])) & bits));
}
