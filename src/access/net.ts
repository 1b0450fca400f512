import type { Level, Net, NetItem } from "../model/net.js";
import { nameOfPrincipal, type Principal } from "../model/principal.js";
import { type PrivilegeSet, wordsOf } from "../model/privileges.js";
import type { Thing } from "../model/thing.js";
import { createAlike } from "./alike.js";
import type { Closure } from "./closure.js";
import { createUnlisted, levelIn, type Reach, type Reacher } from "./reach.js";
import type { ClusterState, Group, Stage } from "./state.js";

export const BEFORE: Stage = () => 0;
export const AFTER: Stage = () => 1;

/** Things that are named of those that somebody reaches alike. */
const EXAMPLES = 3;

/** What the operations mean for each user of a cluster: only those for whom something changes. */
export function netOf(reacher: Reacher): Net[] {
  const { state } = reacher;
  const groups = groupsByHolder(reacher);
  const left = new Set([state.facts.powers.admin, state.facts.snapshot.bootstrap].map(state.indexOf));
  const alike = createAlike(state, groups);
  const known = new Map<number, Omit<Net, "who"> | null>();
  const netOfFirst = (user: number): Omit<Net, "who"> | null => {
    const first = alike(user);
    const found = known.get(first);
    const own = found === undefined ? netOfUser(reacher, first, groups) : found;
    known.set(first, own);
    return own;
  };
  const net = state.names.flatMap((name, user): Net[] => {
    const login = state.logins[user];
    if (!login || left.has(user) || state.facts.snapshot.roles.get(name)?.superuser || (!login.before && !login.after)) return [];
    const own = netOfFirst(user);
    return own ? [{ who: principalOf(reacher, user), ...own }] : [];
  });
  return net.sort((a, b) => (nameOfPrincipal(a.who) < nameOfPrincipal(b.who) ? -1 : 1));
}

export const principalOf = ({ state }: Reacher, role: number): Principal => ({
  type: "role",
  cluster: state.facts.name,
  name: state.names[role] ?? "",
});

/** Built when it is first asked. */
export function groupsByHolder({ state }: Reacher): (role: number) => readonly Group[] {
  let byHolder: ReadonlyMap<number, Group[]> | null = null;
  return (role) => {
    byHolder ??= indexOf(state);
    return byHolder.get(role) ?? [];
  };
}

function indexOf(state: ClusterState): Map<number, Group[]> {
  const byHolder = new Map<number, Group[]>();
  const unlisted = createUnlisted(state);
  for (const group of state.groups) {
    for (const holder of new Set([...group.holdings.keys(), ...unlisted(group)])) {
      const list = byHolder.get(holder);
      if (list) list.push(group);
      else byHolder.set(holder, [group]);
    }
  }
  return byHolder;
}

function netOfUser(reacher: Reacher, user: number, groupsOf: (role: number) => readonly Group[]): Omit<Net, "who"> | null {
  const { state } = reacher;
  const [was, will] = [reacher.closure(user, BEFORE), reacher.closure(user, AFTER)];
  const moved = was.login !== will.login || !sameClosure(was, will);
  const found = new Map<string, ItemDraft>();
  const nowThrough = new Set<number>();
  for (const group of groupsOfBoth(was, will, groupsOf)) {
    if (!moved && !group.varies && !group.schema?.varies && !group.database?.varies) continue;
    compare(reacher, user, group, { was, will, found, nowThrough });
  }
  const login = state.logins[user];
  const items = [...(login && login.before !== login.after ? [loginItem(reacher, login.after)] : []), ...[...found.values()].map(itemOf)];
  if (items.length === 0 && nowThrough.size === 0) return null;
  return { items, nowThrough: [...nowThrough].map((role) => principalOf(reacher, role)) };
}

/** The roles of a closure that count: what CREATEROLE could make of somebody, it could before and can after. */
const rolesOf = ({ now, afterSet, become, creates }: Closure): ReadonlySet<number> =>
  creates ? new Set([...now, ...afterSet.flatMap((roles) => [...roles])]) : become;

const groupsOfBoth = (was: Closure, will: Closure, groupsOf: (role: number) => readonly Group[]): Set<Group> =>
  new Set([...rolesOf(was), ...rolesOf(will)].flatMap((role) => groupsOf(role)));

