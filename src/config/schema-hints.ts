import { nearest } from "../facts/nearest.js";
import type { SchemaError } from "./access-validator.generated.js";
import type { Found, YamlNode } from "./yaml-node.js";

/** What is wrong with one value, as far as a hint needs it. */
export interface Wrong {
  readonly keyword: string;
  readonly path: readonly string[];
  readonly found: Found;
  readonly params: SchemaError["params"];
  readonly schema: SchemaError["parentSchema"];
}

/** How to write a value that the schema refuses; undefined: what was expected says it all. First match first. */
export function wrongHint(fault: Wrong): string | undefined {
  if (fault.schema["x-secret"]) return "The password itself belongs into the variable.";
  if (/\([^)]*$/.test(fault.path.at(-1) ?? "")) return "Put quotes around the whole name: YAML ends it at the comma.";
  if (fault.path.length === 0 && fault.keyword === "type") return "Is it the right file? Another one is named by -f FILE.";
  const { node } = fault.found;
  const meant: unknown = node.type === "scalar" ? Object(fault.schema["x-values"])[node.text.toLowerCase()] : undefined;
  if (typeof meant === "string") return meant;
  return shaped(fault) ?? (node.type === "scalar" ? scalarHint(fault, node) : undefined);
}

function scalarHint(fault: Wrong, node: Scalar): string | undefined {
  const types = [fault.params["type"]].flat();
  const isText = typeof node.value === "string";
  if ((types.includes("string") || fault.keyword === "enum") && node.value !== null && !isText)
    return `Write it in quotes: "${node.text}".`;
  if (types.includes("object") && /^[\w-]+:\S/.test(node.text)) return "Write a space behind the colon.";
  if (types.includes("array") && isText) return `Write it as a list: [${words(node.text)}].`;
  if (fault.keyword === "pattern") return repaired(String(fault.params["pattern"]), node.text);
  const allowed = fault.params["allowedValues"];
  const near = Array.isArray(allowed) ? nearest(node.text, allowed.map(String)) : undefined;
  return near === undefined ? undefined : `Did you mean "${near}"?`;
}

type Scalar = Extract<YamlNode, { type: "scalar" }>;

/** Privileges as SQL writes them: other words keep their case. */
const words = (text: string): string => {
  const plain = text.replace(/\ball privileges\b/gi, "ALL");
  return /^[A-Z]+(\s*,\s*[A-Z]+)*$/.test(plain)
    ? plain
        .toLowerCase()
        .split(",")
        .map((word) => word.trim())
        .join(", ")
    : plain;
};

/** What needs no quotes in YAML. */
const PLAIN = /^[A-Za-z_][\w.@/-]*$/;

/** A name, or a list of names, where a mapping belongs: the mapping of them, by the schema's own pattern such as `{ %: {} }`. */
function shaped({ schema, found: { node }, keyword }: Wrong): string | undefined {
  const shape = schema["x-shape"];
  if (typeof shape !== "string" || keyword !== "type") return undefined;
  const items = node.type === "list" ? node.items : [node];
  const names = items.flatMap((item) => (item.type === "scalar" && PLAIN.test(item.text) ? [item.text] : []));
  if (names.length === 0 || names.length < items.length) return undefined;
  if (node.type === "scalar") return `Write ${shape.replaceAll("%", names.join(""))}.`;
  const inner = /^\{ (%.*) \}$/.exec(shape)?.[1];
  return inner === undefined ? undefined : `Write { ${names.map((name) => inner.replaceAll("%", name)).join(", ")} }.`;
}

/** Slips that are mended without a guess at what was meant. */
const REPAIRS: readonly ((text: string) => string)[] = [
  (text) => text.toLowerCase(),
  (text) => text.replace(/[\s-]/g, ""),
  (text) => (text.startsWith("arn:") ? text.slice(text.lastIndexOf(":") + 1) : text),
  (text) => text.toLowerCase().replace(/[^a-z0-9._/]+/g, "-"),
  (text) => `${text}.amazonaws.com`,
];
const MAX_REPAIRED = 100;

function repaired(pattern: string, text: string): string | undefined {
  if (text.length > MAX_REPAIRED || text.trim() === "") return undefined;
  // Where an ARN may stand, another one is no slip.
  if (text.startsWith("arn:") && pattern.includes("arn:")) return undefined;
  const fits = new RegExp(pattern, "u");
  const mended = REPAIRS.map((repair) => repair(text)).find((one) => fits.test(one) && /[a-z0-9]/i.test(one));
  return mended === undefined ? undefined : `Write ${/^\d/.test(mended) ? `"${mended}"` : mended}, if that is meant.`;
}
