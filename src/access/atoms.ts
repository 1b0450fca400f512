import type { ClusterFacts } from "../facts/facts.js";
import type { Grantee } from "../model/acl.js";
import type { Operation } from "../model/operation.js";
import type { Key } from "../model/resource.js";
import type { MembershipRow } from "../model/snapshot.js";
import type { ObjectType } from "../model/thing.js";
import { granteeKey } from "../privileges/grantee.js";
import type { AclOperation, DefaultOperation, ThingClass } from "./classes.js";

/** Operations that are never torn apart: what is ordered. One takes or gives what one role holds in one database, or is one membership. */
export interface Atom {
  readonly id: number;
  /** The database that it must run in; null: any of the cluster. */
  readonly database: string | null;
  readonly takes: boolean;
  readonly gives: boolean;
  /** Objects that it touches. */
  readonly objects: number;
  /** Calls of AWS: the name of their unit. */
  readonly aws: string | null;
}

export interface LoginAtom {
  readonly login: boolean;
  readonly atom: number;
}

export interface Atoms {
  readonly list: readonly Atom[];
  /** By role. */
  readonly logins: ReadonlyMap<string, LoginAtom>;
  /** Rows that go, and rows that come. */
  readonly taken: ReadonlySet<MembershipRow>;
  readonly given: readonly MembershipRow[];
  readonly membership: (role: string, member: string) => number;
  readonly holding: (of: ThingClass, grantee: Grantee, whole: boolean) => { readonly take: number; readonly give: number };
  /** The atom of a change whose operations are never apart. */
  readonly wholeOf: (change: Key) => number | undefined;
  /** Of a unit of calls of AWS. */
  readonly aws: (unit: string) => number;
  /** The atoms of an operation; of one on objects, by grantee. */
  readonly of: (operation: Operation, grantee: Grantee | null) => number;
}

/** A row that somebody else gave, or a CASCADE: what is done to such an object is done in one go. */
export const isWhole = ({ before, owner, template }: ThingClass): boolean =>
  template.length > 0 && (before.some((row) => row.grantor !== owner) || template.some((o) => o.type === "revoke" && o.args.cascade));

/** No atom. */
const NONE = -1;

interface Draft {
  readonly id: number;
  readonly database: string | null;
  readonly aws: string | null;
  takes: boolean;
  gives: boolean;
  objects: number;
}

/** A unit of calls of AWS, as far as it closes or opens doors. */
export interface AwsUnit {
  readonly name: string;
  readonly takes: boolean;
  readonly gives: boolean;
}

export function createAtoms(
  cluster: ClusterFacts,
  operations: readonly Operation[],
  classes: readonly ThingClass[],
  aws: readonly AwsUnit[],
): Atoms {
  const drafts = new Map<string, Draft>();
  const list: Draft[] = [];
  const draft = (name: string, database: string | null): Draft => {
    const known = drafts.get(name) ?? { id: list.length, database, aws: null, takes: false, gives: false, objects: 0 };
    if (!drafts.has(name)) list.push(known);
    drafts.set(name, known);
    return known;
  };
  for (const { name, takes, gives: opens } of aws) {
    const unit: Draft = { id: list.length, database: null, aws: name, takes, gives: opens, objects: 0 };
    list.push(unit);
    drafts.set(awsName(name), unit);
  }
  const wholeOf = new Map<Key, number>();
  for (const [i, of] of classes.entries()) noteClass(of, i, draft, wholeOf);
  const shared = sharedAtoms(cluster, operations, draft);
  const idOf = (name: string): number => drafts.get(name)?.id ?? NONE;
  return {
    list,
    ...shared,
    wholeOf: (change) => wholeOf.get(change),
    aws: (unit) => idOf(awsName(unit)),
    membership: (role, member) => idOf(shared.membershipName(role, member)),
    holding: (of, grantee, whole) => {
      const [key] = of.keys;
      const one = whole && key !== undefined ? wholeOf.get(key) : undefined;
      if (one !== undefined) return { take: one, give: one };
      return {
        take: idOf(holdingName(of.database, gateOf(of.type), grantee, false)),
        give: idOf(holdingName(of.database, gateOf(of.type), grantee, true)),
      };
    },
    of: (operation, grantee) => {
      const whole = wholeOf.get(operation.change);
      if (whole !== undefined) return whole;
      if (isOnThings(operation)) {
        const database = "database" in operation.site ? operation.site.database : "";
        const gate = "on" in operation.args ? gateOf(operation.args.on.type) : "";
        return idOf(holdingName(database, gate, grantee ?? granteeOf(operation) ?? "PUBLIC", gives(operation)));
      }
      return idOf(shared.nameOf(operation) ?? "");
    },
  };
}

const awsName = (unit: string): string => JSON.stringify(["aws", unit]);

