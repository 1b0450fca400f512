import type { GrantOn } from "../model/declared.js";
import { failed, type Parsed, parsed } from "./fault.js";
import { nameFault } from "./name-fault.js";
import { parseArguments } from "./routine-arguments.js";
import type { GrantSection } from "./source-file.js";

/** What a key under `schemas`, `tables`, `sequences` or `routines` means. Quoting as in SQL: `schema.name`, `"Odd Name".t`, `schema.*`. */
export function parseObjectName(text: string, section: GrantSection): Parsed<GrantOn> {
  if (section === "database") return parsed({ type: "database" });
  if (section === "schemas") return parseSchema(text);
  const schema = readPart(text, 0);
  if (!schema.ok) return schema;
  const rest = text.slice(schema.value.end);
  const type = TYPES[section];
  if (!rest.startsWith(".")) return failed("wrong-object-name", `"${text}" has no schema.`, `Write ${EXAMPLES[type]}.`);
  if (rest === ".*") return parsed({ type, schema: schema.value.name, name: null, args: null });
  return type === "routine" ? parseRoutine(text, schema.value) : parseRelation(text, schema.value, type);
}

/** Type of the objects that stand under a section. */
const TYPES = { tables: "table", sequences: "sequence", routines: "routine" } as const;

interface Part {
  readonly name: string;
  /** Offset of what follows. */
  readonly end: number;
}

const EXAMPLES = {
  schema: "a schema's name, such as pgdemo",
  table: "schema.name or schema.*, such as pgdemo.orders",
  sequence: "schema.name or schema.*, such as pgdemo.orders_id_seq",
  routine: "schema.name(argument types) or schema.*, such as sales.total(integer)",
} as const;

function parseSchema(text: string): Parsed<GrantOn> {
  const schema = readPart(text, 0);
  if (!schema.ok) return schema;
  if (schema.value.end < text.length) return tooLong(text, schema.value.end, "schema");
  return parsed({ type: "schema", name: schema.value.name });
}

function parseRelation(text: string, schema: Part, type: "table" | "sequence"): Parsed<GrantOn> {
  const name = readPart(text, schema.end + 1);
  if (!name.ok) return name;
  if (name.value.end < text.length) return tooLong(text, name.value.end, type);
  return parsed({ type, schema: schema.name, name: name.value.name, args: null });
}

function parseRoutine(text: string, schema: Part): Parsed<GrantOn> {
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
  return parsed({ type: "routine", schema: schema.name, name: name.value.name, args: parseArguments(rest.slice(1, -1)) });
}

const tooLong = (text: string, end: number, type: keyof typeof EXAMPLES) =>
  failed("wrong-object-name", `"${text}" goes on with "${text.slice(end)}" where it should end.`, `Write ${EXAMPLES[type]}.`);

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
  if (part === "") return failed("wrong-object-name", `"${text}" lacks a name.`, `Write ${EXAMPLES.table}.`);
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
