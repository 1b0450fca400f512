import { createAlike, createKind } from "./alike.js";
import { ALWAYS, atomsFor, type Bounds, boundsOf, deficit, excess, type Login, reachOfLogin } from "./logins.js";
import { AFTER, BEFORE } from "./net.js";
import type { Reach, Reacher } from "./reach.js";
import { type ClusterState, EVERYBODY, type Group, type Edge as Membership, type Stage, type Stand } from "./state.js";

/** One atom has to be done before another. */
export interface Edge {
  readonly first: number;
  readonly second: number;
  /** safety: else somebody reaches what they never should; continuity: else somebody is without what they keep; server: else PostgreSQL refuses. */
  readonly why: "safety" | "continuity" | "server";
}

/** A login and things on which the order of its atoms matters. */
export interface Contended {
  readonly login: Login;
  readonly group: Group;
  /** The group and those that are as it is. */
  readonly all: readonly Group[];
  readonly bounds: Bounds;
  readonly atoms: ReadonlySet<number>;
}

const MOST: Stage = () => 2;
const LEAST: Stage = () => 3;

/**
 * Where order matters at all: whatever is committed when lies between all that is kept alone and all that is ever held together. If these
 * two stay within the bounds, nothing in between leaves them.
 */
export function contendedOf(reacher: Reacher, logins: readonly Login[], groupsOf: (role: number) => readonly Group[]): Contended[] {
  const alike = createAlike(reacher.state, groupsOf);
  const kindOf = createKind();
  const known = new Map<number, readonly Kind[]>();
  return logins.flatMap((login) => {
    const [way, ...more] = login.ways;
    // Of a user; an IAM role's doors are its own.
    const first = way && more.length === 0 && way.doors === ALWAYS ? alike(way.user) : null;
    const kinds = (first === null ? undefined : known.get(first)) ?? kindsOf(groupsFor(reacher, login, groupsOf), kindOf);
    const found = kinds.flatMap(([group, all]): Contended[] => {
      const bounds = boundsIn(reacher, login, group);
      return bounds === null ? [] : [{ login, group, all, bounds, atoms: atomsFor(reacher, login, group) }];
    });
    if (first !== null)
      known.set(
        first,
        found.map(({ group, all }) => [group, all]),
      );
    return found;
  });
}

/** Groups that are alike, by the first of them. */
type Kind = readonly [Group, readonly Group[]];

function kindsOf(groups: readonly Group[], kindOf: (group: Group) => number): Kind[] {
  const byKind = new Map<number, Group[]>();
  for (const group of groups) {
    const kind = kindOf(group);
    const list = byKind.get(kind);
    if (list) list.push(group);
    else byKind.set(kind, [group]);
  }
  return [...byKind.values()].flatMap((all): Kind[] => (all[0] ? [[all[0], all]] : []));
}

function boundsIn(reacher: Reacher, login: Login, group: Group): Bounds | null {
  const at = (stage: Stage): Reach => reachOfLogin(reacher, login, group, stage);
  const bounds = boundsOf(at(BEFORE), at(AFTER));
  return excess(at(MOST), bounds) || deficit(at(LEAST), bounds) ? bounds : null;
}

/** Where more than one thing can move for somebody: all that it could reach, if its roles do; else where something is given or taken. */
function groupsFor({ possible, moves }: Reacher, { ways }: Login, groupsOf: (role: number) => readonly Group[]): Group[] {
  const roles = new Set(ways.flatMap(({ user }) => [...possible(user)]));
  const groups = [...new Set([...roles, EVERYBODY].flatMap((role) => groupsOf(role)))];
  if (ways.some(({ user, doors }) => doors.some((door) => door.before !== door.after) || moves(user).length > 0)) return groups;
  return groups.filter((group) => [group, group.schema, group.database, group.table].some((one) => one?.varies));
}

/** What must come first, each once. */
export function edgesOf(reacher: Reacher, contended: readonly Contended[]): Edge[] {
  const found = new Map<string, Edge>();
  const add = (edge: Edge): void => void found.set(`${edge.first} ${edge.second} ${edge.why}`, edge);
  for (const one of contended) {
    const play = playOf(reacher, one);
    safetyEdges(play, add);
    continuityEdges(play, add);
  }
  for (const edge of inverted(reacher.state)) add(edge);
  return [...found.values()];
}

interface Play {
  readonly takes: readonly number[];
  readonly gives: readonly number[];
  /** Somebody reaches too much, or misses something, when these takes are not done and these gives are. */
  readonly tooMuch: (takes: readonly number[], gives: readonly number[]) => boolean;
  readonly missing: (takes: readonly number[], gives: readonly number[]) => number;
}

