import type { ClusterFacts, Facts } from "../facts/facts.js";
import type { Acl, Grantee } from "../model/acl.js";
import type { Operation } from "../model/operation.js";
import type { PrivilegeSet } from "../model/privileges.js";
import type { MembershipRow } from "../model/snapshot.js";
import type { Thing } from "../model/thing.js";
import { type Atoms, type AwsUnit, createAtoms, isWhole, type LoginAtom } from "./atoms.js";
import { classesOf, type ThingClass } from "./classes.js";

/** Where an atom stands: 0 not done, 1 done, 2 all that it gives is there and nothing that it takes is gone, 3 the reverse. */
export type Stand = 0 | 1 | 2 | 3;
/** Where every atom stands. 2 and 3 are bounds: whatever is committed when, nobody reaches more than all at 2, nor less than all at 3. */
export type Stage = (atom: number) => Stand;

/** Bits that an atom changes. */
export interface Bits {
  readonly before: number;
  readonly after: number;
  readonly atom: number;
}
export function bitsAt({ before, after, atom }: Bits, stage: Stage): number {
  const stand = before === after ? 0 : stage(atom);
  if (stand === 0) return before;
  if (stand === 1) return after;
  return stand === 2 ? before | after : before & after;
}

/** What a role is given on a class of things; `take` and `give` are the atoms that change it. */
export interface Holding {
  readonly before: PrivilegeSet;
  readonly after: PrivilegeSet;
  readonly take: number;
  readonly give: number;
}
export function heldAt({ before, after, take, give }: Holding, stage: Stage): PrivilegeSet {
  if (before === after) return before;
  const [taken, given] = [stage(take), stage(give)];
  return (before & after) | (taken === 0 || taken === 2 ? before & ~after : 0) | (given === 1 || given === 2 ? after & ~before : 0);
}

/** Options of a membership, as bits. */
export const INHERIT = 1;
export const SET = 2;
export const ADMIN = 4;

export interface Edge extends Bits {
  readonly role: number;
}

/** PUBLIC among the holders of a group. */
export const EVERYBODY = -1;

/** Things that nobody could tell apart by what is held on them, now and in the end. */
export interface Group {
  readonly of: ThingClass;
  readonly holdings: ReadonlyMap<number, Holding>;
  readonly owner: number;
  readonly schema: Group | null;
  readonly database: Group | null;
  /** Of a column: its table, whose privileges count for it, too. */
  readonly table: Group | null;
  /** Whether anything is given or taken here. */
  readonly varies: boolean;
}

/** A cluster as it is and as the operations make it, in facts that can be looked at one by one. */
export interface ClusterState {
  readonly facts: ClusterFacts;
  readonly names: readonly string[];
  readonly indexOf: (role: string) => number;
  readonly logins: readonly Bits[];
  /** By member. */
  readonly edges: readonly (readonly Edge[])[];
  readonly groups: readonly Group[];
  readonly atoms: Atoms;
}

export function clusterState(
  facts: Facts,
  cluster: ClusterFacts,
  operations: readonly Operation[],
  aws: readonly AwsUnit[] = [],
): ClusterState {
  const classes = classesOf(facts, cluster, operations);
  const atoms = createAtoms(cluster, operations, classes, aws);
  const names = [
    ...new Set([...cluster.snapshot.roles.keys(), ...operations.flatMap((o) => (o.type === "create-role" ? [o.args.role] : []))]),
  ];
  const index = new Map(names.map((name, i) => [name, i]));
  // A membership can outlive what was read of its role: it then leads nowhere.
  const indexOf = (role: string): number => index.get(role) ?? names.length;
  return {
    facts: cluster,
    names,
    indexOf,
    logins: loginsOf(cluster, names, atoms.logins),
    edges: edgesOf(cluster, names.length, indexOf, atoms),
    groups: groupsOf(classes, cluster, indexOf, atoms),
    atoms,
  };
}

const loginsOf = ({ snapshot }: ClusterFacts, names: readonly string[], changed: ReadonlyMap<string, LoginAtom>): Bits[] =>
  names.map((name) => {
    const before = snapshot.roles.get(name)?.login ? 1 : 0;
    const change = changed.get(name);
    return change ? { before, after: change.login ? 1 : 0, atom: change.atom } : { before, after: before, atom: 0 };
  });

