import { isObject, type Json, type JsonObject, listOf, parseJson, sortedDistinct, textOf } from "./json.js";
import { conditionKey, conditionOperator } from "./spelling.js";
import { parseStatement, type Statement } from "./statement.js";

/** An IAM document, taken apart. */
export interface Document {
  /** null: it says the same in every version, because it uses no policy variable. */
  readonly version: string | null;
  readonly statements: readonly Statement[];
}

/** The version of every document that uses no policy variable, and of every one that pgaccord makes. */
export const VERSION = "2012-10-17";
const OLD_VERSION = "2008-10-17";
const KEYS = ["Version", "Id", "Statement"];

/** null: no document that this program understands. Its statements are in canonical form and order. */
export function parseDocument(json: string): Document | null {
  const value = parseJson(json);
  if (!isObject(value) || Object.keys(value).some((key) => !KEYS.includes(key))) return null;
  const document = canonicalObject(value);
  const version = document["Version"];
  if (version !== VERSION && version !== OLD_VERSION) return null;
  return { version: usesVariables(document) ? version : null, statements: listOf(document["Statement"] ?? []).map(parseStatement) };
}

/**
 * One text for all documents that mean the same: keys sorted, a single string is a list of one, values once, and no order of
 * statements, actions, resources, principals and condition values. Sids are kept, `Id` is not. null: no JSON object.
 */
export function canonicalDocument(json: string): string | null {
  const value = parseJson(json);
  return isObject(value) ? textOf(canonicalObject(value)) : null;
}

/** Whether two documents have the same statements, their Sids aside. Texts that are no documents are the same only if equal. */
export const sameWords = (a: string, b: string): boolean => a === b || withoutSids(a) === withoutSids(b);

function withoutSids(json: string): string {
  const value = parseJson(json);
  if (!isObject(value)) return json;
  const statements = listOf(value["Statement"] ?? []).map((statement) => {
    if (!isObject(statement)) return statement;
    const { Sid: _, ...rest } = statement;
    return rest;
  });
  return textOf(canonicalObject({ ...value, Statement: statements }));
}

function canonicalObject(value: JsonObject): JsonObject {
  const { Id: _, Version: version, Statement: statements, ...rest } = value;
  const document = { ...rest, Statement: sortedDistinct(listOf(statements ?? []).map(canonicalStatement)) };
  // The old version differs in this alone: it knows no policy variables, so `${` is text (IAM user guide, "Version").
  const moot = !usesVariables(document) && (version === undefined || version === OLD_VERSION);
  return { ...document, Version: moot ? VERSION : (version ?? OLD_VERSION) };
}

const usesVariables = (document: JsonObject): boolean => textOf(document["Statement"] ?? null).includes("${");

function canonicalStatement(statement: Json): Json {
  if (!isObject(statement)) return statement;
  const { Condition: condition, ...rest } = statement;
  const entries = Object.entries(rest).map(([key, value]): [string, Json] => [key, canonicalElement(key, value)]);
  const limits = condition === undefined ? {} : canonicalCondition(condition);
  const free = isObject(limits) && Object.keys(limits).length === 0;
  return { ...Object.fromEntries(entries), ...(free ? {} : { Condition: limits }) };
}

function canonicalElement(key: string, value: Json): Json {
  if (key === "Resource" || key === "NotResource") return sortedDistinct(listOf(value));
  if (key === "Action" || key === "NotAction") return sortedDistinct(listOf(value).map(canonicalAction));
  if (key === "Principal" || key === "NotPrincipal") return canonicalPrincipal(value);
  return value;
}

/** Actions that pgaccord writes, as AWS spells them. */
const SPELLINGS = new Map(
  [
    "rds-db:connect",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
  ].map((action) => [action.toLowerCase(), action]),
);

/** The case of an action means nothing (IAM user guide, "Action"): lower case, but for the well-known ones. */
function canonicalAction(action: Json): Json {
  if (typeof action !== "string") return action;
  const folded = action.toLowerCase();
  return SPELLINGS.get(folded) ?? folded;
}

/** "*" means the same as {"AWS": "*"}; an account's number the same as its root (IAM user guide, "Principal"). */
function canonicalPrincipal(principal: Json): Json {
  if (!isObject(principal)) return principal === "*" ? { AWS: ["*"] } : principal;
  const entries = Object.entries(principal).map(([type, names]): [string, Json] => {
    const list = listOf(names).map((name) => (type === "AWS" && /^\d{12}$/.test(String(name)) ? `arn:aws:iam::${name}:root` : name));
    return [type, sortedDistinct(list)];
  });
  return Object.fromEntries(entries);
}

/** The values of one key are alternatives, or all of them excluded: their order means nothing. `true` is the same as "true". */
function canonicalCondition(condition: Json): Json {
  if (!isObject(condition)) return condition;
  const blocks = Object.entries(condition).map(([operator, block]): [string, Json] => {
    if (!isObject(block)) return [operator, block];
    const keys = Object.entries(block).map(([key, values]): [string, Json] => [key, sortedDistinct(listOf(values).map(conditionValue))]);
    return [operator, spelledAlike(keys, conditionKey)];
  });
  return spelledAlike(blocks, conditionOperator);
}

/** Two spellings of one name side by side stay as they are: both must hold, and an object keeps one. */
function spelledAlike(entries: readonly (readonly [string, Json])[], spell: (name: string) => string): JsonObject {
  const spelled = Object.fromEntries(entries.map(([name, value]) => [spell(name), value]));
  return Object.keys(spelled).length === entries.length ? spelled : Object.fromEntries(entries);
}

const conditionValue = (value: Json): Json => (typeof value === "boolean" || typeof value === "number" ? String(value) : value);

/** Characters as IAM counts them against its limits: white space outside strings is free. */
export function documentSize(json: string): number {
  const value = parseJson(json);
  return value === undefined ? json.replace(/\s/g, "").length : textOf(value).length;
}

/** A statement without its Sid, in canonical form. */
export function canonicalStatementText(statement: JsonObject): string {
  const { Sid: _, ...rest } = statement;
  return textOf(canonicalStatement(rest));
}

/** The generated policy of an IAM role: the Sid marks it as ours. */
export const connectDocument = (arns: readonly string[]): string => generated(connectStatement(arns));

export const connectStatement = (arns: readonly string[]): JsonObject => ({
  Sid: "PgaccordConnect",
  Effect: "Allow",
  Action: "rds-db:connect",
  Resource: arns,
});

/** The IAM roles that whoever carries the policy may take. */
export const assumeStatement = (arns: readonly string[]): JsonObject => ({
  Sid: "PgaccordAssume",
  Effect: "Allow",
  Action: "sts:AssumeRole",
  Resource: arns,
});

/** A valid policy that gives nothing: the resource cannot exist. */
export const nothingDocument = (): string =>
  generated({
    Sid: "PgaccordNothing",
    Effect: "Deny",
    Action: "rds-db:connect",
    Resource: "arn:aws:rds-db:us-east-1:000000000000:dbuser:none/none",
  });

/** A trust that lets nobody in. */
export const nobodyTrust = (): string =>
  generated({ Sid: "PgaccordNobody", Effect: "Deny", Action: "sts:AssumeRole", Principal: { AWS: "*" } });

const generated = (statement: JsonObject): string => writeDocument(VERSION, [statement]);

/** The canonical text of these statements. */
export const writeDocument = (version: string, statements: readonly Json[]): string =>
  textOf(canonicalObject({ Version: version, Statement: statements }));