function playOf(reacher: Reacher, { login, group, bounds, atoms }: Contended): Play {
  const { list } = reacher.state.atoms;
  const at = (takes: readonly number[], gives: readonly number[]): Reach => {
    const stands = new Map<number, Stand>();
    for (const id of gives) stands.set(id, 1);
    for (const id of takes) stands.set(id, stands.has(id) ? 2 : 0);
    return reachOfLogin(reacher, login, group, (atom) => stands.get(atom) ?? 3);
  };
  return {
    takes: [...atoms].filter((id) => list[id]?.takes),
    gives: [...atoms].filter((id) => list[id]?.gives),
    tooMuch: (takes, gives) => excess(at(takes, gives), bounds) !== 0,
    missing: (takes, gives) => deficit(at(takes, gives), bounds),
  };
}

type Add = (edge: Edge) => void;

/** A way that mixes what is to be taken and what is to be given, and leads where neither end does. */
function safetyEdges({ takes, gives, tooMuch }: Play, add: Add): void {
  if (!tooMuch(takes, gives)) return;
  const known = new Set<string>();
  const edge = (first: number, second: number): void => {
    known.add(`${first} ${second}`);
    add({ first, second, why: "safety" });
  };
  const open = (first: number, second: number): boolean => first !== second && !known.has(`${first} ${second}`);
  for (const t of takes) for (const g of gives) if (t !== g && tooMuch([t], [g])) edge(t, g);
  // Ways of three and more: one of the takes has to come before what completes them.
  for (const g of gives) {
    const left = takes.filter((t) => open(t, g));
    for (const t of cuts(left, (rest) => tooMuch(rest, [g]))) edge(t, g);
  }
  for (const t of takes) {
    const left = gives.filter((g) => open(t, g));
    for (const g of cuts(left, (rest) => tooMuch([t], rest))) edge(t, g);
  }
}

/** Some of a list without which nothing is wrong: one, where one is enough. */
function cuts(list: readonly number[], isWrong: (rest: readonly number[]) => boolean): number[] {
  if (!isWrong(list)) return [];
  const one = list.find((x) => !isWrong(list.filter((other) => other !== x)));
  if (one !== undefined) return [one];
  const [first, ...rest] = list;
  return first === undefined ? [] : [first, ...cuts(rest, isWrong)];
}

/** What replaces a way is given before the way is taken. */
function continuityEdges({ takes, gives, missing }: Play, add: Add): void {
  if (missing([], []) === 0) return;
  const without = (list: readonly number[], one: number): number[] => list.filter((other) => other !== one);
  // As few of each as are enough.
  const replacing = gives.reduce((list, g) => (missing([], without(list, g)) === 0 ? without(list, g) : list), gives);
  const replaced = takes.reduce((list, t) => (missing(without(list, t), []) === 0 ? without(list, t) : list), takes);
  for (const first of replacing) for (const second of replaced) if (first !== second) add({ first, second, why: "continuity" });
}

/** PostgreSQL refuses a cycle of memberships even for a moment: what goes the other way is taken first. */
const inverted = ({ edges }: ClusterState): Edge[] =>
  edges.flatMap((own, member) => own.filter(comes).flatMap((given) => cycleEdges(edges, member, given)));

/** Memberships that would close a circle in the end, because what goes the other way cannot be taken: PostgreSQL refuses them. */
export const circlesOf = ({ edges, names }: ClusterState): { readonly role: string; readonly member: string }[] =>
  edges.flatMap((own, member) =>
    own
      .filter((edge) => comes(edge) && staysAbove(edges, edge.role).has(member))
      .map(({ role }) => ({ role: names[role] ?? "", member: names[member] ?? "" })),
  );

/** The roles that a role is a member of in the end, itself included. */
function staysAbove(edges: ClusterState["edges"], role: number): ReadonlySet<number> {
  const above = new Set([role]);
  for (const one of above) for (const edge of edges[one] ?? []) if (edge.after !== 0) above.add(edge.role);
  return above;
}

const comes = ({ before, after }: Membership): boolean => before === 0 && after !== 0;
const goes = ({ before, after }: Membership): boolean => before !== 0 && after === 0;

function cycleEdges(edges: ClusterState["edges"], member: number, given: Membership): Edge[] {
  const above = new Set([given.role]);
  for (const role of above) for (const edge of edges[role] ?? []) above.add(edge.role);
  if (!above.has(member)) return [];
  const taken = [...above].flatMap((role) => (edges[role] ?? []).filter((edge) => goes(edge) && edge.atom !== given.atom));
  return taken.map(({ atom }) => ({ first: atom, second: given.atom, why: "server" }));
}
