import type { Acl } from "../model/acl.js";
import type { Cell, CellObject } from "../model/cell.js";

/** Columns with an ACL of their own, and their tables. */
export interface Columns {
  readonly of: (database: string, schema: string | null, table: string) => readonly { readonly cell: Cell; readonly object: CellObject }[];
  /** The ACL of a column's table. */
  readonly tableAcl: (column: Cell, table: string) => Acl;
}

/** Worked out when it is first asked: most databases have none. */
export function createColumns(cells: readonly Cell[]): Columns {
  let known: ReadonlyMap<string, { cell: Cell; object: CellObject }[]> | null = null;
  return {
    of: (database, schema, table) => {
      known ??= byTable(cells);
      return known.get(keyOf(database, schema, table)) ?? NONE;
    },
    tableAcl: ({ database, schema }, table) => {
      const isIt = (cell: Cell): boolean => cell.database === database && cell.schema === schema && cell.family === "table";
      return cells.find((cell) => isIt(cell) && cell.objects.some((object) => object.name === table))?.acl ?? NONE;
    },
  };
}
const NONE: readonly never[] = [];

const keyOf = (database: string, schema: string | null, table: string): string => JSON.stringify([database, schema, table]);

function byTable(cells: readonly Cell[]): Map<string, { cell: Cell; object: CellObject }[]> {
  const found = new Map<string, { cell: Cell; object: CellObject }[]>();
  for (const cell of cells.filter(({ type }) => type === "column")) {
    for (const object of cell.objects) {
      const key = keyOf(cell.database, cell.schema, object.name);
      found.set(key, [...(found.get(key) ?? []), { cell, object }]);
    }
  }
  return found;
}
