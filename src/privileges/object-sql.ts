import type { ObjectRef } from "../model/thing.js";
import { displayName, quoteIdent } from "./sql.js";

/**
 * The object as GRANT names it: `"pgdemo"."products"`; a column stands in front of ON, so this is its table. From 14 on `p(integer, integer)`
 * may mean `p(integer, OUT integer)` as well, unless a mode is written (parse_func.c, LookupFuncWithArgs): then only what goes in counts.
 */
export function objectSql({ schema, name, args }: ObjectRef): string {
  const full = schema === undefined ? quoteIdent(name) : `${quoteIdent(schema)}.${quoteIdent(name)}`;
  return args === undefined ? full : `${full}(${args === "" ? "" : `IN ${args}`})`;
}

/** As a person writes it: `pgdemo.products`, `s.f(integer)`, `s.t.c`. */
export function objectName({ schema, name, column, args }: ObjectRef): string {
  const parts = [...(schema === undefined ? [] : [schema]), name, ...(column === undefined ? [] : [column])];
  return `${parts.map(displayName).join(".")}${args === undefined ? "" : `(${args})`}`;
}
