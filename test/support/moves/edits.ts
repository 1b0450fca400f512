import {
  type Access,
  copyOf,
  FULL,
  GROUPS,
  type Holder,
  holder,
  type Membership,
  READ_ALL,
  SCHEMAS,
  TABLES,
  USERS,
  VERBS,
} from "./access.js";

/** Three numbers that decide on whom an edit falls, and on what. */
export type Numbers = readonly [number, number, number];

/** What a world may have. */
export interface Domain {
  /** `main/d1`. */
  readonly databases: readonly string[];
  /** Memberships have options: PostgreSQL 16. */
  readonly options: boolean;
  /** The admin may give pg_read_all_data. */
  readonly readAll: boolean;
}

const at = <T>(list: readonly T[], n: number): T | undefined => (list.length > 0 ? list[n % list.length] : undefined);
const part = <T>(list: readonly T[], n: number): T[] => list.filter((_, i) => (n >> (i % 10)) & 1);

/** A file, of numbers. */
export function accessOf(seeds: { readonly groups: readonly Numbers[]; readonly users: readonly Numbers[] }, domain: Domain): Access {
  const access: Access = new Map();
  for (const [i, numbers] of seeds.groups.entries()) access.set(GROUPS[i] ?? "", { ...holder(false), grants: areaOf(numbers, domain) });
  const groups = [...access.keys()];
  for (const [i, [a, b, c]] of seeds.users.entries()) {
    const user = holder(a % 8 !== 0);
    for (const group of part(groups, b)) user.memberOf.set(group, optionsOf(c, domain));
    // Who is in no group holds it all by itself.
    const own = c % 3 === 0 || user.memberOf.size === 0 ? areaOf([b, c, a], domain) : new Set<string>();
    access.set(USERS[i] ?? "", { ...user, grants: own });
  }
  return access;
}

const optionsOf = (n: number, { options }: Domain): Membership =>
  options && n % 5 === 0 ? { inherit: n % 2 === 0, set: n % 3 === 0 } : FULL;

/** Some tables of some databases, and most times what has to be passed to get there. */
function areaOf([a, b, c]: Numbers, { databases }: Domain): Set<string> {
  const found = new Set<string>();
  for (const database of part(databases, (a | 1) << (b % 3))) {
    if (a % 5 > 0) found.add(`${database} database * connect`);
    for (const schema of SCHEMAS) if ((b + schema.length) % 6 > 0) found.add(`${database} schema ${schema} usage`);
    for (const [i, table] of TABLES.entries())
      for (const verb of part(VERBS, (c >> i) & 7)) found.add(`${database} table ${table} ${verb}`);
  }
  return found;
}

type Edit = (access: Access, numbers: Numbers, domain: Domain) => void;

const usersIn = (access: Access): string[] => USERS.filter((name) => access.has(name));
const groupsIn = (access: Access): string[] => GROUPS.filter((name) => access.has(name));
const membersOf = (access: Access, group: string): string[] => [...access].flatMap(([name, h]) => (h.memberOf.has(group) ? [name] : []));

/** Not where it would close a circle. */
function join(access: Access, member: string, role: string, options: Membership = FULL): void {
  const above = new Set([role]);
  for (const name of above) for (const next of access.get(name)?.memberOf.keys() ?? []) above.add(next);
  if (!above.has(member)) access.get(member)?.memberOf.set(role, options);
}

function drop(access: Access, name: string): void {
  access.delete(name);
  for (const h of access.values()) h.memberOf.delete(name);
}

function freeGroup(access: Access): string | undefined {
  const name = GROUPS.find((group) => !access.has(group));
  if (name !== undefined) access.set(name, holder(false));
  return name;
}

const swapSets = (one: Holder, other: Holder): void => {
  const [own, others] = [[...one.grants], [...other.grants]];
  one.grants.clear();
  other.grants.clear();
  for (const grant of others) one.grants.add(grant);
  for (const grant of own) other.grants.add(grant);
};

