import { nearest, nearestHint } from "../facts/nearest.js";
import type { Place } from "../model/place.js";
import { errorProblem, type Problem } from "../model/problem.js";
import { type SchemaError, validateAccess } from "./access-validator.generated.js";
import { type Wrong, wrongHint } from "./schema-hints.js";
import { nodeAt, plainValue, type YamlNode } from "./yaml-node.js";

export interface SchemaCheck {
  readonly problems: readonly Problem[];
  /** `clusters/demo`: entries that hold an error; the rules leave them alone. */
  readonly broken: ReadonlySet<string>;
  /** A whole section is missing or unreadable: every reference into it would look unknown. */
  readonly hopeless: boolean;
}

/** Everything that the schema finds, at its place, with what was expected and got. */
export function checkSchema(root: YamlNode): SchemaCheck {
  const errors = validateAccess(plainValue(root)) ? [] : [...(validateAccess.errors ?? [])];
  const faults = errors.map((error) => toFault(error, root));
  const misspelt = new Set(faults.flatMap((fault) => missingBySpelling(fault)));
  return {
    problems: faults.filter((fault) => !misspelt.has(missingKey(fault))).map(toProblem),
    broken: new Set(faults.filter((fault) => fault.path.length >= 2).map((fault) => fault.path.slice(0, 2).join("/"))),
    hopeless: faults.some(isHopeless),
  };
}

interface Fault extends Wrong {
  readonly root: YamlNode;
}

const toFault = (error: SchemaError, root: YamlNode): Fault => {
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
  return { keyword: error.keyword, root, path, found: nodeAt(root, path), params: error.params, schema: error.parentSchema };
};

function isHopeless(fault: Fault): boolean {
  if (fault.path[0] === "defaults") return true;
  if (fault.path.length > 1) return false;
  const missing = fault.keyword === "required" && fault.params["missingProperty"] === "clusters";
  return missing || fault.keyword === "type" || (fault.keyword === "additionalProperties" && !isLater(fault));
}

/** One row for each keyword of the schema. */
const ROWS: Readonly<Record<string, (fault: Fault) => Problem>> = {
  additionalProperties: unknownKey,
  required: (fault) => {
    const key = String(fault.params["missingProperty"]);
    return errorProblem("missing-key", `${atPath(fault)}"${key}" is missing.`, {
      place: fault.found.keyPlace,
      hint: addHint(fault, key),
    });
  },
  type: (fault) => wrong("wrong-type", fault),
  enum: (fault) => wrong("wrong-value", fault),
  const: (fault) => wrong("wrong-value", fault),
  pattern: (fault) => wrong("wrong-value", fault),
  minimum: (fault) => wrong("wrong-value", fault),
  maximum: (fault) => wrong("wrong-value", fault),
  minItems: (fault) => wrong("wrong-value", fault),
  minProperties: (fault) => wrong("wrong-value", fault),
  maxProperties: (fault) => wrong("wrong-value", fault),
};

function toProblem(fault: Fault): Problem {
  const row = ROWS[fault.keyword];
  if (!row) throw new Error(`The schema uses the keyword "${fault.keyword}", for which there is no message.`);
  return row(fault);
}

function unknownKey(fault: Fault): Problem {
  const key = unknownKeyName(fault);
  const place = placeOfKey(fault.found.node, key);
  if (isLater(fault))
    return errorProblem("unknown-key", `${atPath(fault)}Key "${key}" is not supported yet.`, {
      place,
      hint: insteadOf(fault, key) ?? "Remove it.",
    });
  return errorProblem("unknown-key", `${atPath(fault)}Key "${key}" is not known here.`, {
    place,
    hint: insteadOf(fault, key) ?? nearestHint(key, knownKeys(fault), "Known here", "Remove it."),
  });
}

function wrong(code: string, fault: Fault): Problem {
  const hint = wrongHint(fault);
  const message = `${atPath(fault)}Expected ${expectedOf(fault)}, got ${describeValue(fault)}.`;
  return errorProblem(code, message, { place: fault.found.node.place, ...(hint ? { hint } : {}) });
}

const expectedOf = (fault: Fault): string => {
  const expected = fault.schema["x-expected"];
  return typeof expected === "string" ? expected : "a mapping";
};

/** What stands where the name of a variable belongs may be the secret itself. */
const describeValue = (fault: Fault): string => (fault.schema["x-secret"] ? "something else" : describeNode(fault.found.node));

/** What a value is, for people: `the number 12`, `nothing`. */
function describeNode(node: YamlNode): string {
  if (node.type === "map") return node.entries.size === 1 ? "a mapping with one key" : `a mapping with ${node.entries.size} keys`;
  if (node.type === "list") return node.items.length === 0 ? "an empty list" : "a list";
  if (node.value === null) return "nothing";
  if (typeof node.value === "string") return `"${shorten(node.value)}"`;
  return typeof node.value === "number" ? `the number ${node.text}` : node.text;
}

const MAX_TEXT = 60;
const shorten = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

/** `iam_roles.x.trust: `, without the numbers of list entries: the place tells which. */
function atPath({ root, path }: Fault): string {
  const keys = path.filter((_, index) => nodeAt(root, path.slice(0, index)).node.type === "map");
  return keys.length === 0 ? "" : `${keys.map(pathSegment).join(".")}: `;
}

const pathSegment = (segment: string): string => (/^[\w-]+$/.test(segment) ? segment : `"${segment}"`);

const insteadOf = (fault: Fault, key: string): string | undefined => {
  const hint: unknown = Object(fault.schema["x-instead"])[key];
  const dotted = fault.schema["x-dotted"];
  if (typeof dotted === "string" && key.includes(".")) return dotted.replace("%", () => key);
  return typeof hint === "string" ? hint : undefined;
};
const unknownKeyName = (fault: Fault): string => String(fault.params["additionalProperty"]);
const knownKeys = (fault: Fault): string[] => Object.keys(Object(fault.schema["properties"]));
const isLater = (fault: Fault): boolean => [fault.schema["x-later"]].flat().includes(unknownKeyName(fault));

function placeOfKey(node: YamlNode, key: string): Place {
  return (node.type === "map" ? node.entries.get(key)?.place : undefined) ?? node.place;
}

/** `Add region: us-east-2`: the example at the end of the key's description. */
function addHint(fault: Fault, key: string): string {
  const property: unknown = Object(fault.schema["properties"])[key];
  const example = / Example: (.*)$/.exec(String(Object(property)["description"] ?? ""))?.[1];
  return `Add ${key}: ${example ?? "…"}`;
}

const missingKey = (fault: Fault): string => (fault.keyword === "required" ? pathKey(fault, String(fault.params["missingProperty"])) : "");

/** A misspelt key is one problem, not two: the key that it stands for is not also reported as missing. */
function missingBySpelling(fault: Fault): string[] {
  if (fault.keyword !== "additionalProperties" || isLater(fault)) return [];
  const key = unknownKeyName(fault);
  const near = /^Write (\w+)[:.]/.exec(insteadOf(fault, key) ?? "")?.[1] ?? nearest(key, knownKeys(fault));
  return near === undefined ? [] : [pathKey(fault, near)];
}

const pathKey = (fault: Fault, key: string): string => JSON.stringify([...fault.path, key]);
