import type { Acl } from "./acl.js";
import type { ObjectRef, ObjectType } from "./thing.js";

/**
 * Objects of one type, schema, owner and ACL that the file treats alike: what is decided for one holds for all. The server groups them;
 * one that the file names literally is a cell of its own.
 */
export interface Cell {
  readonly database: string;
  readonly type: ObjectType;
  /** The type whose entries in the file cover it. */
  readonly family: ObjectType;
  readonly schema: string | null;
  /** Whoever grants looks its name up in all of these: its schema, and those of the types of a routine's arguments. */
  readonly schemas: readonly string[];
  readonly owner: string;
  readonly acl: Acl;
  /** Members of an extension are compared only where the file names them literally. */
  readonly extension: boolean;
  readonly literal: boolean;
  readonly objects: readonly CellObject[];
}
/** The parts of an object's name that a cell does not hold. */
export type CellObject = Pick<ObjectRef, "name" | "column" | "args">;

export const objectOf = ({ type, schema }: Pick<Cell, "type" | "schema">, { name, column, args }: CellObject): ObjectRef => ({
  type,
  ...(schema === null ? {} : { schema }),
  name,
  ...(column === undefined ? {} : { column }),
  ...(args === undefined ? {} : { args }),
});
