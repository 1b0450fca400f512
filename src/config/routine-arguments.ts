/** PostgreSQL's own names of types that have a shorter spelling (manual, "Data Types", table of aliases). */
const ALIASES: Readonly<Record<string, string>> = {
  int: "integer",
  int4: "integer",
  int2: "smallint",
  int8: "bigint",
  bool: "boolean",
  decimal: "numeric",
  float: "double precision",
  float8: "double precision",
  float4: "real",
  varchar: "character varying",
  char: "character",
  varbit: "bit varying",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
  time: "time without time zone",
  timetz: "time with time zone",
};

/**
 * Argument types as oidvectortypes() prints them: `integer, character varying[]`. Of arguments with modes only those that go in: no two
 * routines of a schema have the same name and the same of these (PostgreSQL manual, CREATE FUNCTION, "Overloading").
 */
export const parseArguments = (text: string): string =>
  splitArguments(text)
    .map((argument) => ({ mode: MODE.exec(argument)?.[0] ?? "", argument }))
    .filter(({ mode }) => mode.trim().toLowerCase() !== "out")
    .map(({ mode, argument }) => canonicalType(argument.slice(mode.length)))
    .join(", ");

const MODE = /^(?:in\s+out|in|out|inout|variadic)\s+(?=\S)/i;

/** At commas that stand neither in quotes nor in the brackets of numeric(10,2). */
function splitArguments(text: string): string[] {
  if (text.trim() === "") return [];
  return (text.match(/(?:"(?:[^"]|"")*(?:"|$)|\([^)]*(?:\)|$)|[^,"(])+|(?<=,)(?=,)|^(?=,)/g) ?? []).map((argument) => argument.trim());
}

function canonicalType(argument: string): string {
  // Type modifiers are not part of a signature (PostgreSQL manual, CREATE FUNCTION).
  const bare = argument.replace(/\([^)]*(\)|$)/g, (whole, close: string) => (close === "" ? whole : ""));
  const base = withoutDimensions(bare);
  const words = base.includes('"') ? base.trim() : base.trim().toLowerCase().replace(/\s+/g, " ");
  return `${ALIASES[words] ?? words}${base === bare ? "" : "[]"}`;
}

/** Without `[]` and `[3]` at the end: looked at from there, once. */
function withoutDimensions(type: string): string {
  let end = type.length;
  while (type[end - 1] === "]") {
    let open = end - 2;
    while (isDigit(type[open])) open--;
    if (type[open] !== "[") break;
    while (isSpace(type[open - 1])) open--;
    end = open;
  }
  return type.slice(0, end);
}

const isDigit = (letter = ""): boolean => letter >= "0" && letter <= "9";
const isSpace = (letter = ""): boolean => letter !== "" && letter.trim() === "";
