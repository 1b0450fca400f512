import type { Principal } from "../model/principal.js";
import type { PrivilegeSet } from "../model/privileges.js";
import { RDS_IAM } from "../privileges/system-roles.js";
import type { Reach, Reacher } from "./reach.js";
import { type Bits, bitsAt, type ClusterState, type Group, type Stage } from "./state.js";

/** Who logs in to a cluster: a user, or whoever comes through the doors of an IAM role. */
export interface Login {
  readonly who: Principal;
  /** `doors`: all of them must be open. `withPassword`: a proxy's, so that rds_iam does not matter. */
  readonly ways: readonly { readonly user: number; readonly doors: readonly Bits[]; readonly withPassword?: boolean }[];
}

/** No door in between: a user itself. */
export const ALWAYS: readonly Bits[] = [];
const NEVER_CHANGES: Bits = { before: 1, after: 1, atom: 0 };

/** Every user of a cluster for whom a way could change; a superuser's reach never does. */
export function usersOf({ state }: Reacher): Login[] {
  return state.names.flatMap((name, user) => {
    const login = state.logins[user];
    if (!login || (!login.before && !login.after) || state.facts.snapshot.roles.get(name)?.superuser) return [];
    // The admin acts: what it is for the moment of a transaction is nobody's reach.
    if (name === state.facts.powers.admin) return [];
    return [{ who: { type: "role", cluster: state.facts.name, name }, ways: [{ user, doors: ALWAYS }] }];
  });
}

export function reachOfLogin(reacher: Reacher, { ways }: Login, group: Group, stage: Stage): Reach {
  const [way, ...more] = ways;
  if (way && more.length === 0 && way.doors === ALWAYS) return reacher.reach(way.user, group, stage);
  return ways
    .filter(
      ({ user, doors, withPassword }) =>
        doors.every((door) => bitsAt(door, stage) !== 0) && (doors === ALWAYS || withPassword || takesTokens(reacher, user, stage)),
    )
    .map(({ user }) => reacher.reach(user, group, stage))
    .reduce<Reach>((a, b) => [a[0] | b[0], a[1] | b[1], a[2] | b[2]], [0, 0, 0]);
}

/** RDS takes a token from members of rds_iam alone, by whatever path. */
const takesTokens = ({ state, closure }: Reacher, user: number, stage: Stage): boolean =>
  closure(user, stage).memberOf.has(state.indexOf(RDS_IAM));

/** Bits, by level, that are reached beyond both ends, or missing though both ends have them. */
export interface Bounds {
  readonly most: Reach;
  readonly least: Reach;
}
export const boundsOf = (before: Reach, after: Reach): Bounds => ({
  most: [before[0] | after[0], before[1] | after[1], before[2] | after[2]],
  least: [before[0] & after[0], before[1] & after[1], before[2] & after[2]],
});
export const excess = (reach: Reach, { most }: Bounds): PrivilegeSet =>
  (reach[0] & ~most[0]) | (reach[1] & ~most[1]) | (reach[2] & ~most[2]);
export const deficit = (reach: Reach, { least }: Bounds): PrivilegeSet =>
  (least[0] & ~reach[0]) | (least[1] & ~reach[1]) | (least[2] & ~reach[2]);

/** The atoms that change what a login reaches on a group. */
export function atomsFor(reacher: Reacher, { ways }: Login, group: Group): Set<number> {
  const { state } = reacher;
  const found = new Set<number>();
  const note = (bits: Bits): void => void (bits.before !== bits.after && found.add(bits.atom));
  for (const { user, doors } of ways) {
    for (const door of doors) note(door);
    note(state.logins[user] ?? NEVER_CHANGES);
    const roles = reacher.possible(user);
    for (const role of roles) for (const edge of state.edges[role] ?? []) note(edge);
    for (const of of [group, group.schema, group.database, group.table]) if (of) noteHoldings(state, of, roles, found);
  }
  return found;
}

function noteHoldings({ indexOf }: ClusterState, group: Group, roles: ReadonlySet<number>, found: Set<number>): void {
  if (!group.varies) return;
  const databaseOwner = indexOf("pg_database_owner");
  for (const [role, { before, after, take, give }] of group.holdings) {
    if (before === after || !(role < 0 || role === databaseOwner || roles.has(role))) continue;
    if (before & ~after) found.add(take);
    if (after & ~before) found.add(give);
  }
}