const isOnThings = (o: Operation): o is AclOperation | DefaultOperation =>
  o.type === "grant" || o.type === "revoke" || o.type === "grant-default" || o.type === "revoke-default";
const gives = (o: AclOperation | DefaultOperation): boolean => o.type === "grant" || o.type === "grant-default";
const granteeOf = (o: AclOperation | DefaultOperation): Grantee | undefined => granteesOf(o)[0];
export const granteesOf = ({ args }: AclOperation | DefaultOperation): readonly Grantee[] => {
  const list = "to" in args ? args.to : args.from;
  return list === "PUBLIC" || "role" in list ? [list] : list;
};

/** What has to be passed to get to things is apart from the things: they may end up in other transactions. */
const holdingName = (database: string, gate: string, grantee: Grantee, give: boolean): string =>
  JSON.stringify(["held", database, gate, grantee === "PUBLIC", granteeKey(grantee), give]);
const gateOf = (type: ObjectType): string => (type === "database" || type === "schema" ? type : "");

function noteClass(of: ThingClass, i: number, draft: (name: string, database: string) => Draft, wholeOf: Map<Key, number>): void {
  const names = (o: AclOperation | DefaultOperation): string[] =>
    granteesOf(o).map((grantee) => holdingName(of.database, gateOf(of.type), grantee, gives(o)));
  const whole = isWhole(of) ? JSON.stringify(["class", i]) : null;
  const seen = new Set<Draft>();
  for (const o of of.template) {
    for (const name of whole === null ? names(o) : [whole]) {
      const atom = draft(name, of.database);
      atom.gives ||= gives(o);
      atom.takes ||= !gives(o);
      seen.add(atom);
    }
  }
  for (const atom of seen) {
    atom.objects += of.count;
    if (whole !== null) for (const key of of.keys) wholeOf.set(key, atom.id);
  }
}

/** Memberships and LOGIN: of the whole cluster. Rows of a role that somebody passed on go together: they hang on each other. */
function sharedAtoms({ snapshot, powers }: ClusterFacts, operations: readonly Operation[], draft: (name: string, database: null) => Draft) {
  const logins = new Map<string, LoginAtom>();
  const taken = new Set<MembershipRow>();
  const given: MembershipRow[] = [];
  const chained = new Set(
    operations.flatMap((o) => (o.type === "revoke-membership" && (o.as !== null || o.args.cascade) ? [o.args.role] : [])),
  );
  const membershipName = (role: string, member: string): string =>
    JSON.stringify(chained.has(role) ? ["chain", role] : ["member", role, member]);
  const nameOf = (o: Operation): string | null => {
    if (o.type === "alter-login") return JSON.stringify(["login", o.args.role]);
    return o.type === "grant-membership" || o.type === "revoke-membership" ? membershipName(o.args.role, o.args.member) : null;
  };
  for (const o of operations) {
    const name = nameOf(o);
    if (name === null) continue;
    const atom = draft(name, null);
    if (o.type === "alter-login") logins.set(o.args.role, { login: o.args.login, atom: atom.id });
    if (o.type === "grant-membership") given.push(rowOf(o.args, powers.admin));
    if (o.type === "revoke-membership") for (const row of goneRows(snapshot.memberships, taken, o.args)) taken.add(row);
    const gives = o.type === "grant-membership" || (o.type === "alter-login" && o.args.login);
    atom.gives ||= gives;
    atom.takes ||= !gives;
  }
  return { logins, taken, given, nameOf, membershipName };
}

const rowOf = ({ role, member, admin, inherit, set }: Operation<"grant-membership">["args"], grantor: string): MembershipRow => ({
  role,
  member,
  admin,
  inherit,
  set,
  grantor,
});

function goneRows(
  all: readonly MembershipRow[],
  taken: ReadonlySet<MembershipRow>,
  { role, member, grantor, cascade }: Operation<"revoke-membership">["args"],
): MembershipRow[] {
  const own = all.filter((r) => r.role === role && r.member === member && (grantor === null || r.grantor === grantor));
  return cascade ? [...own, ...fallenRows(all, new Set([...taken, ...own]), role, member)] : own;
}

/** What a member passed on goes with a CASCADE when it may pass on no longer (PostgreSQL manual, REVOKE). */
function fallenRows(all: readonly MembershipRow[], taken: ReadonlySet<MembershipRow>, role: string, member: string): MembershipRow[] {
  const passes = all.some((row) => row.role === role && row.member === member && row.admin && !taken.has(row));
  const fallen = passes ? [] : all.filter((row) => row.role === role && row.grantor === member && !taken.has(row));
  const gone = new Set([...taken, ...fallen]);
  return [...fallen, ...fallen.flatMap((row) => fallenRows(all, gone, role, row.member))];
}