function edgesOf({ snapshot }: ClusterFacts, size: number, indexOf: (role: string) => number, atoms: Atoms): Edge[][] {
  const pairs = new Map<string, MembershipRow[]>();
  for (const row of [...snapshot.memberships, ...atoms.given]) {
    const key = JSON.stringify([row.role, row.member]);
    const list = pairs.get(key);
    if (list) list.push(row);
    else pairs.set(key, [row]);
  }
  const edges: Edge[][] = Array.from({ length: size + 1 }, () => []);
  for (const rows of pairs.values()) {
    const { role, member } = rows[0] ?? { role: "", member: "" };
    const stay = rows.filter((row) => !atoms.taken.has(row));
    const given = atoms.given.filter((row) => row.role === role && row.member === member);
    const live = rows.filter((row) => !given.includes(row));
    const noInherit = snapshot.versionNum < 160000 && snapshot.roles.get(member)?.inherit === false;
    const edge = { role: indexOf(role), before: optionsOf(live, noInherit), after: optionsOf(stay, noInherit) };
    edges[indexOf(member)]?.push({ ...edge, atom: atoms.membership(role, member) });
  }
  return edges;
}

/** Before 16 the member's own INHERIT decides (ALTER ROLE, NOINHERIT). */
const optionsOf = (rows: readonly MembershipRow[], noInherit: boolean): number =>
  rows.reduce((bits, row) => bits | (row.inherit && !noInherit ? INHERIT : 0) | (row.set ? SET : 0) | (row.admin ? ADMIN : 0), 0);

function groupsOf(classes: readonly ThingClass[], cluster: ClusterFacts, indexOf: (role: string) => number, atoms: Atoms): Group[] {
  const ofDatabase = new Map<string, Group>();
  const ofSchema = new Map<string, Group>();
  const make = (of: ThingClass): Group => {
    const owner = of.owner === "pg_database_owner" ? (cluster.snapshot.databases.get(of.database)?.owner ?? of.owner) : of.owner;
    return {
      of,
      holdings: holdingsOf(of, indexOf, atoms),
      owner: indexOf(owner),
      database: ofDatabase.get(of.database) ?? null,
      schema: of.schema === null ? null : (ofSchema.get(JSON.stringify([of.database, of.schema])) ?? null),
      table: null,
      varies: of.template.length > 0,
    };
  };
  const gates: Group[] = [];
  for (const of of classes.filter((c) => c.type === "database")) {
    const group = make(of);
    ofDatabase.set(of.database, group);
    gates.push(group);
  }
  // One schema is one thing, but a class of several equal ones gates each of them.
  for (const of of classes.filter((c) => c.type === "schema")) {
    const group = make(of);
    for (const name of schemaNames(of)) ofSchema.set(JSON.stringify([of.database, name]), group);
    gates.push(group);
  }
  const rest = classes.filter((c) => c.type !== "database" && c.type !== "schema").map(make);
  return [...gates, ...rest.map((group) => (group.of.type === "column" ? { ...group, table: tableOf(group.of, rest) } : group))];
}

/** Columns with an ACL of their own are few. */
function tableOf({ database, schema, examples }: ThingClass, groups: readonly Group[]): Group | null {
  const [column] = examples(1);
  const name = column.type === "object" ? column.of.name : "";
  const isIt = (thing: Thing): boolean => thing.type === "object" && thing.of.name === name;
  const near = groups.filter(({ of }) => of.database === database && of.schema === schema && isRelation(of));
  return near.find(({ of }) => of.examples(of.count).some(isIt)) ?? null;
}
const isRelation = ({ type }: ThingClass): boolean => type === "table" || type.endsWith("table") || type.endsWith("view");

const schemaNames = ({ count, examples }: ThingClass): string[] => examples(count).flatMap((t) => (t.type === "object" ? [t.of.name] : []));

function holdingsOf(of: ThingClass, indexOf: (role: string) => number, atoms: Atoms): Map<number, Holding> {
  const before = byHolder(of.before);
  const after = of.after === of.before ? before : byHolder(of.after);
  const whole = isWhole(of);
  const holdings = new Map<number, Holding>();
  for (const [name, { grantee, bits }] of new Map([...after, ...before])) {
    const held = { before: before.get(name)?.bits ?? 0, after: after.get(name)?.bits ?? 0 };
    const changes = held.before !== held.after;
    const { take, give } = changes ? atoms.holding(of, grantee, whole) : { take: 0, give: 0 };
    if (bits !== 0 || changes) holdings.set(name === "" ? EVERYBODY : indexOf(name), { ...held, take, give });
  }
  return holdings;
}

function byHolder(acl: Acl): Map<string, { grantee: Grantee; bits: PrivilegeSet }> {
  const held = new Map<string, { grantee: Grantee; bits: PrivilegeSet }>();
  for (const { grantee, privileges } of acl) {
    const name = grantee === "PUBLIC" ? "" : grantee.role;
    held.set(name, { grantee, bits: (held.get(name)?.bits ?? 0) | privileges });
  }
  return held;
}
