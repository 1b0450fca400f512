import { type Problem, warningProblem } from "../model/problem.js";
import type { Powers } from "./powers.js";
import { displayName, quoteIdent, quoteLiteral } from "./sql.js";

/** Once per unit and role, in front of its first statement: makes SET ROLE possible. Undone by `undoSelfGrant` in the same transaction. */
export function selfGrant(powers: Powers, role: string): string[] {
  if (powers.reach(role) !== "self-grant") return [];
  const options = powers.options ? " WITH INHERIT TRUE, SET TRUE" : "";
  return [`GRANT ${quoteIdent(role)} TO ${quoteIdent(powers.admin)}${options}`];
}

/** Leaves what was there before: a row that the self-grant changed gets its options back. */
export function undoSelfGrant(powers: Powers, role: string): string[] {
  if (powers.reach(role) !== "self-grant") return [];
  const row = powers.options ? powers.ownRow(role) : undefined;
  if (!row) return [`REVOKE ${quoteIdent(role)} FROM ${quoteIdent(powers.admin)}`];
  const word = (on: boolean): string => (on ? "TRUE" : "FALSE");
  return [`GRANT ${quoteIdent(role)} TO ${quoteIdent(powers.admin)} WITH INHERIT ${word(row.inherit)}, SET ${word(row.set)}`];
}

export const setRole = (role: string): string => `SET LOCAL ROLE ${quoteIdent(role)}`;
/** Outside a transaction of ours: for a person at psql. */
export const setSessionRole = (role: string): string => `SET ROLE ${quoteIdent(role)}`;
export const resetRole = "SET LOCAL ROLE NONE";
export const resetSessionRole = "RESET ROLE";

/** For a moment, where whoever must act finds nothing in the schema. */
export const lendUsage = (schema: string, to: readonly string[]): string =>
  `GRANT USAGE ON SCHEMA ${quoteIdent(schema)} TO ${to.map(quoteIdent).join(", ")}`;
export const takeUsageBack = (schema: string, from: readonly string[]): string =>
  `REVOKE USAGE ON SCHEMA ${quoteIdent(schema)} FROM ${from.map(quoteIdent).join(", ")}`;

const GUARD = "SELECT pg_catalog.concat('the privileges of schema ', n.nspname, ' changed since the plan: run it again')::pg_catalog.int4";
/** Fails (22P02) where a role was given meanwhile what would be lent to it: to take that back would take what somebody gave. */
export const lendsNothingGiven = (schema: string, to: readonly string[]): string =>
  `${GUARD} FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a WHERE n.nspname = ${quoteLiteral(schema)} AND a.privilege_type = 'USAGE' AND pg_catalog.pg_get_userbyid(a.grantee) IN (${to.map(quoteLiteral).join(", ")})`;
export const isLendingGuard = (sql: string): boolean => sql.startsWith(GUARD);

/** Only its owner can give it, and the admin can never be that. */
export const cannotActAs = (cluster: string, powers: Powers, owner: string): string =>
  `on cluster ${cluster} admin ${displayName(powers.admin)} may not act as ${displayName(owner)}, who would have to give it.`;

/** Whoever must act finds nothing in the schema, and nobody at hand can change that. */
export const lacksUsage = (cluster: string, powers: Powers, role: string, schema: string, statements: readonly string[]): Problem =>
  warningProblem(
    "lacks-usage",
    `on cluster ${cluster} ${displayName(role)} has no USAGE on schema ${displayName(schema)} to act there, and admin ${displayName(powers.admin)} may not give it.`,
    { hint: `Let a superuser run once: ${statements.join("; ")};` },
  );

/** Somebody gave it as whom the admin can never act: only that role, or a superuser, can take it away. */
export const cannotTake = (cluster: string, powers: Powers, grantor: string, statements: readonly string[]): Problem =>
  warningProblem(
    "cannot-revoke",
    `on cluster ${cluster} ${displayName(grantor)} gave it, and admin ${displayName(powers.admin)} may not act as that.`,
    {
      hint: `Let a superuser run once: ${statements.join("; ")};`,
    },
  );