const sameSet = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => a.size === b.size && [...a].every((x) => b.has(x));
const sameClosure = (a: Closure, b: Closure): boolean =>
  sameSet(a.now, b.now) &&
  sameSet(a.become, b.become) &&
  a.afterSet.length === b.afterSet.length &&
  a.afterSet.every((set, i) => sameSet(set, b.afterSet[i] ?? set));

interface ItemDraft {
  readonly verbs: readonly string[];
  readonly from: Level;
  readonly to: Level;
  readonly through: readonly Principal[];
  readonly groups: Group[];
}

interface Comparison {
  readonly was: Closure;
  readonly will: Closure;
  readonly found: Map<string, ItemDraft>;
  readonly nowThrough: Set<number>;
}

function compare(reacher: Reacher, user: number, group: Group, { was, will, found, nowThrough }: Comparison): void {
  const before = reacher.reach(user, group, BEFORE, true);
  const after = reacher.reach(user, group, AFTER, true);
  const isCreator = was.creates && will.creates;
  const levelOf = (reach: Reach, bit: PrivilegeSet): Level => {
    const level = levelIn(reach, bit);
    return isCreator && level === 1 ? 0 : level;
  };
  const all = before[0] | after[0];
  const byLevels = new Map<string, { from: Level; to: Level; bits: PrivilegeSet }>();
  let same = 0;
  for (let bit = 1; bit <= all; bit <<= 1) {
    if (!(all & bit)) continue;
    const [from, to] = [levelOf(before, bit), levelOf(after, bit)];
    if (from === to) same |= bit;
    const known = byLevels.get(`${from} ${to}`) ?? { from, to, bits: 0 };
    known.bits |= bit;
    byLevels.set(`${from} ${to}`, known);
  }
  for (const { from, to, bits } of byLevels.values()) {
    if (from === to) continue;
    const holders =
      to > from ? reacher.holders(reached(will, to), group, AFTER, bits) : reacher.holders(reached(was, from), group, BEFORE, bits);
    note(found, group, {
      from,
      to,
      verbs: wordsOf(bits),
      through: holders.filter((role) => role !== user).map((role) => principalOf(reacher, role)),
    });
  }
  if (same) noteWays(reacher, group, same & before[2], { was, will, nowThrough });
}

const reached = ({ now, afterSet, become }: Closure, level: Level): ReadonlySet<number> =>
  level === 3 ? now : level === 2 ? new Set([...now, ...afterSet.flatMap((roles) => [...roles])]) : become;

/** Who has it by others than before is told by whom. */
function noteWays(reacher: Reacher, group: Group, bits: PrivilegeSet, { was, will, nowThrough }: Omit<Comparison, "found">): void {
  if (bits === 0) return;
  const before = new Set(reacher.holders(was.now, group, BEFORE, bits));
  const after = reacher.holders(will.now, group, AFTER, bits);
  const added = after.filter((role) => !before.has(role));
  if (added.length === 0 && [...before].every((role) => after.includes(role))) return;
  for (const role of added.length > 0 ? added : after) nowThrough.add(role);
}

function note(found: Map<string, ItemDraft>, group: Group, item: Omit<ItemDraft, "groups">): void {
  const { database, type, schema } = group.of;
  const [example] = group.of.examples(1);
  const where = example.type === "later" ? JSON.stringify(example) : JSON.stringify([database, type, schema]);
  const key = JSON.stringify([where, item.from, item.to, item.verbs, item.through]);
  const known = found.get(key);
  if (known) known.groups.push(group);
  else found.set(key, { ...item, groups: [group] });
}

function itemOf({ groups, ...item }: ItemDraft): NetItem {
  const [first, ...others] = groups.flatMap(({ of }) => [...of.examples(EXAMPLES)]).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  if (!first) throw new Error("a right on nothing");
  return { ...item, examples: [first, ...others.slice(0, EXAMPLES - 1)], count: groups.reduce((n, { of }) => n + of.count, 0) };
}

const nameOf = (thing: Thing): string => (thing.type === "object" ? JSON.stringify([thing.of.schema, thing.of.name, thing.of.column]) : "");

const loginItem = ({ state }: Reacher, gains: number): NetItem => ({
  verbs: ["login"],
  from: gains ? 0 : 3,
  to: gains ? 3 : 0,
  through: [],
  examples: [{ type: "login", server: state.facts.server }],
  count: 1,
});
