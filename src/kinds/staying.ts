import type { ClusterFacts, Facts } from "../facts/facts.js";
import type { Acl } from "../model/acl.js";
import type { Cell } from "../model/cell.js";
import { NO_SOURCES } from "../model/expanded.js";
import type { Operation } from "../model/operation.js";
import type { PrivilegeSet } from "../model/privileges.js";
import { type Problem, warningProblem } from "../model/problem.js";
import type { Pair } from "../model/resource.js";
import { withStaying } from "../privileges/acl-delta.js";
import type { StayingRow } from "../privileges/acl-revokes.js";
import { granteeKey } from "../privileges/grantee.js";
import { cannotTake, lacksUsage, lendUsage, resetSessionRole, setSessionRole, takeUsageBack } from "../privileges/run-as.js";
import { displayName } from "../privileges/sql.js";
import { withoutOption } from "./column-grants.js";
import { renderBatch } from "./operations.js";
import { toActAs, toPass, toRun, toTake } from "./safe-hint.js";
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

function stayingOf(pair: Pair<"pg.acl">, of: ClusterFacts, grantor: string, rows: readonly StayingRow[], facts: Facts): Staying {
  const wanted = pair.after?.grants;
  const { statements, problem } = reasonOf(pair, of, grantor, rows, facts);
  return {
    delta: of.grants.delta(withStaying(wanted, rows), wanted, NO_SOURCES),
    grantor,
    statements,
    problem,
    names: [...new Set(rows.flatMap((row) => [granteeKey(row.to), row.grantor]))],
    waits: null,
  };
}

/** Why they stay, and what whoever may do it runs. */
function reasonOf(
  pair: Pair<"pg.acl">,
  of: ClusterFacts,
  grantor: string,
  rows: readonly StayingRow[],
  { things }: Facts,
): Pick<Staying, "statements" | "problem"> {
  const { cluster, database, on, cell } = pair.id;
  const { acting, powers } = of;
  const actor = acting.actAs(database, grantor, cell.owner) ?? powers.admin;
  const base = { change: pair.key, site: { cluster, database }, phase: "change", as: actor, rank: 0 } as const;
  const sqlOf = (operation: Operation<"grant" | "revoke">): readonly string[] => renderBatch([operation], things);
  const revokes = rows
    .flatMap((row) => revokesOf(row, pair, of))
    .flatMap((args) => sqlOf({ ...base, type: "revoke", args: { ...args, on, cell } }));
  if (rows.some((row) => row.privileges & acting.hidden(cell, grantor, cell.acl))) {
    const statements = grantor === cell.owner ? revokes : [setSessionRole(grantor), ...revokes, resetSessionRole];
    return { statements, problem: { ...countsAsAnothers(cluster, grantor, actor, statements), ...toRun(of, database, statements) } };
  }
  const plain = [setSessionRole(actor), ...revokes];
  if (powers.reach(actor) === null)
    return { statements: plain, problem: { ...cannotTake(cluster, powers, actor, plain), ...toTake(of, actor, database, plain) } };
  const missing = cell.schemas.filter((schema) => acting.usage(database, schema, actor).type === "none");
  if (missing[0] !== undefined) {
    // Who runs this does it all: what the plan could lend, too.
    const without = cell.schemas.filter((schema) => acting.usage(database, schema, actor).type !== "held");
    const lend = without.map((schema) => lendUsage(schema, [actor]));
    const statements = [...lend, ...plain, resetSessionRole, ...without.map((schema) => takeUsageBack(schema, [actor]))];
    const problem = lacksUsage(cluster, powers, actor, missing[0], statements);
    return { statements, problem: { ...problem, ...toPass(of, database, missing, actor) } };
  }
  if (on.column !== undefined && withoutOption(cell, on.name, of).has(grantor)) {
    const privileges = rows.reduce((set, row) => set | row.privileges, 0);
    const to = [{ role: grantor }];
    const keeps = cell.acl.some((row) => granteeKey(row.grantee) === grantor && row.grantor === cell.owner && row.privileges & privileges);
    const lend = sqlOf({ ...base, type: "grant", args: { on, cell, privileges, grantable: true, to } });
    const take = sqlOf({
      ...base,
      type: "revoke",
      args: { on, cell, grantor: cell.owner, privileges, from: to, optionOnly: keeps, cascade: true },
    });
    const statements = [...lend, ...take];
    const needed = toTake(of, acting.actAs(database, cell.owner, cell.owner) ?? powers.admin, database, statements);
    return { statements, problem: { ...mayNoLonger(cluster, grantor, statements), ...needed } };
  }
  const owner = acting.actAs(database, cell.owner, cell.owner) ?? powers.admin;
  return { statements: plain, problem: { ...takesOthers(pair, of, plain), ...toActAs(of, owner) } };
}

/** A superuser's REVOKE is the owner's. */
const countsAsAnothers = (cluster: string, grantor: string, actor: string, statements: readonly string[]): Problem =>
  warningProblem(
    "cannot-revoke",
    `on cluster ${cluster} ${displayName(grantor)} gave it, and a REVOKE of ${displayName(actor)}, who acts for that, takes what was given by its own grant option.`,
    { hint: `Let a superuser run once: ${statements.join("; ")};` },
  );

/** All that hangs on the lent grant option goes with it. */
const mayNoLonger = (cluster: string, grantor: string, statements: readonly string[]): Problem =>
  warningProblem(
    "cannot-revoke",
    `on cluster ${cluster} ${displayName(grantor)} gave it, and has no grant option any more by which to take it back.`,
    { hint: `Let the owner or a superuser run once: ${statements.join("; ")};` },
  );

/** What was passed on would go with it, and only the owner could give it back. */
const takesOthers = ({ id: { cell, cluster } }: Pair<"pg.acl">, { powers }: ClusterFacts, statements: readonly string[]): Problem =>
  warningProblem(
    "cannot-revoke",
    `on cluster ${cluster} others have it from there, and admin ${displayName(powers.admin)} may not act as owner ${displayName(cell.owner)} to give it back to them.`,
    { hint: `Let a superuser run once, and give it back to the others: ${statements.join("; ")};` },
  );

/** Of a privilege that is wanted without the grant option only that goes. */
function revokesOf({ to, grantor, privileges, grantable }: StayingRow, { after, id: { cell, on } }: Pair<"pg.acl">, of: ClusterFacts) {
  const passedOn = (acl: Acl, option: PrivilegeSet): boolean =>
    acl.some((row) => row.grantor === granteeKey(to) && (row.privileges & option) !== 0);
  const columns = on.column === undefined ? of.columns.of(cell.database, cell.schema, on.name) : [];
  // REVOKE on a table takes what the same grantor gave on its columns, too.
  const inColumn = ({ acl }: Cell): boolean =>
    acl.some((row) => granteeKey(row.grantee) === granteeKey(to) && row.grantor === grantor && passedOn(acl, row.grantable & privileges));
  const cascade = passedOn(cell.acl, grantable) || columns.some((column) => inColumn(column.cell));
  const keeps = after?.grants.find((grant) => granteeKey(grant.to) === granteeKey(to))?.privileges ?? 0;
  const one = (set: number, optionOnly: boolean): Omit<Extract<Operation, { type: "revoke" }>["args"], "on" | "cell">[] =>
    set === 0 ? [] : [{ grantor, privileges: set, from: [to], optionOnly, cascade }];
  return [...one(privileges & ~keeps, false), ...one(privileges & keeps, true)];
}
