import { type Cell, type CellObject, objectOf } from "../model/cell.js";
import type { DeclaredGrant } from "../model/declared.js";
import { keyOf } from "../model/key.js";
import type { Id, Members, Resource } from "../model/resource.js";
import type { ClusterSnapshot, ObjectGroup } from "../model/snapshot.js";
import { localName, type Things } from "../model/thing.js";

/** What the file names literally in one database: local names by family and schema. */
type Named = ReadonlyMap<string, ReadonlySet<string>>;
type Group = Omit<Cell, "database" | "family" | "literal">;

/** Where entries of the file and objects of the server meet: `table/pgdemo`. A schema's name may hold anything but is the last part. */
export const familyKey = (family: string, schema: string | null): string => `${family}/${schema ?? ""}`;

/** All objects of the declared databases that were read, in groups of what is decided alike. Work in proportion to distinct ACLs. */
export function cellsOf(things: Things, snapshot: ClusterSnapshot, grants: readonly DeclaredGrant[]): Cell[] {
  const schemasOf = internedSchemas();
  return [...snapshot.inspected.values()].flatMap((database) => {
    const named = namedIn(
      things,
      grants.filter((grant) => grant.database === database.name),
    );
    const split = (group: Group): Cell[] => splitCell(things, database.name, group, named);
    const head = snapshot.databases.get(database.name);
    return [
      ...(head
        ? split({ type: "database", schema: null, schemas: NO_SCHEMA, owner: head.owner, acl: head.acl, extension: false, objects: [head] })
        : []),
      ...[...database.schemas.values()].flatMap((schema) =>
        split({
          type: "schema",
          schema: null,
          schemas: NO_SCHEMA,
          owner: schema.owner,
          acl: schema.acl,
          extension: false,
          objects: [schema],
        }),
      ),
      ...database.groups.flatMap((group) => split({ ...group, schemas: schemasOf(group), objects: objectsOf(group) })),
    ];
  });
}

const NO_SCHEMA: readonly string[] = [];

/** Equal lists are one value: what is worked out for a place is found by it. */
function internedSchemas(): (group: ObjectGroup) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return ({ schema, typeSchemas = NO_SCHEMA }) => {
    const key = JSON.stringify([schema, typeSchemas]);
    const schemas = known.get(key) ?? [schema, ...typeSchemas];
    known.set(key, schemas);
    return schemas;
  };
}

function namedIn(things: Things, grants: readonly DeclaredGrant[]): Named {
  const named = new Map<string, Set<string>>();
  for (const { on } of grants) {
    if (on.name === null) continue;
    const key = familyKey(things[on.type].family, on.schema);
    const names = named.get(key) ?? new Set();
    named.set(key, names.add(localName({ name: on.name, ...(on.args === null ? {} : { args: on.args }) })));
  }
  return named;
}

/** A column's table is what the rest of the code calls its name. */
const objectsOf = ({ objects }: ObjectGroup): readonly CellObject[] =>
  objects[0]?.table === undefined ? objects : objects.map(({ name, table = "" }) => ({ name: table, column: name }));

/** Those that are named become cells of their own. */
function splitCell(things: Things, database: string, group: Group, named: Named): Cell[] {
  const { type, schema, schemas, objects, owner, acl, extension } = group;
  const { family } = things[type];
  const cell = (list: readonly CellObject[], literal: boolean): Cell => ({
    database,
    type,
    family,
    schema,
    schemas,
    owner,
    acl,
    extension,
    literal,
    objects: list,
  });
  const names = named.get(familyKey(family, schema));
  if (!names) return [cell(objects, false)];
  const literal = objects.filter((object) => names.has(localName(object)));
  const rest = literal.length === 0 ? objects : objects.filter((object) => !names.has(localName(object)));
  return [...(rest.length > 0 ? [cell(rest, false)] : []), ...literal.map((object) => cell([object], true))];
}

/** The resource that stands for a cell: that of its first object, with the others as members. */
export function cellResource(
  cluster: string,
  cell: Cell,
  attrs: Resource<"pg.acl">["attrs"],
): Resource<"pg.acl"> & { readonly members: Members<"pg.acl"> } {
  const member = (object: CellObject): Pick<Resource<"pg.acl">, "key" | "id"> => {
    const id: Id<"pg.acl"> = { cluster, database: cell.database, on: objectOf(cell, object), cell };
    return { key: keyOf("pg.acl", id), id };
  };
  const [first = { name: "" }] = cell.objects;
  return {
    ...member(first),
    attrs,
    members: {
      count: cell.objects.length,
      *each() {
        for (const object of cell.objects) yield member(object);
      },
    },
  };
}
