import type { ClusterFacts, Facts } from "../facts/facts.js";
import type { Acl, Grantee } from "../model/acl.js";
import { type Cell, objectOf } from "../model/cell.js";
import type { Operation } from "../model/operation.js";
import type { Key } from "../model/resource.js";
import { localName, type ObjectType, type Thing } from "../model/thing.js";
import { playGrant, playRevoke } from "../privileges/acl-play.js";

export type AclOperation = Operation<"grant" | "revoke">;
export type DefaultOperation = Operation<"grant-default" | "revoke-default">;

/** Things on which the same is held, and of which the same operations make the same: what is proved for one holds for all. */
export interface ThingClass {
  readonly database: string;
  /** Of an object; of later ones, the type that they will have. */
  readonly type: ObjectType;
  /** The schema whose USAGE is needed; null: it stands in none. */
  readonly schema: string | null;
  readonly owner: string;
  readonly before: Acl;
  readonly after: Acl;
  /** What is done to one of them; empty: nothing changes. */
  readonly template: readonly (AclOperation | DefaultOperation)[];
  /** Keys of the changes, one for each of them; empty: nothing changes. */
  readonly keys: readonly Key[];
  readonly count: number;
  /** The first of them, in the order of their names. */
  readonly examples: (most: number) => readonly [Thing, ...Thing[]];
}

/** All things of a cluster in classes: those that change, and the rest of their cells. */
export function classesOf({ things }: Facts, cluster: ClusterFacts, operations: readonly Operation[]): ThingClass[] {
  const byChange = new Map<Key, AclOperation[]>();
  const defaults = new Map<Key, DefaultOperation[]>();
  for (const operation of operations) {
    if (operation.type === "grant" || operation.type === "revoke") push(byChange, operation.change, operation);
    else if (operation.type === "grant-default" || operation.type === "revoke-default") push(defaults, operation.change, operation);
  }
  const thingOf: ThingOf = (cell, object) => ({
    type: "object",
    server: cluster.server,
    site: things[cell.type].scope === "cluster" ? "cluster" : { database: cell.database },
    of: objectOf(cell, object),
  });
  const changed = changedClasses(cluster, byChange, thingOf);
  return [...changed.values()].flatMap(({ list }) => list).concat(restOf(cluster, changed, thingOf), laterClasses(cluster, defaults));
}

const push = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
};

type ThingOf = (cell: Cell, object: Cell["objects"][number]) => Thing;

interface Changed {
  readonly list: ThingClass[];
  /** Local names of the objects that change. */
  readonly names: Set<string>;
}

function changedClasses(cluster: ClusterFacts, byChange: ReadonlyMap<Key, readonly AclOperation[]>, thingOf: ThingOf): Map<Cell, Changed> {
  const signature = signatures();
  const groups = new Map<Cell, Map<string, { template: readonly AclOperation[]; keys: Key[]; heads: AclOperation[] }>>();
  for (const [key, own] of byChange) {
    const [head] = own;
    if (!head) continue;
    const classes = groups.get(head.args.cell) ?? new Map();
    groups.set(head.args.cell, classes);
    const text = own.map(signature).join("|");
    const known = classes.get(text) ?? { template: own, keys: [], heads: [] };
    classes.set(text, known);
    known.keys.push(key);
    known.heads.push(head);
  }
  const changed = new Map<Cell, Changed>();
  for (const [cell, classes] of groups) {
    const list = [...classes.values()].map(({ template, keys, heads }): ThingClass => {
      const things = (): Thing[] => heads.map(({ args: { on } }) => thingOf(cell, on));
      return {
        ...placeOf(cell),
        after: playAll(cluster, cell, template),
        template,
        keys,
        count: keys.length,
        examples: (n) => firstOf(things, n),
      };
    });
    const names = new Set([...classes.values()].flatMap(({ heads }) => heads.map(({ args: { on } }) => nameOf(on))));
    changed.set(cell, { list, names });
  }
  return changed;
}

/** Lists of grantees are shared by all objects that change alike: they are told apart by what they are, not by what they hold. */
function signatures(): (operation: AclOperation) => string {
  const ids = new Map<readonly Grantee[], number>();
  const idOf = (list: readonly Grantee[]): number => {
    const id = ids.get(list) ?? ids.size;
    ids.set(list, id);
    return id;
  };
  return ({ type, as, rank, args }) =>
    "to" in args
      ? `${rank} ${type} ${as} ${args.privileges} ${args.grantable} ${idOf(args.to)}`
      : `${rank} ${type} ${args.grantor} ${args.privileges} ${args.optionOnly} ${args.cascade} ${idOf(args.from)}`;
}

