import { THINGS } from "../kinds/things.js";
import type { GrantOn } from "../model/declared.js";
import type { ObjectType, ThingSpec } from "../model/thing.js";
import { failed, type Parsed, parsed } from "./fault.js";
import { nameFault } from "./name-fault.js";
import { parseArguments } from "./routine-arguments.js";

/** What a key in the section of an object type means. Quoting as in SQL: `schema.name`, `"Odd Name".t`, `schema.*`. */
export function parseObjectName(text: string, type: ObjectType, shape: ThingSpec["shape"] = THINGS[type].shape): Parsed<GrantOn> {
  // Its entry is a list: which database it is stands above it.
  if (shape === "database") return parsed({ type, schema: null, name: "", args: null });
  if (shape === "schema") return parseSchema(text, type);
  const schema = readPart(text, 0);
  if (!schema.ok) return schema;
  const rest = text.slice(schema.value.end);
  if (!rest.startsWith(".")) return failed("wrong-object-name", `"${text}" has no schema.`, `Write ${exampleOf(type, shape)}.`);
  if (rest === ".*") return parsed({ type, schema: schema.value.name, name: null, args: null });
  return shape === "routine" ? parseRoutine(text, schema.value, type) : parseRelation(text, schema.value, type);
}

interface Part {
  readonly name: string;
  /** Offset of what follows. */
  readonly end: number;
}

const SHAPES: { readonly [S in ThingSpec["shape"]]: string } = {
  database: "a list of privileges",
  schema: "a schema's name, such as pgdemo",
  relation: "schema.name or schema.*, such as pgdemo.orders",
  routine: "schema.name(argument types) or schema.*, such as sales.total(integer)",
};

const exampleOf = (type: ObjectType, shape: ThingSpec["shape"]): string => `${SHAPES[shape]}${type === "sequence" ? "_id_seq" : ""}`;

function parseSchema(text: string, type: ObjectType): Parsed<GrantOn> {
  const schema = readPart(text, 0);
  if (!schema.ok) return schema;
  if (schema.value.end < text.length) return tooLong(text, schema.value.end, type, "schema");
  return parsed({ type, schema: null, name: schema.value.name, args: null });
}

function parseRelation(text: string, schema: Part, type: ObjectType): Parsed<GrantOn> {
  const name = readPart(text, schema.end + 1);
  if (!name.ok) return name;
  if (name.value.end < text.length) return tooLong(text, name.value.end, type, "relation");
  return parsed({ type, schema: schema.name, name: name.value.name, args: null });
}

function parseRoutine(text: string, schema: Part, type: ObjectType): Parsed<GrantOn> {
  const name = readPart(text, schema.end + 1);
  if (!name.ok) return name;
  const rest = text.slice(name.value.end);
  if (!rest.startsWith("("))
    return failed(
      "wrong-object-name",
      `"${text}" has no argument types.`,
      `Write them in brackets, in quotes for YAML: "${text}()" when there are none.`,
    );
  if (!rest.endsWith(")"))
    return failed("wrong-object-name", `"${text}" has no closing bracket.`, `Put quotes around the whole name: YAML ends it at the comma.`);
  return parsed({ type, schema: schema.name, name: name.value.name, args: parseArguments(rest.slice(1, -1)) });
}

const tooLong = (text: string, end: number, type: ObjectType, shape: ThingSpec["shape"]) =>
  failed("wrong-object-name", `"${text}" goes on with "${text.slice(end)}" where it should end.`, `Write ${exampleOf(type, shape)}.`);

/** One identifier from `start`: in SQL's double quotes, or up to the next dot or bracket. */
function readPart(text: string, start: number): Parsed<Part> {
  if (text[start] === '"') return readQuoted(text, start);
  const raw = /^[^.("]*/.exec(text.slice(start))?.[0] ?? "";
  return checkUnquoted(text, raw) ?? checkName(raw, start + raw.length);
}

function readQuoted(text: string, start: number): Parsed<Part> {
  const match = /^"((?:[^"]|"")+)"/.exec(text.slice(start));
  if (!match?.[1]) return failed("wrong-object-name", `${text} has a double quote that is not closed, or nothing between two.`);
  return checkName(match[1].replaceAll('""', '"'), start + match[0].length);
}

function checkName(name: string, end: number): Parsed<Part> {
  const fault = nameFault(name);
  return fault ? { ok: false, fault } : parsed({ name, end });
}

/** SQL folds upper case and allows few characters: where the two readings differ, both are shown. */
function checkUnquoted(text: string, part: string): Parsed<never> | null {
  if (/[*?[]/.test(part))
    return failed(
      "globs-not-supported",
      `"${text}" is a pattern; of patterns only schema.* is supported so far.`,
      "Write one entry for each schema, such as pgdemo.*.",
    );
  if (part === "") return failed("wrong-object-name", `"${text}" lacks a name.`, `Write ${SHAPES.relation}.`);
  const quoted = mapUnquoted(text, (name) => (PLAIN.test(name) ? name : `"${name}"`));
  const folded = mapUnquoted(text, (name) => name.toLowerCase());
  if (/[A-Z]/.test(part))
    return failed(
      "upper-case-name",
      `"${text}" has upper case without quotes, which SQL reads as ${folded}.`,
      `Write ${folded} for that one, or '${quoted}' for the name with upper case.`,
    );
  if (!PLAIN.test(part))
    return failed(
      "wrong-object-name",
      `"${text}": SQL takes "${part}" only in quotes.`,
      `Write '${quoted}', with single quotes around it for YAML.`,
    );
  return null;
}

/** What needs no quotes and stays as it is (PostgreSQL manual, "Identifiers and Key Words"). */
const PLAIN = /^[a-z_\u0080-\uffff][a-z0-9_$\u0080-\uffff]*$/;

/** Changes the parts of a name that stand in no quotes; argument types and the star stay. */
const mapUnquoted = (text: string, change: (part: string) => string): string =>
  text.replace(/\(.*$|"(?:[^"]|"")*"|[^."(]+/gs, (part) => (/^["(*]/.test(part) ? part : change(part)));
