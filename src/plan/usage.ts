import type { Atoms } from "../access/atoms.js";
import type { AclOperation } from "../access/classes.js";
import type { Edge } from "../access/constraints.js";
import type { ClusterFacts } from "../facts/facts.js";
import type { Grantee } from "../model/acl.js";
import type { Cell } from "../model/cell.js";
import type { Operation } from "../model/operation.js";
import { privilegeSet } from "../model/privileges.js";
import type { Things } from "../model/thing.js";
import { playRevoke } from "../privileges/acl-play.js";
import { granteeKey } from "../privileges/grantee.js";

/** Who acts on things of a schema, and whose USAGE there is lent for the moment, or is what the plan takes. */
export interface Stake {
  readonly schema: string;
  readonly actor: string;
  /** Who lends it (null: the admin itself); undefined: it is there. */
  readonly lender: string | null | undefined;
  /** What is done as that role. */
  readonly acts: readonly AclOperation[];
  /** What takes USAGE on the schema, or gives it to that role: none of it may come before. */
  readonly moves: readonly AclOperation[];
}

const USAGE = privilegeSet(["usage"]);

/** The schema's ACL is as it was read while anybody acts in it: so what is lent is known, and taken back without taking more. */
export function usageAtStake(operations: readonly Operation[], cluster: ClusterFacts, things: Things): Stake[] {
  const moves = schemaMoves(operations);
  const stakes = [...actsByCell(operations, things)].flatMap(([cell, byRole]) =>
    [...byRole].flatMap(([as, acts]) =>
      cell.schemas.map((schema) => stakeOf(cluster, { database: cell.database, schema }, as ?? cluster.powers.admin, acts, moves)),
    ),
  );
  return stakes.flatMap((stake) => stake ?? []);
}

/** What acts goes before what moves the USAGE that it needs, whatever units these fall into. */
export function usageEdges(operations: readonly Operation[], cluster: ClusterFacts, atoms: Atoms, things: Things): Edge[] {
  const atomsOf = (operation: AclOperation): Set<number> => new Set(granteesOf(operation).map((grantee) => atoms.of(operation, grantee)));
  const edges = new Map<string, Edge>();
  for (const { acts, moves } of usageAtStake(operations, cluster, things)) {
    const firsts = new Set(moves.length === 0 ? [] : acts.flatMap((act) => [...atomsOf(act)]));
    const seconds = new Set(moves.flatMap((move) => [...atomsOf(move)]));
    for (const first of firsts)
      for (const second of seconds) if (first !== second) edges.set(`${first} ${second}`, { first, second, why: "server" });
  }
  return [...edges.values()];
}

const granteesOf = ({ args }: AclOperation): readonly Grantee[] => ("to" in args ? args.to : args.from);

function stakeOf(
  { acting, powers }: ClusterFacts,
  { database, schema }: { readonly database: string; readonly schema: string },
  actor: string,
  acts: readonly AclOperation[],
  moves: ReadonlyMap<string, readonly AclOperation[]>,
): Stake | null {
  if (powers.reach(actor) === null) return null;
  const usage = acting.usage(database, schema, actor);
  const own = moves.get(JSON.stringify([database, schema])) ?? [];
  const takes = own.filter(({ type }) => type === "revoke");
  const gives = own.filter(({ args }) => "to" in args && args.to.some((to) => granteeKey(to) === actor));
  const stake = { schema, actor, acts };
  if (usage.type === "lent") return { ...stake, lender: usage.by, moves: [...takes, ...gives] };
  const [head] = takes;
  if (!head || acting.usage(database, schema, actor, aclAfter(head.args.cell, takes, acting.inherits(database))).type === "held")
    return null;
  return { ...stake, lender: undefined, moves: takes };
}

const aclAfter = ({ acl, owner }: Cell, takes: readonly AclOperation[], inherits: (role: string, other: string) => boolean) =>
  [...takes]
    .sort((a, b) => a.rank - b.rank)
    .reduce((rest, { args }) => ("from" in args ? playRevoke(rest, { owner, inherits }, args) : rest), acl);

/** By database and schema. */
function schemaMoves(operations: readonly Operation[]): Map<string, AclOperation[]> {
  const found = new Map<string, AclOperation[]>();
  for (const operation of operations) {
    if (!isOnSchema(operation) || !(operation.args.privileges & USAGE)) continue;
    const { cell, on } = operation.args;
    const key = JSON.stringify([cell.database, on.name]);
    found.set(key, [...(found.get(key) ?? []), operation]);
  }
  return found;
}

export const isOnSchema = (o: Operation): o is AclOperation => (o.type === "grant" || o.type === "revoke") && o.args.on.type === "schema";

function actsByCell(operations: readonly Operation[], things: Things): Map<Cell, Map<string | null, AclOperation[]>> {
  const found = new Map<Cell, Map<string | null, AclOperation[]>>();
  for (const o of operations) {
    if ((o.type !== "grant" && o.type !== "revoke") || things[o.args.on.type].gate !== "schema") continue;
    const byRole = found.get(o.args.cell) ?? new Map<string | null, AclOperation[]>();
    found.set(o.args.cell, byRole);
    const list = byRole.get(o.as);
    if (list) list.push(o);
    else byRole.set(o.as, [o]);
  }
  return found;
}
