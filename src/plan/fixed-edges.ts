import type { Atom, Atoms } from "../access/atoms.js";
import type { Edge } from "../access/constraints.js";
import type { Operation } from "../model/operation.js";
import { granteeKey } from "../privileges/grantee.js";
import { RDS_IAM } from "../privileges/system-roles.js";
import type { AwsDraft } from "./aws-units.js";
import type { Lockout } from "./lockout.js";

/** Edges that do not come from who reaches what. */

/** Calls of a component have an order of their own (aws-units.ts). */
export const callEdges = (atoms: Atoms, aws: readonly AwsDraft[]): Edge[] =>
  aws.flatMap((unit) =>
    aws.flatMap((before): Edge[] =>
      unit.draft.after.has(before.draft) ? [{ first: atoms.aws(before.name), second: atoms.aws(unit.name), why: "server" }] : [],
    ),
  );

/** What each must come before the other is one transaction. */
export const tied = (list: readonly Atom[]): Edge[] => {
  const own = list.filter(({ aws }) => aws === null);
  return own.map(({ id }, i) => ({ first: id, second: own[(i + 1) % own.length]?.id ?? id, why: "server" }));
};

/** What somebody passed on of a column goes before the table's REVOKE, which would fail over it, whatever units these fall into. */
export function columnEdges(atoms: Atoms, core: readonly Operation[]): Edge[] {
  const tables = new Map<string, Operation<"revoke">[]>();
  const columns: Operation<"revoke">[] = [];
  for (const o of core) {
    if (o.type !== "revoke") continue;
    if (o.args.on.column !== undefined) columns.push(o);
    else tables.set(placeOf(o), [...(tables.get(placeOf(o)) ?? []), o]);
  }
  return columns.flatMap((column) =>
    (tables.get(placeOf(column)) ?? []).flatMap((table) =>
      column.args.from.flatMap((grantee): Edge[] => {
        const isToo = table.args.from.some((other) => granteeKey(other) === granteeKey(grantee));
        const [first, second] = [atoms.of(column, grantee), atoms.of(table, grantee)];
        return isToo && first !== second ? [{ first, second, why: "server" }] : [];
      }),
    ),
  );
}

const placeOf = ({ args: { cell, on } }: Operation<"revoke">): string => JSON.stringify([cell.database, on.schema, on.name]);

/** What may lock out, too, comes after the probes, or they would prove nothing. */
export function probeEdges(atoms: Atoms, core: readonly Operation[], { probes, later }: Lockout): Edge[] {
  const isCore = new Set(core);
  const ids = (operations: readonly Operation[]): number[] => operations.filter((o) => isCore.has(o)).map((o) => atoms.of(o, null));
  const firsts = ids(probes.map(({ operation }) => operation));
  return ids(later).flatMap((second) => firsts.map((first): Edge => ({ first, second, why: "server" })));
}

/** A role with a password could use it where it may log in and is no member of rds_iam: it never may for the moment of an apply. */
export function tokenEdges(atoms: Atoms, core: readonly Operation[]): Edge[] {
  const logins = new Map(core.flatMap((o) => (o.type === "alter-login" ? [[o.args.role, o] as const] : [])));
  return core.flatMap((o): Edge[] => {
    if ((o.type !== "grant-membership" && o.type !== "revoke-membership") || o.args.role !== RDS_IAM) return [];
    const login = logins.get(o.args.member);
    if (login?.type !== "alter-login" || login.args.login !== (o.type === "grant-membership")) return [];
    const [member, may] = [atoms.of(o, null), atoms.of(login, null)];
    return [{ ...(login.args.login ? { first: member, second: may } : { first: may, second: member }), why: "safety" }];
  });
}

/** At no moment is anything given while anything is still to be taken; what does both comes between. */
export const takesFirst = ({ list }: Atoms): Edge[] =>
  list.flatMap((give) =>
    give.gives
      ? list.flatMap((take): Edge[] =>
          take.takes && !(take.gives && give.takes) ? [{ first: take.id, second: give.id, why: "safety" }] : [],
        )
      : [],
  );
