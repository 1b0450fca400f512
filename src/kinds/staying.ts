import { actAs, type ClusterFacts, type Facts } from "../facts/facts.js";
import { NO_SOURCES } from "../model/expanded.js";
import type { Operation } from "../model/operation.js";
import { type Problem, warningProblem } from "../model/problem.js";
import type { Pair } from "../model/resource.js";
import { withStaying } from "../privileges/acl-delta.js";
import type { StayingRow } from "../privileges/acl-revokes.js";
import { granteeKey } from "../privileges/grantee.js";
import { cannotTake, setSessionRole } from "../privileges/run-as.js";
import { displayName } from "../privileges/sql.js";
import { renderBatch } from "./operations.js";
import type { Staying } from "./spec.js";

/** Rows of one object's ACL that stay, by who gave them. */
export function stayingRows(pair: Pair<"pg.acl">, of: ClusterFacts, rows: readonly StayingRow[], facts: Facts): Staying[] {
  const grantors = [...new Set(rows.map((row) => row.grantor))];
  return grantors.map((grantor) =>
    stayingOf(
      pair,
      of,
      grantor,
      rows.filter((row) => row.grantor === grantor),
      facts,
    ),
  );
}

function stayingOf(pair: Pair<"pg.acl">, of: ClusterFacts, grantor: string, rows: readonly StayingRow[], { things }: Facts): Staying {
  const { cluster, database, on, cell } = pair.id;
  const wanted = pair.after?.grants;
  const actor = actAs(of, database, grantor, cell.owner) ?? of.powers.admin;
  const revokes = rows.flatMap((row) => revokesOf(row, pair).map((args) => ({ ...args, on, cell })));
  const base = { change: pair.key, site: { cluster, database }, phase: "change", as: actor, rank: 0, type: "revoke" } as const;
  const statements = [setSessionRole(actor), ...revokes.flatMap((args) => renderBatch([{ ...base, args }], things))];
  return {
    delta: of.grants.delta(withStaying(wanted, rows), wanted, NO_SOURCES),
    grantor,
    statements,
    problem: of.powers.reach(actor) === null ? cannotTake(cluster, of.powers, actor, statements) : takesOthers(pair, of, statements),
    names: [...new Set(rows.flatMap((row) => [granteeKey(row.to), row.grantor]))],
    waits: null,
  };
}

/** What was passed on would go with it, and only the owner could give it back. */
const takesOthers = ({ id: { cell, cluster } }: Pair<"pg.acl">, { powers }: ClusterFacts, statements: readonly string[]): Problem =>
  warningProblem(
    "cannot-revoke",
    `on cluster ${cluster} others have it from there, and admin ${displayName(powers.admin)} may not act as owner ${displayName(cell.owner)} to give it back to them.`,
    { hint: `Let a superuser run once, and give it back to the others: ${statements.join("; ")};` },
  );

/** Of a privilege that is wanted without the grant option only that goes. */
function revokesOf({ to, grantor, privileges, grantable }: StayingRow, { after, id: { cell } }: Pair<"pg.acl">) {
  const cascade = cell.acl.some((row) => row.grantor === granteeKey(to) && row.privileges & grantable);
  const keeps = after?.grants.find((grant) => granteeKey(grant.to) === granteeKey(to))?.privileges ?? 0;
  const one = (set: number, optionOnly: boolean): Omit<Extract<Operation, { type: "revoke" }>["args"], "on" | "cell">[] =>
    set === 0 ? [] : [{ grantor, privileges: set, from: [to], optionOnly, cascade }];
  return [...one(privileges & ~keeps, false), ...one(privileges & keeps, true)];
}