export const EDITS = {
  /** What users hold directly becomes a group's, and they its members. */
  gather: (access, [a, b, c]) => {
    const users = part(usersIn(access), a | 1);
    const all = new Set(users.flatMap((name) => [...(access.get(name)?.grants ?? [])]));
    const group = b % 2 === 0 ? freeGroup(access) : at(groupsIn(access), c);
    if (group === undefined) return;
    for (const grant of all) access.get(group)?.grants.add(grant);
    for (const name of users) {
      join(access, name, group);
      if (access.get(name)?.memberOf.has(group)) access.get(name)?.grants.clear();
    }
  },
  /** The way back. */
  scatter: (access, [a, b]) => {
    const group = at(groupsIn(access), a);
    if (group === undefined) return;
    const grants = [...(access.get(group)?.grants ?? [])];
    for (const name of membersOf(access, group)) {
      for (const grant of grants) access.get(name)?.grants.add(grant);
      access.get(name)?.memberOf.delete(group);
    }
    if (b % 2 === 0) drop(access, group);
  },
  split: (access, [a, b, c]) => {
    const group = at(groupsIn(access), a);
    const other = freeGroup(access);
    if (group === undefined || other === undefined) return;
    const moved = part([...(access.get(group)?.grants ?? [])], b);
    for (const grant of moved) {
      access.get(group)?.grants.delete(grant);
      access.get(other)?.grants.add(grant);
    }
    const members = membersOf(access, group);
    for (const name of c % 3 === 0 ? part(members, b) : members) join(access, name, other);
  },
  merge: (access, [a, b]) => {
    const group = at(groupsIn(access), a);
    const other = at(
      groupsIn(access).filter((name) => name !== group),
      b,
    );
    if (group === undefined || other === undefined) return;
    for (const grant of access.get(other)?.grants ?? []) access.get(group)?.grants.add(grant);
    const members = membersOf(access, other);
    drop(access, other);
    for (const name of members) join(access, name, group);
  },
  /** Two groups change what they hold, and whom. */
  swap: (access, [a, b, c]) => {
    const one = at(groupsIn(access), a);
    const other = at(
      groupsIn(access).filter((name) => name !== one),
      b,
    );
    const [first, second] = [access.get(one ?? ""), access.get(other ?? "")];
    if (one === undefined || other === undefined || !first || !second) return;
    swapSets(first, second);
    if (c % 4 === 0) return;
    const [ofOne, ofOther] = [membersOf(access, one), membersOf(access, other)];
    for (const name of ofOne) access.get(name)?.memberOf.delete(one);
    for (const name of ofOther) access.get(name)?.memberOf.delete(other);
    for (const name of ofOne) join(access, name, other);
    for (const name of ofOther) join(access, name, one);
  },
  /** A role gains members while it loses rights. */
  narrow: (access, [a, b, c]) => {
    const group = at(groupsIn(access), a);
    if (group === undefined) return;
    for (const grant of part([...(access.get(group)?.grants ?? [])], b)) access.get(group)?.grants.delete(grant);
    for (const name of part(usersIn(access), c | 1)) join(access, name, group);
  },
  /** Its members leave while it gains. */
  replace: (access, [a, b, c], domain) => {
    const group = at(groupsIn(access), a);
    if (group === undefined) return;
    for (const name of part(membersOf(access, group), b | 1)) access.get(name)?.memberOf.delete(group);
    for (const grant of areaOf([b, c, a], domain)) access.get(group)?.grants.add(grant);
    if (c % 3 === 0) for (const name of part(usersIn(access), c >> 2)) join(access, name, group);
  },
  /** USAGE or CONNECT goes from one to another. */
  gate: (access, [a, b, c]) => {
    const holders = [...access].filter(([, h]) => [...h.grants].some((grant) => !grant.includes(" table ")));
    const [from, held] = at(holders, a) ?? [];
    const gates = [...(held?.grants ?? [])].filter((grant) => !grant.includes(" table "));
    const moved = c % 3 === 0 ? gates : [at(gates, b) ?? ""];
    const to = at(
      [...access.keys()].filter((name) => name !== from),
      c,
    );
    for (const grant of moved) {
      held?.grants.delete(grant);
      if (to !== undefined) access.get(to)?.grants.add(grant);
    }
  },
  come: (access, [a, b, c], domain) => {
    const name = USERS.find((user) => !access.has(user));
    if (name === undefined) return;
    access.set(name, { ...holder(true), grants: a % 3 === 0 ? areaOf([b, c, a], domain) : new Set() });
    for (const group of part(groupsIn(access), b)) join(access, name, group, optionsOf(c, domain));
  },
  leave: (access, [a]) => drop(access, at(usersIn(access), a) ?? ""),
  /** LOGIN is taken, or given back. */
  login: (access, [a]) => {
    const user = access.get(at(usersIn(access), a) ?? "");
    if (user) user.login = !user.login;
  },
  options: (access, [a, b, c], { options }) => {
    const user = at([...access.values()].filter((h) => h.memberOf.size > 0) as Holder[], a);
    const role = at([...(user?.memberOf.keys() ?? [])], b);
    if (options && role !== undefined) user?.memberOf.set(role, { inherit: c % 2 === 0, set: c % 4 < 2 });
  },
  /** A group becomes a member of another; where that one was its member, the reverse. */
  nest: (access, [a, b]) => {
    const inner = at(groupsIn(access), a);
    const outer = at(
      groupsIn(access).filter((name) => name !== inner),
      b,
    );
    if (inner === undefined || outer === undefined) return;
    if (access.get(inner)?.memberOf.has(outer)) {
      access.get(inner)?.memberOf.delete(outer);
      join(access, outer, inner);
    } else join(access, inner, outer);
  },
  /** pg_read_all_data instead of what one was given, or the reverse. */
  everything: (access, [a, b, c], domain) => {
    const name = at([...access.keys()], a);
    const one = access.get(name ?? "");
    if (!one || !domain.readAll) return;
    if (one.memberOf.delete(READ_ALL)) for (const grant of areaOf([b, c, a], domain)) one.grants.add(grant);
    else {
      one.memberOf.set(READ_ALL, FULL);
      for (const grant of [...one.grants]) if (b % 2 === 0 && / (select|usage)$/.test(grant)) one.grants.delete(grant);
    }
  },
  grants: (access, [a, b, c], domain) => {
    const one = at([...access.values()] as Holder[], a);
    for (const grant of part([...areaOf([b, c, a], domain)], c)) if (!one?.grants.delete(grant)) one?.grants.add(grant);
  },
} as const satisfies Readonly<Record<string, Edit>>;
export type EditName = keyof typeof EDITS;
export const EDIT_NAMES: readonly EditName[] = Object.keys(EDITS) as EditName[];

export type Edits = readonly (readonly [EditName, Numbers])[];

export function edited(access: Access, edits: Edits, domain: Domain): Access {
  const after = copyOf(access);
  for (const [name, numbers] of edits) EDITS[name](after, numbers, domain);
  return after;
}
