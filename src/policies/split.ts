import { atomKey, atomsOf } from "./atoms.js";
import { documentSize, nothingDocument, VERSION, writeDocument } from "./document.js";
import { isObject, type Json, type JsonObject, listOf, parseJson, textOf } from "./json.js";

export interface NamedDocument {
  readonly name: string;
  readonly document: string;
}

export interface Into {
  /** Those that are there, the first of all always; null: it is not there yet. */
  readonly there: readonly { readonly name: string; readonly document: string | null }[];
  /** Names of further ones, in the order in which they are taken. */
  readonly fresh: readonly string[];
  /** Characters of one. */
  readonly max: number;
}

/**
 * A generated policy as several. What is there stays where it is; the rest goes to the first with room. The first is never missing, another
 * that is empty is. Without a name left the last one gets too large.
 */
export function splitDocument(json: string, { there, fresh, max }: Into): readonly NamedDocument[] {
  const bins = there.map(({ name, document }) => newBin(name, document));
  const left = json === nothingDocument() ? [] : itemsOf(json);
  const names = [...fresh];
  const moving = left.filter((item) => {
    const home = bins.find((bin) => item.keys.every((key) => bin.held.has(key)) && hasRoom(bin, item, max));
    if (home) put(home, item);
    return !home;
  });
  for (const item of moving) {
    const found = bins.find((bin) => hasRoom(bin, item, max)) ?? opened(bins, names.shift());
    if (found) put(found, item);
  }
  return bins
    .filter((bin, i) => i === 0 || bin.items.length > 0)
    .map(({ name, items }) => ({ name, document: items.length === 0 ? nothingDocument() : documentOf(items) }));
}

interface Item {
  /** The statement without its resource, as text. */
  readonly head: string;
  readonly statement: JsonObject;
  /** Of its atoms. */
  readonly keys: readonly string[];
}

interface Bin {
  readonly name: string;
  readonly held: ReadonlySet<string>;
  readonly items: Item[];
  readonly heads: Set<string>;
  size: number;
}

const EMPTY = documentSize(writeDocument(VERSION, []));

const newBin = (name: string, document: string | null): Bin => ({
  name,
  held: new Set(document === null ? [] : atomsOf(document).map(atomKey)),
  items: [],
  heads: new Set(),
  size: EMPTY,
});

function opened(bins: Bin[], name: string | undefined): Bin | undefined {
  if (name === undefined) return bins.at(-1);
  const bin = newBin(name, null);
  bins.push(bin);
  return bin;
}

/** With the comma in front of it. */
const sizeIn = ({ heads }: Bin, { head, statement }: Item): number =>
  heads.has(head) ? textOf(statement["Resource"] ?? []).length - 1 : textOf(statement).length + (heads.size === 0 ? 0 : 1);

const hasRoom = (bin: Bin, item: Item, max: number): boolean => bin.size + sizeIn(bin, item) <= max;

function put(bin: Bin, item: Item): void {
  bin.size += sizeIn(bin, item);
  bin.heads.add(item.head);
  bin.items.push(item);
}

/** One for each resource; a statement without any stays whole. */
function itemsOf(json: string): readonly Item[] {
  const value = parseJson(json);
  return (isObject(value) ? listOf(value["Statement"] ?? []) : []).flatMap((statement) => {
    if (!isObject(statement)) return [];
    const { Resource: resources, ...head } = statement;
    if (resources === undefined) return [itemOf(textOf(statement), statement)];
    return listOf(resources).map((one) => itemOf(textOf(head), { ...head, Resource: [one] }));
  });
}

const itemOf = (head: string, statement: JsonObject): Item => ({
  head,
  statement,
  keys: atomsOf(writeDocument(VERSION, [statement])).map(atomKey),
});

function documentOf(items: readonly Item[]): string {
  const statements = new Map<string, JsonObject>();
  for (const { head, statement } of items) {
    const known: readonly Json[] = listOf(statements.get(head)?.["Resource"] ?? []);
    const resources = [...known, ...listOf(statement["Resource"] ?? [])];
    statements.set(head, resources.length === 0 ? statement : { ...statement, Resource: resources });
  }
  return writeDocument(VERSION, [...statements.values()]);
}
