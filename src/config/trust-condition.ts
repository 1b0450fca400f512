import { nearest } from "../facts/nearest.js";
import { isObject, type Json, type JsonObject, listOf } from "../policies/json.js";

/** IAM's condition operators (IAM user guide, "Condition operators"); each but Null takes IfExists, and ForAllValues: or ForAnyValue: in front. */
const POSITIVE = ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress", "Bool", "BinaryEquals"];
const COMPARING = ["Numeric", "Date"].flatMap((type) =>
  ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"].map((operator) => `${type}${operator}`),
);
const NEGATIVE = ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike", "NotIpAddress", "Null"];
const OPERATORS = [...POSITIVE, ...COMPARING, ...NEGATIVE];
const KNOWN = new Map(OPERATORS.map((operator) => [operator.toLowerCase(), operator]));

const bareOf = (operator: string): string => operator.replace(/^For(?:All|Any)Values:/i, "").replace(/IfExists$/i, "");

/** Operators that IAM does not know, with what may be meant. */
export const unknownOperators = (condition: JsonObject): { readonly operator: string; readonly meant: string | undefined }[] =>
  Object.keys(condition)
    .filter((operator) => !KNOWN.has(bareOf(operator).toLowerCase()))
    .map((operator) => ({ operator, meant: nearest(bareOf(operator), OPERATORS) }));

/** Whether it keeps anybody out: a key must be there, with a value that is not everything. */
export function isLimiting(condition: JsonObject | null): boolean {
  if (condition === null) return false;
  return Object.entries(condition).some(([operator, block]) => {
    if (/IfExists$|^ForAllValues:/i.test(operator) || !POSITIVE.some((one) => one.toLowerCase() === bareOf(operator).toLowerCase()))
      return false;
    return isObject(block) && Object.values(block).some(isSomething);
  });
}

/** The values that a positive operator pins keys with this ending to, each with its whole key. */
export const pinnedBy = (condition: JsonObject | null, ending: RegExp): { readonly key: string; readonly value: string }[] =>
  Object.entries(condition ?? {}).flatMap(([operator, block]) =>
    /^(?:ForAnyValue:)?(?:StringEquals|StringEqualsIgnoreCase|StringLike)$/i.test(operator) && isObject(block)
      ? Object.entries(block).flatMap(([key, values]) =>
          ending.test(key) ? listOf(values).map((value) => ({ key, value: String(value) })) : [],
        )
      : [],
  );

const isSomething = (values: Json): boolean =>
  listOf(values).every((value) => !/^\*+$/.test(String(value)) && !String(value).includes("${"));
