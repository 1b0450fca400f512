import type { Grantee } from "../model/acl.js";
import type { Operation, Operations, OpType } from "../model/operation.js";
import type { DefaultAclObjects, ObjectRef, Things } from "../model/thing.js";
import { objectSql } from "../privileges/object-sql.js";
import { granteeSql, privilegesSql, quoteIdent, quoteLiteral } from "../privileges/sql.js";

/** One type of operation that PostgreSQL carries out. */
interface OperationSpec<T extends OpType> {
  /** Within a unit, lower stages run first: on one object revokes come before grants. */
  readonly stage: number;
  /** Operations of one unit, stage and acting role with the same key are rendered together. */
  readonly batchKey: (args: Operations[T]) => string;
  readonly render: (batch: readonly Operations[T][], things: Things) => readonly string[];
}
type SqlOpType = Exclude<OpType, "aws">;

const each = (): string => "";
const list = (names: readonly string[]): string => [...new Set(names)].sort().join(", ");

export const SQL_OPERATIONS: { readonly [T in SqlOpType]: OperationSpec<T> } = {
  "create-role": { stage: 0, batchKey: each, render: (batch) => batch.map((a) => `CREATE ROLE ${quoteIdent(a.role)} NOLOGIN`) },
  "rename-role": {
    stage: 0,
    batchKey: each,
    render: (batch) => batch.map((a) => `ALTER ROLE ${quoteIdent(a.was)} RENAME TO ${quoteIdent(a.role)}`),
  },
  "comment-role": {
    stage: 1,
    batchKey: each,
    render: (batch) =>
      batch.map((a) => `COMMENT ON ROLE ${quoteIdent(a.role)} IS ${a.comment === null ? "NULL" : quoteLiteral(a.comment)}`),
  },
  "revoke-membership": {
    stage: 2,
    batchKey: (a) => JSON.stringify([a.role, a.grantor, a.cascade]),
    render: (batch) =>
      first(batch, (a) => {
        const tail = a.cascade ? " CASCADE" : "";
        const by = a.grantor === null ? "" : ` GRANTED BY ${quoteIdent(a.grantor)}`;
        return [`REVOKE ${quoteIdent(a.role)} FROM ${list(batch.map((o) => quoteIdent(o.member)))}${by}${tail}`];
      }),
  },
  revoke: {
    stage: 3,
    batchKey: (a) => JSON.stringify([a.on.type, columnKey(a.on), a.privileges, a.optionOnly, a.cascade]),
    render: (batch, things) =>
      first(batch, (a) => {
        const what = `${a.optionOnly ? "GRANT OPTION FOR " : ""}`;
        const tail = a.cascade ? " CASCADE" : "";
        return perGrantees(
          batch,
          (o) => o.from,
          (on, from) => `REVOKE ${what}${grantedText(a.privileges, a.on)} ON ${objectList(on, things)} FROM ${from}${tail}`,
        );
      }),
  },
  "revoke-default": {
    stage: 4,
    batchKey: (a) => JSON.stringify([a.creator, a.schema, a.objects, a.privileges]),
    render: (batch) =>
      first(batch, (a) => [
        `${alterDefault(a)} REVOKE ${privilegesSql(a.privileges)} ON ${a.objects.toUpperCase()} FROM ${list(batch.map((o) => granteeSql(o.from)))}`,
      ]),
  },
  grant: {
    stage: 5,
    batchKey: (a) => JSON.stringify([a.on.type, columnKey(a.on), a.privileges, a.grantable]),
    render: (batch, things) =>
      first(batch, (a) => {
        const tail = a.grantable ? " WITH GRANT OPTION" : "";
        return perGrantees(
          batch,
          (o) => o.to,
          (on, to) => `GRANT ${grantedText(a.privileges, a.on)} ON ${objectList(on, things)} TO ${to}${tail}`,
        );
      }),
  },
  "grant-default": {
    stage: 6,
    batchKey: (a) => JSON.stringify([a.creator, a.schema, a.objects, a.privileges]),
    render: (batch) =>
      first(batch, (a) => [
        `${alterDefault(a)} GRANT ${privilegesSql(a.privileges)} ON ${a.objects.toUpperCase()} TO ${list(batch.map((o) => granteeSql(o.to)))}`,
      ]),
  },
  "grant-membership": {
    stage: 7,
    batchKey: (a) => JSON.stringify([a.role, a.admin, a.inherit, a.set, a.options]),
    render: (batch) =>
      first(batch, (a) => [`GRANT ${quoteIdent(a.role)} TO ${list(batch.map((o) => quoteIdent(o.member)))}${membershipOptions(a)}`]),
  },
  "alter-login": {
    stage: 8,
    batchKey: each,
    render: (batch) => batch.map((a) => `ALTER ROLE ${quoteIdent(a.role)} ${a.login ? "LOGIN" : "NOLOGIN"}`),
  },
  "drop-role": { stage: 9, batchKey: each, render: (batch) => batch.map((a) => `DROP ROLE ${quoteIdent(a.role)}`) },
};