const placeOf = (cell: Cell) => ({
  database: cell.database,
  type: cell.type,
  schema: cell.schema,
  owner: cell.owner,
  before: cell.acl,
});

const nameOf = ({ name, column, args }: Cell["objects"][number]): string =>
  `${localName({ name, ...(args === undefined ? {} : { args }) })}.${column ?? ""}`;

function playAll(cluster: ClusterFacts, cell: Cell, template: readonly AclOperation[]): Acl {
  const on = { owner: cell.owner, inherits: cluster.acting.inherits(cell.database) };
  // In the order in which they run: by rank, whatever role each runs as.
  const sorted = [...template].sort((a, b) => a.rank - b.rank);
  return sorted.reduce((acl, { args }) => ("to" in args ? playGrant(acl, cell.owner, args) : playRevoke(acl, on, args)), cell.acl);
}

const firstOf = (things: () => readonly Thing[], most: number): readonly [Thing, ...Thing[]] => {
  const sorted = [...things()].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1)).slice(0, most);
  const [first, ...rest] = sorted;
  if (!first) throw new Error("a class without things");
  return [first, ...rest];
};
const textOf = (thing: Thing): string => (thing.type === "object" ? nameOf(thing.of) : "");

/** What of each cell does not change. */
function restOf(cluster: ClusterFacts, changed: ReadonlyMap<Cell, Changed>, thingOf: ThingOf): ThingClass[] {
  return cluster.cells.flatMap((cell): ThingClass[] => {
    const names = changed.get(cell)?.names;
    const count = cell.objects.length - (names?.size ?? 0);
    if (count === 0) return [];
    const things = (): Thing[] => cell.objects.filter((o) => !names?.has(nameOf(o))).map((o) => thingOf(cell, o));
    return [{ ...placeOf(cell), after: cell.acl, template: [], keys: [], count, examples: (n) => firstOf(things, n) }];
  });
}

const LATER_TYPE = { tables: "table", sequences: "sequence", routines: "routine", types: "routine", schemas: "schema" } as const;

/** What a creator makes later is a thing, too: whoever may read it then is said now. */
function laterClasses(cluster: ClusterFacts, byChange: ReadonlyMap<Key, readonly DefaultOperation[]>): ThingClass[] {
  const id = (database: string, creator: string, schema: string | null, objects: string): string =>
    JSON.stringify([database, creator, schema, objects]);
  const live = new Map(
    [...cluster.snapshot.inspected.values()].flatMap((database) =>
      database.defaultAcls.map((row) => [id(database.name, row.creator, row.schema, row.objects), { database: database.name, ...row }]),
    ),
  );
  const changed = new Map([...byChange].map(([key, own]) => [placeOfDefault(own[0]), { key, own }] as const));
  const places = new Map([...live].map(([place, row]) => [place, row] as const));
  for (const [place, { own }] of changed) {
    const [head] = own;
    if (head && "database" in head.site && !places.has(place)) places.set(place, { database: head.site.database, ...head.args, acl: [] });
  }
  return [...places].flatMap(([place, { database, creator, schema, objects, acl }]): ThingClass[] => {
    const change = changed.get(place);
    const template = change?.own ?? [];
    const thing: Thing = { type: "later", server: cluster.server, database, creator, schema, objects };
    const type = LATER_TYPE[objects as keyof typeof LATER_TYPE] ?? "table";
    const after = playDefaults(acl, creator, template);
    const keys = change ? [change.key] : [];
    return [{ database, type, schema, owner: creator, before: acl, after, template, keys, count: 1, examples: () => [thing] }];
  });

  function placeOfDefault(head: DefaultOperation | undefined): string {
    if (!head || !("database" in head.site)) return "";
    return id(head.site.database, head.args.creator, head.args.schema, head.args.objects);
  }
}

const playDefaults = (acl: Acl, creator: string, template: readonly DefaultOperation[]): Acl =>
  template.reduce(
    (rest, { args }) =>
      "to" in args
        ? playGrant(rest, creator, { to: [args.to], privileges: args.privileges, grantable: false })
        : playRevoke(
            rest,
            { owner: creator, inherits: (a, b) => a === b },
            {
              from: [args.from],
              privileges: args.privileges,
              grantor: creator,
              optionOnly: false,
              cascade: false,
            },
          ),
    acl,
  );
