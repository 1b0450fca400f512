import { type ClusterFacts, clusterOf, type Facts } from "../facts/facts.js";
import type { AttainedGrants } from "../facts/grant-memo.js";
import type { Operation } from "../model/operation.js";
import type { Pair } from "../model/resource.js";
import { outOfHand } from "./column-grants.js";
import { lackingGrants } from "./lacking.js";
import type { Around, Attained } from "./spec.js";
import { stayingRows } from "./staying.js";

type AclPair = Pair<"pg.acl">;

/** The statements that lead as near to what is wanted on one object as can be, what stays of it, and what nobody can give. */
export function attainAcl(pair: AclPair, facts: Facts, around: Around): Attained<"pg.acl"> {
  const of = clusterOf(facts, pair.id.cluster);
  const attained = attainedGrants(pair, of, around);
  const { stays, lacks, end } = attained;
  return {
    end: end && { grants: end },
    operations: operationsOf(pair, of, attained),
    stays: [
      ...(stays.length === 0 ? [] : stayingRows(pair, of, stays, facts)),
      ...(lacks.length === 0 ? [] : [lackingGrants(pair, of, attained, facts)]),
    ],
  };
}

function attainedGrants(pair: AclPair, of: ClusterFacts, around: Around): AttainedGrants {
  const { database, cell } = pair.id;
  const on = { database, schemas: cell.schemas, owner: cell.owner, acl: cell.acl };
  const [before, after] = [pair.before?.grants, pair.after?.grants];
  const grantors = outOfHand(pair, of, around);
  return grantors.size === 0 ? of.grants.attain(on, before, after) : of.grants.attainWithout(on, grantors, before, after);
}

/** Of a column they come first: REVOKE on its table takes them too, and fails where something was passed on of them. */
const COLUMN_FIRST = 1000;

function operationsOf({ key, id }: AclPair, of: ClusterFacts, { revokes, grants }: AttainedGrants): Operation[] {
  const { cluster, database, on, cell } = id;
  const base = { change: key, site: { cluster, database }, phase: "change" } as const;
  const actAs = (role: string): string | null => of.acting.actAs(database, role, cell.owner);
  const early = on.column === undefined ? 0 : COLUMN_FIRST;
  return [
    ...revokes.map((r): Operation => {
      const args = { on, cell, grantor: r.grantor, privileges: r.privileges, from: r.from, optionOnly: r.optionOnly, cascade: r.cascade };
      return { ...base, type: "revoke", as: actAs(r.grantor), rank: -r.depth - early, args };
    }),
    ...grants.map((g): Operation => {
      const args = { on, cell, privileges: g.privileges, grantable: g.grantable, to: g.to };
      return { ...base, type: "grant", as: actAs(cell.owner), rank: 1, args };
    }),
  ];
}