function first<A>(batch: readonly A[], render: (head: A) => readonly string[]): readonly string[] {
  const head = batch[0];
  return head === undefined ? [] : render(head);
}

/** All options every time: a GRANT that leaves one out does not reset it (PostgreSQL manual, GRANT). */
function membershipOptions(a: Operations["grant-membership"]): string {
  const word = (on: boolean): string => (on ? "TRUE" : "FALSE");
  if (a.options) return ` WITH ADMIN ${word(a.admin)}, INHERIT ${word(a.inherit)}, SET ${word(a.set)}`;
  return a.admin ? " WITH ADMIN OPTION" : "";
}

function alterDefault(a: { readonly creator: string; readonly schema: string | null; readonly objects: DefaultAclObjects }): string {
  const where = a.schema === null ? "" : ` IN SCHEMA ${quoteIdent(a.schema)}`;
  return `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdent(a.creator)}${where}`;
}

const columnKey = (on: ObjectRef): string => on.column ?? "";

/** `SELECT`, for a column `SELECT ("name")`. */
function grantedText(privileges: number, { column }: ObjectRef): string {
  const words = privilegesSql(privileges);
  if (column === undefined) return words;
  return words
    .split(", ")
    .map((word) => `${word} (${quoteIdent(column)})`)
    .join(", ");
}

/** Objects with the same grantees share a statement; each GRANT rewrites a catalog row, so both sides are lists. */
function perGrantees<A extends { readonly on: ObjectRef }>(
  batch: readonly A[],
  granteesOf: (args: A) => readonly Grantee[],
  statement: (on: readonly ObjectRef[], grantees: string) => string,
): string[] {
  const texts = new Map<readonly Grantee[], string>();
  const byGrantees = new Map<string, ObjectRef[]>();
  for (const args of batch) {
    const grantees = granteesOf(args);
    const names = texts.get(grantees) ?? list(grantees.map(granteeSql));
    texts.set(grantees, names);
    const same = byGrantees.get(names);
    if (same) same.push(args.on);
    else byGrantees.set(names, [args.on]);
  }
  return [...byGrantees].map(([grantees, on]) => statement(on, grantees));
}

const objectList = (on: readonly ObjectRef[], things: Things): string => {
  const [head] = on;
  return head ? `${things[head.type].word} ${on.map(objectSql).join(", ")}` : "";
};

/** The batch key of any SQL operation, with what must not be mixed in front. */
export function batchKeyOf(operation: Exclude<Operation, { type: "aws" }>): string {
  const spec: OperationSpec<never> = SQL_OPERATIONS[operation.type];
  return `${operation.type} ${spec.batchKey(operation.args as never)}`;
}

export const stageOf = (type: SqlOpType): number => SQL_OPERATIONS[type].stage;

/** Renders operations of one type and batch key. */
export function renderBatch(operations: readonly Exclude<Operation, { type: "aws" }>[], things: Things): readonly string[] {
  const head = operations[0];
  if (!head) return [];
  const spec: OperationSpec<never> = SQL_OPERATIONS[head.type];
  return spec.render(
    operations.map((o) => o.args as never),
    things,
  );
}
