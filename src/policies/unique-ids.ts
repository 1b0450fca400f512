import { isObject, type Json, type JsonObject, listOf, parseJson, textOf } from "./json.js";

/**
 * AWS keeps the unique id of an IAM role or IAM user that a trust names, and shows the ARN as long as there is one (IAM user guide,
 * "Principal"). One of the same name that is made later has another id, and does not get in.
 */
const UNIQUE_ID = /^A(RO|ID)A[A-Z0-9]{12,}$/;

export const isUniqueId = (principal: string): boolean => UNIQUE_ID.test(principal);

/** The document with the ARNs of those that are there; the very same text where it names none by its id. @param arns by unique id */
export function withArns(document: string, arns: ReadonlyMap<string, string>): string {
  const value = /A(RO|ID)A/.test(document) ? parseJson(document) : undefined;
  if (!isObject(value)) return document;
  const text = textOf({ ...value, Statement: listOf(value["Statement"] ?? []).map((one) => named(one, arns)) });
  return text === textOf(value) ? document : text;
}

function named(statement: Json, arns: ReadonlyMap<string, string>): Json {
  if (!isObject(statement)) return statement;
  const entries = Object.entries(statement).map(([key, value]): [string, Json] => [
    key,
    /^(Not)?Principal$/.test(key) && isObject(value) ? principalNamed(value, arns) : value,
  ]);
  return Object.fromEntries(entries);
}

function principalNamed(principal: JsonObject, arns: ReadonlyMap<string, string>): JsonObject {
  const { AWS: ids } = principal;
  const isKnown = ids !== undefined && listOf(ids).some((id) => arns.has(String(id)));
  return isKnown ? { ...principal, AWS: listOf(ids).map((id) => arns.get(String(id)) ?? id) } : principal;
}
