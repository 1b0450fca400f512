import type { ClusterFacts, Facts } from "../facts/facts.js";
import type { AttainedGrants } from "../facts/grant-memo.js";
import type { Grant } from "../model/acl.js";
import { NO_SOURCES } from "../model/expanded.js";
import { warningProblem } from "../model/problem.js";
import type { Pair } from "../model/resource.js";
import { cannotActAs, lacksUsage } from "../privileges/run-as.js";
import { renderBatch } from "./operations.js";
import { ownerHint, toActAs, toPass } from "./safe-hint.js";
import type { Staying } from "./spec.js";

/** What the file gives on an object of somebody as whom the admin can never act, or who finds nothing in its schema. */
export function lackingGrants(pair: Pair<"pg.acl">, of: ClusterFacts, { end, wanted, lacks }: AttainedGrants, facts: Facts): Staying {
  const { database, cell, on } = pair.id;
  const owner = of.acting.actAs(database, cell.owner, cell.owner) ?? of.powers.admin;
  const missing = cell.schemas.filter((schema) => of.acting.usage(database, schema, owner).type === "none");
  const statements = lacks.flatMap((lack) => grantsOf(lack, pair, facts));
  const problem =
    of.powers.reach(owner) === null
      ? warningProblem("cannot-act-as", cannotActAs(of.name, of.powers, owner), {
          hint: ownerHint(of, cell, on, statements, facts.things),
          ...toActAs(of, owner),
        })
      : { ...lacksUsage(of.name, of.powers, owner, missing[0] ?? "", statements), ...toPass(of, database, missing, owner) };
  return {
    delta: of.grants.delta(end, wanted, NO_SOURCES),
    grantor: cell.owner,
    statements,
    problem,
    names: [],
    waits: null,
  };
}

/** A superuser's GRANT is the owner's, whoever the owner is. */
function grantsOf({ to, privileges, grantable }: Grant, { key, id }: Pair<"pg.acl">, { things }: Facts): readonly string[] {
  const { cluster, database, on, cell } = id;
  const base = { change: key, site: { cluster, database }, phase: "change", as: null, rank: 0, type: "grant" } as const;
  const one = (set: number, option: boolean): readonly string[] =>
    set === 0 ? [] : renderBatch([{ ...base, args: { on, cell, privileges: set, grantable: option, to: [to] } }], things);
  return [...one(privileges & ~grantable, false), ...one(grantable, true)];
}
