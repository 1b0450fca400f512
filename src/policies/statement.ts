import { isObject, type Json, type JsonObject, textOf } from "./json.js";

/** One statement of a document, in canonical form. */
export interface Statement {
  readonly json: Json;
  readonly sid: string | null;
  /** null: neither Allow nor Deny, which IAM does not accept. */
  readonly effect: Effect | null;
  /** null: it holds something that this program does not know. */
  readonly parts: Parts | null;
}

export type Effect = "Allow" | "Deny";

export interface Parts {
  /** null: an identity policy, which names no principals. */
  readonly principals: Names<AtomPrincipal> | null;
  readonly actions: Names<string>;
  /** null: a trust, which names no resources. */
  readonly resources: Names<string> | null;
  /** All of them must hold. */
  readonly conditions: readonly Condition[];
}

/** `Action` or `NotAction`, and so on. Never empty. */
export interface Names<T> {
  readonly not: boolean;
  readonly list: readonly T[];
}

/** "aws" holds an ARN or a unique id; "anyone" the id "*". */
export interface AtomPrincipal {
  readonly type: "anyone" | "aws" | "service" | "federated" | "canonical";
  readonly id: string;
}

export interface Condition {
  /** As written, with `ForAnyValue:` and `IfExists`. */
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

const KNOWN = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
const TYPES = { AWS: "aws", Service: "service", Federated: "federated", CanonicalUser: "canonical" } as const;
type TypeName = keyof typeof TYPES;

/** Takes a statement in canonical form apart. */
export function parseStatement(json: Json): Statement {
  if (!isObject(json)) return { json, sid: null, effect: null, parts: null };
  const { Sid: sid, Effect: effect } = json;
  const known = effect === "Allow" || effect === "Deny" ? effect : null;
  return { json, sid: typeof sid === "string" ? sid : null, effect: known, parts: known === null ? null : partsOf(json) };
}

function partsOf(json: JsonObject): Parts | null {
  if (Object.keys(json).some((key) => !KNOWN.includes(key))) return null;
  const principals = namesOf(json, "Principal", principalsOf);
  const actions = namesOf(json, "Action", stringsOf);
  const resources = namesOf(json, "Resource", stringsOf);
  const conditions = conditionsOf(json["Condition"] ?? {});
  if (principals === undefined || !actions || resources === undefined || conditions === null) return null;
  return { principals, actions, resources, conditions };
}

/** null: neither form is there. undefined: both are, or the list is empty or odd. */
function namesOf<T>(json: JsonObject, key: string, read: (value: Json) => readonly T[] | null): Names<T> | null | undefined {
  const plain = json[key];
  const negated = json[`Not${key}`];
  if (plain === undefined && negated === undefined) return null;
  if (plain !== undefined && negated !== undefined) return undefined;
  const list = read(plain ?? negated ?? []);
  return list === null || list.length === 0 ? undefined : { not: plain === undefined, list };
}

function stringsOf(value: Json): readonly string[] | null {
  if (!isList(value)) return null;
  return allOrNull(value.map((one) => (typeof one === "string" ? one : null)));
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

function principalsOf(value: Json): readonly AtomPrincipal[] | null {
  if (!isObject(value)) return null;
  return allOrNull(
    Object.entries(value).flatMap(([name, ids]): readonly (AtomPrincipal | null)[] => {
      const strings = stringsOf(ids);
      return isTypeName(name) && strings !== null ? strings.map((id) => principalOf(name, id)) : [null];
    }),
  );
}

const isTypeName = (name: string): name is TypeName => Object.hasOwn(TYPES, name);
const principalOf = (name: TypeName, id: string): AtomPrincipal =>
  name === "AWS" && id === "*" ? { type: "anyone", id } : { type: TYPES[name], id };

function conditionsOf(value: Json): readonly Condition[] | null {
  if (!isObject(value)) return null;
  return allOrNull(
    Object.entries(value).flatMap(([operator, block]): readonly (Condition | null)[] => {
      if (!isObject(block)) return [null];
      return Object.entries(block).map(([key, list]) => {
        const values = stringsOf(list);
        return values === null ? null : { operator, key, values };
      });
    }),
  );
}

const allOrNull = <T>(list: readonly (T | null)[]): readonly T[] | null => {
  const found = list.flatMap((one) => (one === null ? [] : [one]));
  return found.length < list.length ? null : found;
};

/** The statement as JSON again. */
export function statementJson(sid: string | null, effect: Effect, parts: Parts): JsonObject {
  const { principals, actions, resources, conditions } = parts;
  return {
    ...(sid === null ? {} : { Sid: sid }),
    Effect: effect,
    ...(principals === null ? {} : { [principals.not ? "NotPrincipal" : "Principal"]: principalJson(principals.list) }),
    [actions.not ? "NotAction" : "Action"]: actions.list,
    ...(resources === null ? {} : { [resources.not ? "NotResource" : "Resource"]: resources.list }),
    ...(conditions.length === 0 ? {} : { Condition: conditionJson(conditions) }),
  };
}

function principalJson(list: readonly AtomPrincipal[]): JsonObject {
  const entries = Object.entries(TYPES).map(([name, type]): [string, readonly string[]] => [
    name,
    list.filter((one) => (one.type === "anyone" ? name === "AWS" : one.type === type)).map((one) => one.id),
  ]);
  return Object.fromEntries(entries.filter(([, ids]) => ids.length > 0));
}

/** `{"StringEquals": {"aws:x": ["1"]}}`; no two conditions have the same operator and key. */
export function conditionJson(conditions: readonly Condition[]): JsonObject {
  const operators = [...new Set(conditions.map((condition) => condition.operator))];
  return Object.fromEntries(
    operators.map((operator) => [
      operator,
      Object.fromEntries(conditions.filter((c) => c.operator === operator).map((c) => [c.key, c.values] as const)),
    ]),
  );
}

/** The statement without its Sid: what it does. */
export function bodyText({ json }: Statement): string {
  if (!isObject(json)) return textOf(json);
  const { Sid: _, ...rest } = json;
  return textOf(rest);
}
