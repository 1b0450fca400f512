import type { ClusterFacts, Facts } from "../facts/facts.js";
import type { Acl } from "../model/acl.js";
import { type Cell, objectOf } from "../model/cell.js";
import { type PrivilegeSet, privilegeSet, wordsOf } from "../model/privileges.js";
import { type Problem, warningProblem } from "../model/problem.js";
import type { DefaultAclRow } from "../model/snapshot.js";
import { localName, type ObjectType } from "../model/thing.js";
import { objectName } from "../privileges/object-sql.js";
import { displayName, privilegesSql, quoteIdent } from "../privileges/sql.js";
import { listsBy, namesText } from "./few.js";

/** What everybody has in the declared databases: no file gives it, so no plan takes it. */
export const publicHolds = (facts: Facts): Problem[] =>
  [...facts.clusters.values()].flatMap((cluster) => {
    const cells = listsBy(cluster.cells, (cell) => cell.database);
    return [...cluster.snapshot.inspected.values()].flatMap(({ name, defaultAcls }) => [
      ...heldNow(facts, cluster, name, cells.get(name) ?? []),
      ...heldLater(cluster, name, defaultAcls),
    ]);
  });

/** Asked once per cell, however many objects it has. */
const heldBy = (acl: Acl): PrivilegeSet => acl.reduce((set, row) => (row.grantee === "PUBLIC" ? set | row.privileges : set), 0);

/** initdb gives USAGE on the schema public; up to 14 it gave CREATE, too, which upgraded databases keep: that is worth a word. */
const builtIn = ({ things }: Facts, { type, objects }: Cell): PrivilegeSet =>
  things[type].publicDefault | (type === "schema" && objects[0]?.name === "public" ? USAGE : 0);
const USAGE = privilegeSet(["usage"]);

interface Held {
  readonly cell: Cell;
  readonly privileges: PrivilegeSet;
}

/** Members of an extension have what its script gave, which is as it should be. */
function heldNow(facts: Facts, cluster: ClusterFacts, database: string, cells: readonly Cell[]): Problem[] {
  const held = cells
    .filter((cell) => !cell.extension && cell.objects.length > 0)
    .map((cell): Held => ({ cell, privileges: heldBy(cell.acl) & ~builtIn(facts, cell) }))
    .filter(({ privileges }) => privileges !== 0);
  return [...listsBy(held, ({ cell }) => cell.type)].map(([type, ofType]) => {
    const groups = [...listsBy(ofType, ({ privileges }) => privileges)].sort(([x, a], [y, b]) => sizeOf(b) - sizeOf(a) || x - y);
    const texts = groups.map(([privileges, list]) => `${wordsOf(privileges).join(", ")} on ${objectsText(facts, type, list)}`);
    const place = type === "database" ? "" : ` of database ${displayName(database)}`;
    return isOpen(
      `PUBLIC, which is everybody, holds ${namesText(texts, MOST_TOLD)}${place} of cluster ${cluster.name}: the file neither gives nor takes that.`,
      "Where it is not meant, let the owner REVOKE it FROM PUBLIC, and give it to the roles that need it in the file.",
    );
  });
}

/** So many different sets of privileges are told apart in one message. */
const MOST_TOLD = 4;

const sizeOf = (list: readonly Held[]): number => list.reduce((n, { cell }) => n + cell.objects.length, 0);

/** `12 tables (crm.a and 11 more)`, `table crm.a`: the first by name, so that two runs say the same. */
function objectsText({ things }: Facts, type: ObjectType, list: readonly Held[]): string {
  const count = sizeOf(list);
  const [first = ""] = list.map(({ cell }) => firstName(cell)).sort();
  return count === 1 ? `${things[type].noun} ${first}` : `${count} ${things[type].plural} (${first} and ${count - 1} more)`;
}

function firstName(cell: Cell): string {
  const names = cell.objects.map((object) => `${localName(object)} ${object.column ?? ""}`);
  const least = names.reduce((best, name, i) => (name < (names[best] ?? name) ? i : best), 0);
  return objectName(objectOf(cell, cell.objects[least] ?? { name: "" }));
}

/** What objects will give everybody that are not there yet. */
function heldLater(cluster: ClusterFacts, database: string, rows: readonly DefaultAclRow[]): Problem[] {
  const later = rows
    .map((row): Later => ({ row, privileges: heldBy(row.acl) & ~builtInLater(row) }))
    .filter(({ privileges }) => privileges !== 0);
  const [first] = later;
  if (!first) return [];
  return [
    isOpen(
      `PUBLIC, which is everybody, will hold ${namesText(later.map(laterText), MOST_TOLD)}, in database ${displayName(database)} of cluster ${cluster.name}: the file neither gives nor takes that.`,
      `Where it is not meant, run there: ${revokeLater(first)}`,
    ),
  ];
}

interface Later {
  readonly row: DefaultAclRow;
  readonly privileges: PrivilegeSet;
}

/** Only a row for every schema stands for the built-in default; one for a schema adds to it, and what is there anyway adds nothing. */
const builtInLater = ({ objects }: DefaultAclRow): PrivilegeSet => (objects === "routines" ? EXECUTE : objects === "types" ? USAGE : 0);
const EXECUTE = privilegeSet(["execute"]);

function laterText({ row: { objects, creator, schema }, privileges }: Later): string {
  const where = schema === null ? "" : ` in schema ${displayName(schema)}`;
  return `${wordsOf(privileges).join(", ")} on ${objects} that ${displayName(creator)} makes${where}`;
}

function revokeLater({ row: { objects, creator, schema }, privileges }: Later): string {
  const where = schema === null ? "" : ` IN SCHEMA ${quoteIdent(schema)}`;
  return `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdent(creator)}${where} REVOKE ${privilegesSql(privileges)} ON ${objects.toUpperCase()} FROM PUBLIC;`;
}

const isOpen = (message: string, hint: string): Problem => warningProblem("public-has-it", message, { attention: true, hint });
