import stringify from "safe-stable-stringify";

/** JSON values and one text for each, whatever the order of its keys. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/** The value's text: keys sorted, no white space. */
export const textOf = (value: Json): string => stringify(value) ?? "null";

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** IAM takes a single value wherever it takes a list. */
export const listOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : [value]);

/** undefined: no JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** Order by code units: the same on every machine. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Each value once, in the order of their texts. */
export const sortedDistinct = (values: readonly Json[]): Json[] =>
  [...new Map(values.map((value) => [textOf(value), value])).entries()].sort(([a], [b]) => compareText(a, b)).map(([, value]) => value);
