import type { Level } from "../model/net.js";
import { type PrivilegeSet, privilegeSet } from "../model/privileges.js";
import type { Things } from "../model/thing.js";
import { type Closure, closureOf } from "./closure.js";
import { type ClusterState, EVERYBODY, type Group, heldAt, type Stage } from "./state.js";

/** Privileges that are reached at least at level 1, 2 and 3: the first holds the others. */
export type Reach = readonly [PrivilegeSet, PrivilegeSet, PrivilegeSet];
const NOTHING: Reach = [0, 0, 0];

/** Asks of one cluster; what follows from the same memberships is worked out once. */
export interface Reacher {
  readonly state: ClusterState;
  readonly closure: (user: number, stage: Stage) => Closure;
  /** Every role that it could have anything by, whatever is done when. */
  readonly possible: (user: number) => ReadonlySet<number>;
  /** Atoms that change which roles it has, or whether it logs in. */
  readonly moves: (user: number) => readonly number[];
  /** @param own without what everybody has there */
  readonly reach: (user: number, group: Group, stage: Stage, own?: boolean) => Reach;
  /** The roles of a closure that hold any of the privileges on it. */
  readonly holders: (roles: ReadonlySet<number>, group: Group, stage: Stage, bits: PrivilegeSet) => readonly number[];
}

export const levelIn = ([become, set, now]: Reach, bit: PrivilegeSet): Level => (now & bit ? 3 : set & bit ? 2 : become & bit ? 1 : 0);

export function createReacher(state: ClusterState, things: Things): Reacher {
  const possibles = new Map<number, ReadonlySet<number>>();
  const possible = (user: number): ReadonlySet<number> => {
    const found = possibles.get(user) ?? closureOf(state, user, () => 2).become;
    possibles.set(user, found);
    return found;
  };
  const movesOf = new Map<number, readonly number[]>();
  const moves = (user: number): readonly number[] => {
    const found = movesOf.get(user) ?? sharedAtoms(state, user, possible(user));
    movesOf.set(user, found);
    return found;
  };
  const closure = memoizedClosures(state, moves);
  const asker = createAsker(state, things);
  return {
    state,
    closure,
    possible,
    moves,
    reach: (user, group, stage, own = false) => reachOf(asker, closure(user, stage), group, stage, own),
    holders: (roles, group, stage, bits) => [...roles].filter((role) => asker.held(group, new Set([role]), stage, true) & bits),
  };
}

/** A closure depends on nothing but where the memberships stand that it could follow. */
function memoizedClosures(state: ClusterState, moves: (user: number) => readonly number[]): Reacher["closure"] {
  const known = new Map<number, Map<string, Closure>>();
  return (user, stage) => {
    const of = known.get(user) ?? new Map<string, Closure>();
    known.set(user, of);
    const key = moves(user).map(stage).join("");
    const found = of.get(key) ?? closureOf(state, user, stage);
    of.set(key, found);
    return found;
  };
}

function sharedAtoms({ edges, logins }: ClusterState, user: number, roles: ReadonlySet<number>): number[] {
  const all = [...[...roles].flatMap((role) => edges[role] ?? []), ...[logins[user]].flatMap((login) => login ?? [])];
  return [...new Set(all.filter(({ before, after }) => before !== after).map(({ atom }) => atom))];
}

const CONNECT = privilegeSet(["connect"]);
const USAGE = privilegeSet(["usage"]);

type Asker = ReturnType<typeof createAsker>;

function createAsker(state: ClusterState, things: Things) {
  const index = (role: string): number => state.indexOf(role);
  const given = DATA_ROLES.map(({ role, ...rest }) => ({ ...rest, role: index(role) }));
  const hasDataRole = (roles: ReadonlySet<number>): boolean => given.some(({ role }) => roles.has(role));
  const databaseOwner = index("pg_database_owner");
  const all = (group: Group): PrivilegeSet => things[group.of.type].privileges(state.facts.snapshot.versionNum);
  const bitsOf = (group: Group, role: number, stage: Stage): PrivilegeSet => {
    const holding = group.holdings.get(role);
    return holding ? heldAt(holding, stage) : 0;
  };
  const byDataRoles = (group: Group, roles: ReadonlySet<number>): PrivilegeSet =>
    given.reduce((set, { role, types, privileges }) => (roles.has(role) && types.includes(group.of.type) ? set | privileges : set), 0);
  /** What the roles hold on it, without what needs to be passed to get there. */
  const held = (group: Group, roles: ReadonlySet<number>, stage: Stage, own = false): PrivilegeSet => {
    let set = own ? 0 : bitsOf(group, EVERYBODY, stage);
    for (const role of roles) set |= bitsOf(group, role, stage);
    if (group.database && roles.has(group.database.owner)) set |= bitsOf(group, databaseOwner, stage);
    if (hasDataRole(roles)) set |= byDataRoles(group, roles) & all(group);
    return group.table ? set | (held(group.table, roles, stage, own) & all(group)) : set;
  };
  return { held, all };
}

/** Roles of PostgreSQL that give privileges without an ACL entry (manual, "Predefined Roles"). */
const RELATIONS = ["table", "view", "materialized view", "foreign table"];
const DATA_ROLES: readonly { readonly role: string; readonly types: readonly string[]; readonly privileges: PrivilegeSet }[] = [
  { role: "pg_read_all_data", types: [...RELATIONS, "column", "sequence"], privileges: privilegeSet(["select"]) },
  { role: "pg_read_all_data", types: ["schema"], privileges: USAGE },
  { role: "pg_write_all_data", types: [...RELATIONS, "column", "sequence"], privileges: privilegeSet(["insert", "update", "delete"]) },
  { role: "pg_write_all_data", types: ["schema"], privileges: USAGE },
  { role: "pg_maintain", types: RELATIONS, privileges: privilegeSet(["maintain"]) },
];

/** Roles that have something on a group without an entry in its ACL: owners, superusers, and what PostgreSQL gives by itself. */
export function createUnlisted({ names, indexOf, facts }: ClusterState): (group: Group) => readonly number[] {
  const superusers = names.flatMap((name, i) => (facts.snapshot.roles.get(name)?.superuser ? [i] : []));
  const databaseOwner = indexOf("pg_database_owner");
  const given = DATA_ROLES.map(({ role, types }) => ({ role: indexOf(role), types }));
  return ({ of, owner, database, holdings }) => [
    owner,
    ...superusers,
    ...given.flatMap(({ role, types }) => (types.includes(of.type) ? [role] : [])),
    ...(database && holdings.has(databaseOwner) ? [database.owner] : []),
  ];
}

/** Whoever logs in needs LOGIN and CONNECT itself; then the privilege and USAGE on the schema as one and the same role. */
function reachOf(
  { held, all }: Asker,
  { login, now, afterSet, become, superuser }: Closure,
  group: Group,
  stage: Stage,
  own: boolean,
): Reach {
  if (!login || (group.database !== null && !(held(group.database, now, stage) & CONNECT))) return NOTHING;
  const as = (roles: ReadonlySet<number>): PrivilegeSet =>
    group.schema !== null && !(held(group.schema, roles, stage) & USAGE) ? 0 : held(group, roles, stage, own);
  const atOnce = as(now);
  const set = afterSet.reduce((bits, roles) => bits | as(roles), superuser ? all(group) : atOnce);
  const owned = become.has(group.owner) ? all(group) : 0;
  return [owned | as(become) | set, set, atOnce];
}
